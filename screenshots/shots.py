"""What is photographed: where it is, what must be seen there, and what is clicked before.

A shot that does not show its words fails: a picture of a page that is still loading helps nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

Prepare = Callable[[Page], Any]
Runs = Mapping[str, Mapping[str, str]]
"""For each DAG the run ids by what a picture needs: `first` and, for builds, the month."""

QUESTIONS = "/required_actions"
WITHOUT_RUN = {
    "month_deadline": "Month deadline",
    "held_deliveries": "Held deliveries",
    "department_reload": "Reload department",
    "log_rotation": "Log rotation",
}
"""Flows shown as they are, whether or not they have run yet: id and a word of the title."""


@dataclass(frozen=True)
class Shot:
    """One picture: `name`.png of the page at `path`, once every word of `shows` is visible."""

    name: str
    path: str
    shows: tuple[str, ...]
    prepare: Prepare | None = None
    locale: str = "en"


def airflow_shots(runs: Runs) -> list[Shot]:
    """What a stranger opens to follow a month, in this order."""
    water, housing = (_run(f"{source}_load", runs) for source in ("water", "housing"))
    build = _run("household_build", runs, "202503")
    loads = [
        Shot(f"dag-{dag_id}", f"/dags/{dag_id}/runs", ("Not accepted", "Manual"), prepare=_graph)
        for dag_id in sorted(runs)
        if dag_id.endswith("_load")
    ]
    return [
        Shot("dags", "/dags", ("Build household month", "Load education")),
        Shot("dags-zh", "/dags", ("农户月度构建", "教育局报送接收"), locale="zh-CN"),
        *loads,
        Shot("dag-household_build", "/dags/household_build/runs", ("Publish", "Asset"), prepare=_graph),
        *(Shot(f"dag-{dag_id}", f"/dags/{dag_id}", (title,), prepare=_graph) for dag_id, title in WITHOUT_RUN.items()),
        Shot("dag-docs", "/dags/water_load", ("When it fails",), prepare=_open_docs),
        Shot("run-load", water, ("accepted 接收", "held 暂扣", "Announce months")),
        Shot("run-note", water, ("Dag Run Note", "held 暂扣"), prepare=_open_note),
        Shot("run-build", build, ("202503", "households 户", "Publish")),
        Shot("failed-tasks", "/task_instances?task_state=failed", ("rejected 退回", "held 暂扣", "unrecognised")),
        Shot("failed-delivery", f"{housing}/tasks/not_accepted/mapped/0", ("Next: hearth deliveries show",)),
        Shot("held-delivery", f"{water}/tasks/not_accepted/mapped/0", ("hearth deliveries release",)),
        Shot("required-actions", QUESTIONS, ("no. ", "Approval Required")),
        Shot("approval", QUESTIONS, ("Approve", "Reject"), prepare=_open_question),
        Shot("load-log", f"{water}/tasks/load", ("accepted 接收", "household_water")),
        Shot("assets", "/assets", ("month_ready", "month_published")),
        Shot("asset-months", "/assets", ("Partition Key: 202503", "household_build"), prepare=_open_published),
    ]


def quality_report_shots() -> list[Shot]:
    """The quality report, which each build writes anew."""
    return [Shot("quality-report", "", ("质量报告",))]


def model_docs_shots() -> list[Shot]:
    """`hearth docs`: the models' documentation, what the household fact rests on, and where its columns come from."""
    category = "/lineage.html?model=model.hearth.int_risk_levels&column=suggested_category&children=0&parents=1"
    fact = "/models.html#!/model/model.hearth.fct_household_month"
    return [
        Shot("model-docs", fact, ("fct_household_month", "Details")),
        Shot("model-lineage", f"{fact}?g_v=1&g_i=1%2Bfct_household_month", (), prepare=_lineage),
        Shot("column-lineage", category, ("suggested_category", "int_risk_signals"), prepare=_without_sidebars),
    ]


def _without_sidebars(page: Page) -> None:
    for side in ("right", "left"):
        page.get_by_role("button", name=f"Toggle {side} sidebar").click()


def _lineage(page: Page) -> None:
    page.reload()
    page.locator("#cy").or_(page.locator("canvas")).first.wait_for()


def _run(dag_id: str, runs: Runs, which: str = "first") -> str:
    return f"/dags/{dag_id}/runs/{quote(runs[dag_id][which], safe='')}"


def _graph(page: Page) -> None:
    """The flow as a graph, in place of the grid of runs."""
    page.get_by_role("button", name="Show Graph").or_(page.get_by_label("Graph")).first.click()
    page.locator(".react-flow__node").first.wait_for()


def _open_docs(page: Page) -> None:
    page.get_by_role("button", name="Dag Docs").or_(page.get_by_label("Dag Docs")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    _pull_open(page, dialog)


def _pull_open(page: Page, dialog: Locator) -> None:
    """Drag the dialog's lower right corner as far as the window goes: it opens with half of the text."""
    box = dialog.bounding_box()
    window = page.viewport_size
    assert box is not None and window is not None
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5)
    page.mouse.down()
    page.mouse.move(window["width"] - 20, window["height"] - 20, steps=10)
    page.mouse.up()


def _open_note(page: Page) -> None:
    page.get_by_role("button", name="Edit note").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _open_question(page: Page) -> None:
    """The form that the first question of the list asks to fill in."""
    page.get_by_role("link", name="no. ").first.click()
    page.get_by_role("button", name="Approve").first.scroll_into_view_if_needed()


def _open_published(page: Page) -> None:
    page.get_by_role("link", name="month_published").click()
    page.get_by_text("Task Dependencies").click()
