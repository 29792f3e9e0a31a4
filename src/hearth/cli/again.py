"""`hearth backfill` and `hearth reload`: months built and files read once more, on an operator's word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import Landing, check_sources, months_of
from hearth.errors import BuildFailed, HearthError, InputError, UsageError
from hearth.language import Listed, said
from hearth.texts import text

if TYPE_CHECKING:
    from hearth.cli.console import Lines
    from hearth.loading.history import Occasion
    from hearth.settings import Settings

First = Annotated[str, typer.Option("--from", metavar="YYYYMM", help="The first month.")]
Last = Annotated[str, typer.Option("--to", metavar="YYYYMM", help="The last month.")]
Force = Annotated[bool, typer.Option("--force", help="Build although nothing has changed.")]
Direct = Annotated[bool, typer.Option("--direct", help="In this process, without Airflow.")]
Source = Annotated[str, typer.Option("--source", metavar="SOURCE", help="The department.")]
Months = Annotated[str, typer.Option("--months", metavar="YYYYMM,…", help="The data months.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in ops.run_history.")]


def backfill(ctx: typer.Context, first: First, last: Last, force: Force = False, direct: Direct = False) -> None:
    """Build every month of a span that has files, on Airflow or in this process.

    Months whose inputs have not changed since they were published are passed over without --force.
    """
    from hearth.cli.console import Lines, terminal
    from hearth.orchestration import airflow
    from hearth.orchestration.backfill import backfill_directly, backfill_scheduled, months_between

    begin, end = _month(first), _month(last)
    context: Context = ctx.obj
    with Lines(terminal()).shown() as progress:
        settings = warehouse(context.settings())
        months = months_between(settings, begin, end)
        if not direct:
            airflow.up(settings, progress.note)
        run = backfill_directly if direct else backfill_scheduled
        states = run(settings, months, force=force, progress=progress)
    bad = [f"{state.month} {state.status}: {state.message}" for state in states if not state.is_published]
    done = len(states) - len(bad)
    typer.echo(said(f"{done} of {len(states)} months are published", f"{len(states)} 个月份中 {done} 个已发布"))
    if bad:
        raise BuildFailed("; ".join(bad))


def reload(ctx: typer.Context, source: Source, months: Months, reason: Reason, landing: Landing = None) -> None:
    """Read a department's files of some months anew; builds nothing.

    The new reading takes the place of the earlier one, which stays traceable. Files that wait for a person are left.
    """
    from hearth.cli.console import Lines, terminal
    from hearth.contracts import with_county
    from hearth.loading.history import Occasion, now

    context: Context = ctx.obj
    settings = context.settings(landing=landing)
    wanted = months_of(months)
    check_sources([source], with_county(settings.county_file))
    if not wanted or not reason.strip():
        raise UsageError(said("Name the months, and say why.", "请指定月份并写明理由。"))
    if settings.landing is None or not settings.landing.is_dir():
        raise InputError(said("Which landing folder? Give it with --landing DIR.", "请用 --landing 指定报送目录。"))
    with Lines(terminal()).shown() as progress:
        warehouse(settings)
        _read_again(settings, source, wanted, Occasion("reload", reason.strip(), now(settings)), progress)


def _read_again(settings: Settings, source: str, months: list[str], occasion: Occasion, progress: Lines) -> None:
    from hearth.loading.departments import load_departments

    assert settings.landing is not None
    for _, found in load_departments(
        settings,
        [source],
        landing=settings.landing,
        months=months,
        tick=lambda names, files: progress.tick(text("loading", sources=Listed(names)), files),
        occasion=occasion,
    ):
        if isinstance(found, HearthError):
            raise found
        for outcome in found:
            if outcome.is_new:
                progress.delivery(outcome)


def _month(text: str) -> str:
    found = months_of(text)
    if len(found) != 1:
        raise UsageError(said("--from and --to take one month each.", "--from 与 --to 各填一个月份。"))
    return found[0]
