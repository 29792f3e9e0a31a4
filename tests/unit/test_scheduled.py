"""A run through Airflow, beside a page that says what a test wants it to say."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from hearth.orchestration import scheduled
from hearth.orchestration.scheduled import _Watch

LOADS = {name: (f"{name}_load", "one") for name in ("water", "housing", "education")}
EARLY, LATE = "2026-01-01T08:00:00Z", "2026-01-01T09:30:00.5+00:00"


class Page:
    """Each question takes the next answer that there is to it; the last is given again."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, question: str) -> Any:
        def answer(*said: Any, **named: Any) -> Any:
            said = tuple(one if isinstance(one, str) else set(one) for one in said)
            self.asked.append((question, said, named))
            answers = self.answers[question]
            return answers.pop(0) if len(answers) > 1 else answers[0]

        return answer


def watch(page: Page) -> Any:
    """A watch over the page that tells nobody anything, and the problems that it would tell."""
    problems: list[str] = []
    progress = SimpleNamespace(problem=problems.append, tick=lambda *_: None)
    return _Watch(SimpleNamespace(progress=progress), page), problems  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "POLL_SECONDS", 0)
    monkeypatch.setattr(_Watch, "_report_deliveries", lambda _: None)


def test_loads_are_asked_about_together_and_each_once_more_at_its_end() -> None:
    page = Page(
        unfinished=[set(LOADS.values()), {LOADS["water"]}, set()],
        run_state=["failed", "success", "running", "success"],
    )
    watching, problems = watch(page)
    assert watching._until_loaded(LOADS) == ["housing"]
    assert len(problems) == 1 and "housing" in problems[0]
    assert [said for question, said, _ in page.asked if question == "run_state"] == [
        LOADS["housing"],
        LOADS["education"],
        LOADS["water"],  # not among the unfinished, for the list may be cut off, and at work all the same
        LOADS["water"],
    ]
    of_which = [said[0] for question, said, _ in page.asked if question == "unfinished"]
    assert of_which == [{flow for flow, _ in LOADS.values()}] * 2 + [{"water_load"}] * 2


@pytest.mark.parametrize("at_work", [[], [("c", "running", LATE), ("b", "queued", EARLY)]])
def test_builds_are_watched_from_the_oldest_at_work_on_and_none_that_had_ended(
    at_work: list[tuple[str, str, str]],
) -> None:
    def run(name: str, state: str, run_after: str) -> dict[str, str]:
        return {"dag_run_id": name, "state": state, "run_after": run_after}

    before = [run(*one) for one in (*at_work, ("a", "success", EARLY))]
    now = [run("d", "queued", LATE), *before]
    page = Page(runs=[before, now])
    watching, _ = watch(page)
    moment = datetime.now(UTC)
    watching._look_at_builds()
    assert [one["dag_run_id"] for one in watching._new_builds()] == [*reversed([name for name, *_ in at_work]), "d"]
    since = page.asked[-1][2]["since"]
    assert since == datetime.fromisoformat(EARLY) if at_work else moment <= since <= datetime.now(UTC)
