"""`hearth load`, `hearth build` and `hearth check`: the steps of a run, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import set_cell_size

from hearth.cli.context import Context, warehouse
from hearth.cli.options import County, Landing, Months, Parameters, check_sources, moment_of, months_of
from hearth.cli.sample import give_way
from hearth.errors import BuildFailed, HearthError, InputError, UsageError
from hearth.language import Listed, said
from hearth.texts import status_word, text

if TYPE_CHECKING:
    from hearth.cli.console import Lines
    from hearth.settings import Settings

Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="SOURCE", help="Only this department; may be given again.")
]
OneMonth = Annotated[str, typer.Option("--month", metavar="YYYYMM", help="The month to build.")]
Moment = Annotated[
    str,
    typer.Option(
        "--as-of", metavar="DATE", help="Build by what was known at the end of that day (or at 2025-03-01T18:00:00)."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Build although nothing has changed.")]


def load(
    ctx: typer.Context, landing: Landing = None, source: Sources = None, months: Months = "", county: County = None
) -> None:
    """Load new deliveries; builds nothing."""
    from hearth.cli.console import Lines, terminal
    from hearth.contracts import with_county
    from hearth.settings import remember, remembered_landing

    context: Context = ctx.obj
    settings = context.settings(landing=landing, county_file=county)
    only = months_of(months)
    sources = with_county(settings.county_file)
    check_sources(source or (), sources)
    if settings.landing is None:
        raise InputError(text("which_landing"))
    if not settings.landing.is_dir():
        raise InputError(text("no_landing", landing=settings.landing))
    with Lines(terminal()).shown() as progress:
        give_way(settings, progress.note)
        warehouse(settings)
        if county is not None:
            # The build that follows reads what was loaded by the same contracts; the folder may be any.
            remember(settings.model_copy(update={"landing": remembered_landing(settings)}))
        _load(settings, source or [contract.name for contract in sources], only, progress)


def _load(settings: Settings, sources: list[str], only: list[str], progress: Lines) -> None:
    from hearth.loading.departments import load_departments

    assert settings.landing is not None
    for source, found in load_departments(
        settings,
        sources,
        landing=settings.landing,
        months=only or None,
        tick=lambda waiting, files: progress.tick(text("loading", sources=Listed(waiting)), files),
    ):
        if isinstance(found, HearthError):
            raise found
        for outcome in found:
            if outcome.is_new:
                progress.delivery(outcome)
        new = sum(outcome.is_new for outcome in found)
        progress.note(text("source_loaded", source=source, files=len(found), new=new))


def build(
    ctx: typer.Context,
    month: OneMonth,
    parameters: Parameters = None,
    force: Force = False,
    as_of: Moment = "",
) -> None:
    """Build and publish one month from what has been accepted.

    With --as-of the month is built by what was known then, parameters included, into the schema as_of; nothing is
    published.
    """
    from hearth.building import build_month
    from hearth.building.months import refuse_closed, require_loaded
    from hearth.building.parameters import load_parameters
    from hearth.database.engine import connect

    wanted = months_of(month)
    if len(wanted) != 1:
        raise UsageError(said("--month takes one month.", "--month 只能填一个月份。"))
    if as_of and (parameters or force):
        raise UsageError(
            said("--as-of goes with --month alone.", "--as-of 只能与 --month 同用。"),
        )
    context: Context = ctx.obj
    if as_of:
        _build_as_of(context, wanted[0], as_of)
        return
    settings = warehouse(context.settings())
    with connect(settings, "transformer") as connection:
        require_loaded(connection, wanted[0])
        if parameters:
            refuse_closed(connection, wanted[0])
    if parameters:
        load_parameters(settings, parameters)
    outcome = build_month(settings, wanted[0], force=force)
    count, touched = outcome.household_count, outcome.touched_count
    households = "" if count is None else said(f", {count:,} households", f"，{count:,} 户")
    renewed = "" if touched is None else said(f", {touched:,} of them renewed", f"，其中更新 {touched:,} 户")
    typer.echo(f"{outcome.month} {status_word(outcome.status)}{households}{renewed}")
    if outcome.status == "blocked":
        raise BuildFailed(outcome.message)
    if outcome.status == "closed":
        with connect(settings, "transformer") as connection:
            refuse_closed(connection, wanted[0])


def _build_as_of(context: Context, month: str, text: str) -> None:
    from hearth.building.as_of import build_as_of
    from hearth.cli.console import terminal
    from hearth.reporting.as_of import print_as_of

    moment = moment_of(text)
    console = terminal()
    shown = f"{moment:%Y-%m-%d %H:%M}"
    with console.status(said(f"building {month} as of {shown}", f"正在按 {shown} 所知构建 {month}")):
        found = build_as_of(warehouse(context.settings()), month, moment)
    print_as_of(console, found)


def check(ctx: typer.Context, months: Months = "") -> None:
    """Check that every accepted delivery adds up and that every published month keeps its promises."""
    from hearth.orchestration.checking import check_everything

    context: Context = ctx.obj
    settings = warehouse(context.settings())
    failures = 0
    for result in check_everything(settings, months_of(months)):
        typer.echo(
            f"{set_cell_size(text('passed' if result.passed else 'not_passed'), 6)} {result.subject}"
            + "".join(f"\n       {f}" for f in result.failures)
        )
        failures += not result.passed
    if failures:
        raise BuildFailed(text("checks_failed", failures=failures))
