"""What the DAGs' tasks do: a line or two each around the functions that the command line calls as well.

Arguments and results are ids, months and counts: Airflow keeps and shows them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from hearth.clock import ZONE
from hearth.errors import BuildFailed, HearthError
from hearth.loading.history import Occasion, load_recorded
from hearth.orchestration.resuming import restore, was_interrupted
from hearth.orchestration.transience import told
from hearth.settings import load_settings
from hearth.texts import words

if TYPE_CHECKING:
    from hearth.building import Build
    from hearth.orchestration.holds import Question
    from hearth.orchestration.story import DeliveryStory, LoadStory

PAGE_ADDRESS = "AIRFLOW__API__BASE_URL"

Given = ParamSpec("Given")
Result = TypeVar("Result")


def told_safely(step: Callable[Given, Result]) -> Callable[Given, Result]:
    """Airflow logs whatever a task raises: let nothing through that may quote a row."""

    @wraps(step)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return step(*args, **kwargs)
        except HearthError:
            raise
        except Exception as error:  # noqa: BLE001 - told below
            failure = told(error)
        raise failure

    return guarded


@told_safely
def load_department(source: str, since: datetime, months: Collection[str] = ()) -> LoadStory:
    """Load the department's new files; gives what became of those registered since that moment, by an earlier try too.

    Without a landing folder: of none.
    """
    return _loaded(source, months, Occasion(since=since))


@told_safely
def reload_department(source: str, since: datetime, months: Collection[str], reason: str) -> LoadStory:
    """Read the department's files of these months anew; a try after a failed one goes on where that one ended."""
    return _loaded(source, months, Occasion("reload", reason, since))


def _loaded(source: str, months: Collection[str], occasion: Occasion) -> LoadStory:
    from hearth.loading.load import load_source
    from hearth.orchestration.story import load_story

    settings = load_settings()
    assert occasion.since is not None
    if settings.landing is not None:
        with load_recorded(settings, source, occasion):
            load_source(
                settings,
                source,
                landing=settings.landing,
                months=list(months) or None,
                again_before=occasion.again_before,
            )
    return load_story(settings, source, occasion.since)


@told_safely
def tell_of_delivery(delivery_id: int) -> DeliveryStory:
    """What to do about a delivery that was not accepted, or how it was settled."""
    from hearth.orchestration.story import delivery_story

    return delivery_story(load_settings(), delivery_id, page=os.environ.get(PAGE_ADDRESS, ""))


@told_safely
def held_to_ask(source: str) -> list[str]:
    """The department's held deliveries that nobody was asked about yet."""
    from hearth.orchestration.holds import to_ask

    return to_ask(load_settings(), source)


@told_safely
def ask_about(delivery_id: int) -> Question | None:
    """What to ask about a held delivery; None when it waits for nobody any more."""
    from hearth.orchestration.holds import question

    return question(load_settings(), delivery_id)


@told_safely
def carry_out_decision(delivery_id: int, option: str, decided_by: str, reason: str) -> str:
    """Release or reject the delivery, unless somebody has decided before; gives what became of it."""
    from hearth.orchestration.holds import carry_out

    return carry_out(load_settings(), delivery_id, option=option, decided_by=decided_by, reason=reason)


@told_safely
def announce_decided(delivery_id: int) -> list[str]:
    """The months that are to be built now that the delivery was decided on."""
    from hearth.orchestration.holds import source_of
    from hearth.orchestration.readiness import announce

    settings = load_settings()
    return announce(settings, source_of(settings, delivery_id))


@told_safely
def announce_department(source: str, complete: Collection[str] = ()) -> list[str]:
    """Record the department's answers; gives the months that are to be built now."""
    from hearth.orchestration.readiness import announce

    return announce(load_settings(), source, complete)


@told_safely
def announce_deadlines() -> list[str]:
    """Answer for departments that let a deadline pass; gives the months that are to be built now."""
    from hearth.orchestration.readiness import announce_late

    return announce_late(load_settings(), _today())


def _today() -> date:
    return datetime.now(ZONE).date()


@told_safely
def notify_of_late() -> list[str]:
    """Tell people which departments are late, where the county's file says how; gives a line for each told of."""
    from hearth.orchestration.lateness import tell_of_late

    return tell_of_late(load_settings(), _today())


@told_safely
def rotate_logs() -> str:
    """Rotate the services' logs and delete old ones of tasks; gives what was done."""
    from hearth.orchestration.log_rotation import rotate

    return rotate(load_settings())


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
def prepare_month(partition_key: str | None, *, force: bool = False) -> int | None:
    """Open a build of the month that the run's key names; gives its number, or None where nothing is to be built.

    Raises:
        InputError: no file of the month was ever loaded.
        UsageError: it is no month, such as that of a run without a partition key.
    """
    from hearth.building import prepare
    from hearth.building.months import require_loaded
    from hearth.database.engine import connect
    from hearth.orchestration.journal import note_run

    settings = load_settings()
    with connect(settings, "transformer") as connection:
        month = require_loaded(connection, partition_key)
    build = prepare(settings, month, force=force)
    note_run(settings, build.build_id)
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
        raise BuildFailed(words("restarted", month=month))
    return publish(settings, build).household_count


def _build(build_id: int, month: str) -> Build:
    from hearth.building import Build

    return Build(build_id, month, "ready")
