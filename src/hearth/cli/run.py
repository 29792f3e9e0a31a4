"""`hearth run`: from a landing folder to published months."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import County, Landing, Months, Parameters, months_of
from hearth.cli.sample import give_way, make_sample
from hearth.errors import BuildFailed, Busy, InputError
from hearth.locking import instance_lock
from hearth.texts import status_word, text

if TYPE_CHECKING:
    from rich.console import Console

    from hearth.cli.console import Lines
    from hearth.orchestration.journey import Arrival, Journey
    from hearth.settings import Settings

WAIT_FOR_ANOTHER_RUN = 1800

Direct = Annotated[bool, typer.Option("--direct", help="In this process, without Airflow.")]
Sample = Annotated[
    bool, typer.Option("--sample-when-empty", help="Make a synthetic county where the landing folder is empty.")
]


def run(
    ctx: typer.Context,
    landing: Landing = None,
    parameters: Parameters = None,
    county: County = None,
    months: Months = "",
    direct: Direct = False,
    sample_when_empty: Sample = False,
) -> None:
    """Load every delivery of a folder, month by month, and build every month that is due.

    The folder counts as complete: a department without a file for a month has nothing to deliver. Files that were
    loaded before are skipped. Ends with a summary; the database, and Airflow's page, stay up until `hearth down`.
    """
    from hearth.cli.console import Lines, terminal

    only = months_of(months)
    context: Context = ctx.obj
    settings = context.settings(landing=landing, parameters_file=parameters, county_file=county)
    console = terminal()
    with Lines(console).shown() as progress:
        settings = _sampled(settings, progress) if sample_when_empty else settings
        journey = _prepared(settings, only, progress)
        with _alone(settings, progress):
            arrival = _travelled(journey, direct)
    _tell(console, settings, arrival, with_page=not direct)
    if not arrival.is_complete:
        raise BuildFailed(_what_is_missing(arrival))


def _prepared(settings: Settings, only: list[str], progress: Lines) -> Journey:
    """Look at the folder first, so that a wrong one is said before anything starts."""
    from hearth.building.parameters import load_parameters, read_parameters
    from hearth.contracts import with_county
    from hearth.orchestration.journey import plan
    from hearth.settings import remember

    if settings.landing is None:
        raise InputError(text("which_landing"))
    journey = plan(settings, settings.landing, only, progress)
    with_county(settings.county_file)
    if settings.parameters_file:
        read_parameters(settings.parameters_file)
    give_way(settings, progress.note)
    progress.note(text("starting_database"))
    warehouse(settings)
    if settings.parameters_file:
        rows = load_parameters(settings, settings.parameters_file)
        progress.note(text("parameters", rows=rows))
    remember(settings)
    return journey


@contextmanager
def _alone(settings: Settings, progress: Lines) -> Iterator[None]:
    """One run of an instance at a time: a second one waits for the first, then finds most of its work done."""
    with ExitStack() as stack:
        try:
            stack.enter_context(instance_lock(settings, "run", timeout=0))
        except Busy:
            progress.note(text("waiting_for_run"))
            stack.enter_context(instance_lock(settings, "run", timeout=WAIT_FOR_ANOTHER_RUN))
        yield


def _travelled(journey: Journey, direct: bool) -> Arrival:
    if direct:
        from hearth.orchestration.direct import run_directly

        return run_directly(journey)
    from hearth.orchestration import airflow
    from hearth.orchestration.scheduled import run_scheduled

    airflow.up(journey.settings, journey.progress.note)
    return run_scheduled(journey)


def _sampled(settings: Settings, progress: Lines) -> Settings:
    folder = settings.landing or settings.home / "landing"
    return settings.model_copy(update={"landing": folder, **make_sample(settings, folder, progress.note)})


def _tell(console: Console, settings: Settings, arrival: Arrival, *, with_page: bool) -> None:
    from hearth.cli.directions import print_directions
    from hearth.reporting.figures import figures
    from hearth.reporting.summary import print_summary

    found = figures(settings, [state.month for state in arrival.months])
    print_summary(console, found)
    print_directions(console, settings, with_page=with_page)


def _what_is_missing(arrival: Arrival) -> str:
    missing = [state for state in arrival.months if not state.is_published]
    months = [text("month_is", month=state.month, status=status_word(state.status)) for state in missing]
    loads = [text("source_not_loaded", source=source) for source in arrival.broken]
    return "; ".join([*months, *loads])
