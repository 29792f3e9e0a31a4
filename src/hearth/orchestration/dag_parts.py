"""What the DAG files share: the asset that starts a build, how tasks retry, and the instance's settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule

from hearth.contracts import with_county
from hearth.contracts.model import Source
from hearth.errors import Busy, DatabaseUnavailable, HearthError, Overtaken
from hearth.settings import load_settings

MONTH_READY = Asset(name="month_ready", uri="hearth://months/ready", group="hearth")
"""Its partitions are data months (`YYYYMM`); a new event of a partition starts a build of that month."""

RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=Overtaken, action=RetryAction.FAIL, reason="Another build has taken its place."),
        RetryRule(exception=[DatabaseUnavailable, Busy], action=RetryAction.RETRY, reason="It may pass."),
        RetryRule(exception=HearthError, action=RetryAction.FAIL, reason="Trying again gives the same answer."),
    ]
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "hearth",
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_policy": RETRIES,
}


def department_asset(source: str) -> Asset:
    """What a department has delivered: for lineage; builds start from `MONTH_READY`."""
    return Asset(name=f"{source}_deliveries", uri=f"hearth://deliveries/{source}", group="hearth")


def departments() -> tuple[Source, ...]:
    """The county's sources: the six, and those that its file switches on."""
    return with_county(load_settings().county_file)


def every(cron: str) -> CronTriggerTimetable:
    """A schedule in Beijing's time whose first run is the next one, not the last one missed."""
    return CronTriggerTimetable(cron, timezone="Asia/Shanghai", run_immediately=timedelta(0))
