"""The tutorial, followed literally: its commands in one shell and a fresh home, its outputs against what is printed."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/tutorial/first-run.md"
CHINESE = ROOT / "docs/tutorial/first-run.zh-CN.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"
STILL_AT_WORK = re.compile(r" · (?:\d+ files? done · |reading the first files · )?\d+ s$")
"""A line that comes when a step takes long, so on some machines only."""


@dataclass(frozen=True)
class Step:
    """A block of commands, and what the page says they print."""

    commands: str
    shown: str | None

    @property
    def may_fail(self) -> bool:
        """Whether the page itself shows that the last command is refused."""
        return "ERROR" in (self.shown or "")


@dataclass(frozen=True)
class Outcome:
    """What a step printed and its last command's exit code."""

    printed: list[str]
    code: int


def steps_of(page: Path) -> list[Step]:
    """The page's blocks: `bash` is typed, `text` right after it is what appears."""
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    following = [*blocks[1:], ("", "")]
    return [
        Step(body, after if after_language == "text" else None)
        for (language, body), (after_language, after) in zip(blocks, following, strict=True)
        if language == "bash"
    ]


def pattern_of(shown: str) -> re.Pattern[str]:
    """Text in which `…` is anything: on a line of its own any lines, within a line any characters."""
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    escaped = [
        r"(?:.*\n)*?" if line == LEFT_OUT else re.escape(line).replace(LEFT_OUT, ".*") + "\n" for line in lines if line
    ]
    return re.compile("".join(escaped))


STEPS = steps_of(TUTORIAL)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Outcome]]:
    """Every step, typed one after the other by somebody who has just come."""
    home = tmp_path_factory.mktemp("newcomer")
    mark = "::end of a step::"
    script = home / "typed.sh"
    script.write_text(
        "exec 2>&1\n" + "".join(f"{step.commands}printf '\\n{mark} %s\\n' $?\n" for step in STEPS), encoding="utf-8"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HEARTH_", "AIRFLOW"))}
    environment = {**inherited, "HOME": str(home), "LC_ALL": "C.UTF-8", "PAGER": "cat"}
    try:
        done = subprocess.run(
            ["bash", str(script)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=900,
            check=False,
        )
    finally:
        hearth = ROOT / ".venv/bin/hearth"
        taken_down = {**environment, "HEARTH_HOME": str(home / "hearth-first-day")}
        subprocess.run([str(hearth), "down"], env=taken_down, capture_output=True, check=False)
    ends = re.split(rf"^{mark} (\d+)$\n?", done.stdout, flags=re.MULTILINE)
    yield [Outcome(_lines(text), int(code)) for text, code in zip(ends[:-1:2], ends[1::2], strict=True)]


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and not STILL_AT_WORK.search(line)]


def test_a_tutorial_has_steps_and_shows_what_they_print() -> None:
    assert len(STEPS) > 10
    assert sum(step.shown is not None for step in STEPS) > 8


@pytest.mark.parametrize("place", range(len(STEPS)), ids=lambda place: STEPS[place].commands.split("\n")[0][:40])
def test_each_step_does_what_the_page_says(outcomes: list[Outcome], place: int) -> None:
    step, outcome = STEPS[place], outcomes[place]
    printed = "".join(f"{line}\n" for line in outcome.printed)
    if outcome.code != 0 and not step.may_fail:
        pytest.fail(f"ended with {outcome.code}:\n{printed}", pytrace=False)
    if step.shown is not None and not pattern_of(step.shown).fullmatch(printed):
        pytest.fail(f"the page shows something else than what was printed:\n{printed}", pytrace=False)


def test_the_chinese_tutorial_types_and_shows_the_same() -> None:
    assert steps_of(CHINESE) == STEPS


def test_what_is_left_out_is_left_out_and_nothing_else() -> None:
    pattern = pattern_of("one …\n…\nlast\n")
    assert pattern.fullmatch("one two\nlast\n")
    assert pattern.fullmatch("one two\nthree\nfour\nlast\n")
    assert not pattern.fullmatch("one two\nlast\nmore\n")
    assert not pattern.fullmatch("two\nlast\n")
