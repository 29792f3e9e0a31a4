"""What the DAGs' tasks do: a line or two each around the functions that the command line calls as well.

Arguments and results are ids, months and counts: Airflow keeps and shows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from hearth.settings import load_settings


def load_department(source: str, months: Collection[str] = ()) -> dict[str, int]:
    """Load the department's new files; gives how many ended in which status. Without a landing folder: none."""
    from hearth.loading.load import load_source

    settings = load_settings()
    if settings.landing is None:
        return {}
    outcomes = load_source(settings, source, landing=settings.landing, months=list(months) or None)
    return dict(Counter(str(outcome.status) for outcome in outcomes if outcome.is_new))


def announce_department(source: str, complete: Collection[str] = ()) -> list[str]:
    """Record the department's answers; gives the months that are to be built now."""
    from hearth.orchestration.readiness import announce

    return announce(load_settings(), source, complete)


def announce_deadlines() -> list[str]:
    """Answer for departments that let a deadline pass; gives the months that are to be built now."""
    from hearth.orchestration.readiness import announce_late

    return announce_late(load_settings(), datetime.now(ZoneInfo("Asia/Shanghai")).date())


def prepare_month(month: str) -> int | None:
    """Open a build of the month; gives its number, or None where nothing is to be built."""
    from hearth.building import prepare

    build = prepare(load_settings(), month)
    print(f"{month}: {build.status} {build.message}".rstrip())
    return build.build_id if build.status == "ready" else None


def transform_month(build_id: int, month: str, stage: str) -> None:
    """Run one stage of the month's models."""
    from hearth.building import Build, transform

    transform(load_settings(), Build(build_id, month, "ready"), stage)


def gate_month(build_id: int, month: str) -> None:
    """Hold the month against its expectations."""
    from hearth.building import Build, gate

    gate(load_settings(), Build(build_id, month, "ready"))


def publish_month(build_id: int, month: str) -> int | None:
    """Show the month to its readers; gives the number of households."""
    from hearth.building import Build, publish

    return publish(load_settings(), Build(build_id, month, "ready")).household_count
