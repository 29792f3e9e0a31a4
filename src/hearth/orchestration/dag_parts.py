"""What the DAG files share: the asset that starts a build, how tasks retry, and the instance's settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule

from hearth.contracts import with_county
from hearth.contracts.model import Source
from hearth.errors import Busy, DatabaseUnavailable, HearthError, NoRoomToSort, Overtaken
from hearth.orchestration.transience import NotificationFailed, StepFailed, Unreachable
from hearth.settings import load_settings

NOTE = "note"
"""The XCom that ends up as the note of its run and task (`airflow_plugins/run_notes.py`)."""

MONTH_READY = Asset(name="month_ready", uri="hearth://months/ready", group="hearth")
"""Its partitions are data months (`YYYYMM`); a new event of a partition starts a build of that month."""

MONTH_PUBLISHED = Asset(name="month_published", uri="hearth://months/published", group="hearth")
"""Its partitions are the data months that readers see; an event tells how many households they see."""

DELIVERY_HELD = Asset(name="delivery_held", uri="hearth://deliveries/held", group="hearth")
"""Its partitions are numbers of held deliveries; a new event puts the question whether the delivery is to count."""

MAY_PASS: list[type[BaseException] | str] = [DatabaseUnavailable, Busy, Unreachable, NotificationFailed]

RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=Overtaken, action=RetryAction.FAIL, reason="Another build has taken its place."),
        RetryRule(exception=NoRoomToSort, action=RetryAction.FAIL, reason="Somebody has to make room."),
        RetryRule(exception=MAY_PASS, action=RetryAction.RETRY, reason="It may pass."),
        RetryRule(exception=HearthError, action=RetryAction.FAIL, reason="Trying again gives the same answer."),
        RetryRule(exception=StepFailed, action=RetryAction.FAIL, reason="A fault of ours stays until it is mended."),
    ]
)
"""What the database or the machine may get over is tried again, later each time; what a person has to mend is not.

A task whose process was killed raised nothing: it is tried again like the first kind."""

RETRIES_AT_MOST = 5
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=20), timedelta(minutes=10)


def tell(note: str, instance: Any) -> None:
    """Say it in the task's log, and beside the run once that has ended."""
    print(note.replace("\n\n", "\n").replace("**", ""))
    instance.xcom_push(key=NOTE, value=note)


def tell_failure(context: Any) -> None:
    """Say beside the run which task failed, and why; a mapped task has told it before it failed."""
    instance = context["ti"]
    if instance.map_index < 0:
        reason = str(context.get("exception") or "").partition("\n")[0]
        tell(f"**{context['task'].task_display_name}** failed 失败: {reason}", instance)


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "hearth",
    "retries": RETRIES_AT_MOST,
    "retry_delay": FIRST_DELAY,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": LONGEST_DELAY,
    "retry_policy": RETRIES,
    "on_failure_callback": tell_failure,
}


def department_asset(source: str) -> Asset:
    """What a department has delivered: for lineage; builds start from `MONTH_READY`."""
    return Asset(name=f"{source}_deliveries", uri=f"hearth://deliveries/{source}", group="hearth")


def departments() -> tuple[Source, ...]:
    """The county's sources: the six, and those that its file switches on."""
    return with_county(load_settings().county_file)


def tags(flow: str, *, layer: str, owner: str, source: str = "") -> list[str]:
    """What flows are filtered by on the page: the kind of flow, the layer it fills, whose data it is."""
    named = {"source": source, "layer": layer, "owner": owner}
    return [flow, *(f"{name}: {value}" for name, value in named.items() if value)]


def every(cron: str) -> CronTriggerTimetable:
    """A schedule in Beijing's time whose first run is the next one, not the last one missed."""
    return CronTriggerTimetable(cron, timezone="Asia/Shanghai", run_immediately=timedelta(0))
