"""Many months built in one go, in the order of the calendar or as Airflow's scheduler takes them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from hearth.building import build_month
from hearth.building.months import months_with_files
from hearth.database.engine import connect
from hearth.errors import BuildFailed, InputError, ServiceFailed
from hearth.language import said
from hearth.orchestration import airflow
from hearth.orchestration.client import UNFINISHED, AirflowClient, Site
from hearth.orchestration.journey import Progress
from hearth.orchestration.months import MonthState, month_states
from hearth.settings import Settings

POLL_SECONDS = 2.0
FLOW = "household_build"


def months_between(settings: Settings, first: str, last: str) -> list[str]:
    """The months from the first to the last that have files.

    Raises:
        InputError: none has.
    """
    with connect(settings, "transformer") as connection:
        found = [month for month in months_with_files(connection) if first <= month <= last]
    if not found:
        raise InputError(
            said(
                f"No file of a month from {first} to {last} was ever loaded; `hearth deliveries list` shows what came.",
                f"{first} 至 {last} 没有载入过任何文件；`hearth deliveries list` 列出已收到的文件。",
            )
        )
    return found


def backfill_directly(
    settings: Settings, months: Sequence[str], *, force: bool, progress: Progress
) -> list[MonthState]:
    """Build the months in this process, one after the other; one that fails does not stop the later ones."""
    failed: dict[str, MonthState] = {}
    for month in months:
        progress.month(month, "building")
        try:
            status = build_month(settings, month, force=force).status
        except BuildFailed as error:
            status = "failed"
            failed[month] = MonthState(month, status, str(error))
        progress.month(month, status)
    return [failed.get(state.month, state) for state in month_states(settings, months)]


def backfill_scheduled(
    settings: Settings, months: Sequence[str], *, force: bool, progress: Progress
) -> list[MonthState]:
    """Hand all months to Airflow, which must be up, and wait until each run has ended.

    Raises:
        ServiceFailed: Airflow stopped answering on the way.
    """
    with AirflowClient(Site.of(settings)) as client:
        runs = {month: client.build(month, force=force) for month in months}
        progress.note(said(f"{len(runs)} months handed to Airflow", f"已向 Airflow 提交 {len(runs)} 个月份"))
        failed = _until_ended(settings, client, runs, progress)
    return [_seen(state, failed) for state in month_states(settings, months)]


def _until_ended(settings: Settings, client: AirflowClient, runs: dict[str, str], progress: Progress) -> set[str]:
    """Report each run as it ends; gives the months whose run failed."""
    waiting, failed = dict(runs), set()
    while waiting:
        for month, run in list(waiting.items()):
            state = client.run_state(FLOW, run)
            if state not in UNFINISHED:
                del waiting[month]
                progress.month(month, {"success": "built"}.get(state, state))
                failed |= {month} if state == "failed" else set()
        if waiting:
            progress.tick(said(f"{len(waiting)} months to go", f"还有 {len(waiting)} 个月份"))
            if not airflow.has_processes(settings):
                raise ServiceFailed(
                    said("Airflow was stopped on the way; run it again.", "Airflow 中途停止，请重新运行。")
                )
            time.sleep(POLL_SECONDS)
    return failed


def _seen(state: MonthState, failed: set[str]) -> MonthState:
    """A month whose run failed, perhaps before the run could write so itself."""
    if state.month not in failed or state.status in ("failed", "blocked"):
        return state
    why = said(
        "its run failed; the task's log on Airflow's page says why", "该月构建运行失败，原因见 Airflow 页面的任务日志"
    )
    return MonthState(state.month, "failed", why)
