"""`hearth synth`: a synthetic county with its truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hearth.cli.options import MONTH
from hearth.errors import InputError, UsageError

if TYPE_CHECKING:
    from hearth.synthesis import Summary

FEW, MANY = 100, 1_000_000
VARIANTS = ("usual", "csv", "xlsx", "xls", "html", "tsv-as-xls", "utf-8", "utf-8-sig", "gb18030", "utf-16")

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Where landing/, config/ and truth/ are written; an empty folder or a new one."),
]
Households = Annotated[
    int, typer.Option("--households", min=FEW, max=MANY, metavar="N", help="How many households: 100 to a million.")
]
MonthCount = Annotated[int, typer.Option("--months", min=1, max=60, metavar="M", help="How many months.")]
FirstMonth = Annotated[str, typer.Option("--first-month", metavar="YYYYMM", help="The first of the months.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed is another county; the same, the same bytes.")]
Dirt = Annotated[
    float, typer.Option("--dirt", min=0, metavar="FACTOR", help="Times each fault's usual share: 0 none, 2 twice.")
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault", metavar="NAME=SHARE", help="One fault's own share, whatever the factor; 0 switches it off."
    ),
]
ListFaults = Annotated[bool, typer.Option("--list-faults", help="List the faults with their usual shares, and end.")]
Counties = Annotated[
    int | None,
    typer.Option("--counties", min=1, max=75, metavar="N", help="How many counties; one for each 20,000 by default."),
]
LayoutOption = Annotated[
    str | None,
    typer.Option("--layout", metavar="NAME", help=f"Every file in one format or encoding: {', '.join(VARIANTS)}."),
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Counties made side by side.")]


def synth(
    dir: Folder = None,
    households: Households = 2_000,
    months: MonthCount = 3,
    first_month: FirstMonth = "202501",
    seed: Seed = 1,
    dirt: Dirt = 1.0,
    fault: Faults = None,
    list_faults: ListFaults = False,
    counties: Counties = None,
    layout: LayoutOption = None,
    workers: Workers = 2,
) -> None:
    """Make a fictional county's deliveries, with the faults real ones have, and the truth behind them."""
    if list_faults:
        _list_faults()
        return
    if dir is None:
        raise UsageError("Name the folder that the county is written into.")
    if dir.exists() and (not dir.is_dir() or any(dir.iterdir())):
        raise InputError(f"{dir} is not an empty folder.")
    if not MONTH.fullmatch(first_month):
        raise UsageError(f"{first_month!r} is not a month; write 202501.")
    if layout is not None and layout not in VARIANTS:
        raise UsageError(f"{layout!r} is no layout; one of {', '.join(VARIANTS)}.")
    if counties is not None and households < FEW * counties:
        raise UsageError(f"A county has at least {FEW} households.")
    from hearth.synthesis import Doses, counties_for, synthesise

    doses = Doses.of_texts(dirt, fault or ())
    began = time.monotonic()
    with _progress(counties or counties_for(households), months) as tell:
        summary = synthesise(
            dir,
            households=households,
            months=months,
            seed=seed,
            first_month=first_month,
            doses=doses,
            variant=layout,
            counties=counties,
            workers=workers,
            tell=tell,
        )
    _report(summary, time.monotonic() - began)


@contextmanager
def _progress(counties: int, months: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, of counties times months; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Months of counties", total=counties * months)
        yield lambda done: progress.advance(task, done)


def _report(summary: Summary, seconds: float) -> None:
    fates = ", ".join(f"{count} to {fate}" for fate, count in sorted(summary.fates.items()))
    several = f" in {summary.counties} counties" if summary.counties > 1 else ""
    typer.echo(f"{summary.households:,} households, {summary.persons:,} persons{several}; {', '.join(summary.months)}")
    typer.echo(f"{summary.files:,} files ({fates}), {summary.rows:,} rows, in {seconds:.0f} s: {summary.folder}")
    typer.echo(f"{summary.strict_share:.1%} of the household-months have one truth, the others what can be known")


def _list_faults() -> None:
    from hearth.synthesis.catalogue import FAULTS

    width = max(len(fault.name) for fault in FAULTS)
    for fault in FAULTS:
        where = f" ({', '.join(fault.where)})" if fault.where else ""
        typer.echo(f"{fault.name:<{width}}  {fault.share:<6g} of {fault.among}{where}: {fault.says} · {fault.title}")
