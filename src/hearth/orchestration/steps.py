"""What the DAGs' tasks do: a line or two each around the functions that the command line calls as well.

Arguments and results are ids, months and counts: Airflow keeps and shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import psycopg

from hearth.errors import BuildFailed, DatabaseUnavailable, HearthError
from hearth.failures import kind, places
from hearth.orchestration.resuming import restore, was_interrupted
from hearth.settings import load_settings

if TYPE_CHECKING:
    from hearth.building import Build
    from hearth.orchestration.story import DeliveryStory, LoadStory

Given = ParamSpec("Given")
Result = TypeVar("Result")


class StepFailed(RuntimeError):
    """A failure that nobody expected: what Airflow's log may hold of it."""


def told_safely(step: Callable[Given, Result]) -> Callable[Given, Result]:
    """Airflow logs whatever a task raises: let nothing through that may quote a row."""

    @wraps(step)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return step(*args, **kwargs)
        except HearthError:
            raise
        except psycopg.OperationalError as error:
            failure: Exception = DatabaseUnavailable(f"The database went away: {kind(error)}")
        except Exception as error:  # noqa: BLE001 - told below
            failure = StepFailed(f"{kind(error)}\n{places(error)}")
        raise failure

    return guarded


@told_safely
def load_department(source: str, since: datetime, months: Collection[str] = ()) -> LoadStory:
    """Load the department's new files; gives what became of those registered since that moment, by an earlier try too.

    Without a landing folder: of none.
    """
    from hearth.loading.load import load_source
    from hearth.orchestration.story import load_story

    settings = load_settings()
    if settings.landing is not None:
        load_source(settings, source, landing=settings.landing, months=list(months) or None)
    return load_story(settings, source, since)


@told_safely
def tell_of_delivery(delivery_id: int) -> DeliveryStory:
    """What to do about a delivery that was not accepted, or how it was settled."""
    from hearth.orchestration.story import delivery_story

    return delivery_story(load_settings(), delivery_id)


@told_safely
def announce_department(source: str, complete: Collection[str] = ()) -> list[str]:
    """Record the department's answers; gives the months that are to be built now."""
    from hearth.orchestration.readiness import announce

    return announce(load_settings(), source, complete)


@told_safely
def announce_deadlines() -> list[str]:
    """Answer for departments that let a deadline pass; gives the months that are to be built now."""
    from hearth.orchestration.readiness import announce_late

    return announce_late(load_settings(), datetime.now(ZoneInfo("Asia/Shanghai")).date())


@told_safely
def tell_of_delivered(source: str, since: datetime) -> list[str]:
    """The months for which the department's files were accepted since that moment."""
    from hearth.orchestration.story import load_story

    return list(load_story(load_settings(), source, since).months)


@told_safely
def tell_of_waiting() -> str:
    """Which months wait for which departments."""
    from hearth.orchestration.story import waiting_story

    return waiting_story(load_settings())


@told_safely
def tell_of_month(month: str) -> str:
    """How the month's last build ended."""
    from hearth.orchestration.story import month_story

    return month_story(load_settings(), month)


@told_safely
def prepare_month(month: str) -> int | None:
    """Open a build of the month; gives its number, or None where nothing is to be built."""
    from hearth.building import prepare

    build = prepare(load_settings(), month)
    print(f"{month}: {build.status} {build.message}".rstrip())
    return build.build_id if build.status == "ready" else None


@told_safely
def transform_month(build_id: int, month: str, stage: str) -> None:
    """Run one stage of the month's models."""
    from hearth.building import STAGES, transform

    settings, build = load_settings(), _build(build_id, month)
    order = list(STAGES)
    restore(settings, build, order[: order.index(stage)])
    transform(settings, build, stage)


@told_safely
def gate_month(build_id: int, month: str) -> None:
    """Hold the month against its expectations."""
    from hearth.building import STAGES, gate

    settings, build = load_settings(), _build(build_id, month)
    restore(settings, build, list(STAGES))
    gate(settings, build)


@told_safely
def publish_month(build_id: int, month: str) -> int | None:
    """Show the month to its readers; gives the number of households."""
    from hearth.building import publish

    settings, build = load_settings(), _build(build_id, month)
    if was_interrupted(settings, build):
        raise BuildFailed(f"The database was restarted after month {month} had passed its gate; build it again.")
    return publish(settings, build).household_count


def _build(build_id: int, month: str) -> Build:
    from hearth.building import Build

    return Build(build_id, month, "ready")
