"""`hearth synth`: a synthetic county with its truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hearth.cli.options import MONTH
from hearth.errors import InputError, UsageError
from hearth.language import Listed, said, why_not
from hearth.texts import text

if TYPE_CHECKING:
    from hearth.synthesis import SoFar, Summary

FEW, MANY = 100, 1_000_000
LARGEST_SEED = 10**18
VARIANTS = ("usual", "csv", "xlsx", "xls", "html", "tsv-as-xls", "utf-8", "utf-8-sig", "gb18030", "utf-16")


def _whole(option: str, low: int, high: int, metavar: str, text: str) -> Any:
    """An option that is a whole number, and says what it can be where it cannot be what was typed."""

    def read(typed: object) -> int:
        digits = str(typed)
        if not digits.isascii() or not digits.isdecimal() or not low <= int(digits) <= high:
            raise UsageError(
                said(
                    f"{option} {typed}: a whole number from {low:,} to {high:,} is expected.",
                    f"{option} {typed}：应为 {low} 到 {high} 之间的整数。",
                )
            )
        return int(digits)

    return typer.Option(option, parser=read, metavar=metavar, help=text)


Folder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Where landing/, config/ and truth/ are written; an empty folder or a new one."),
]
Households = Annotated[int, _whole("--households", FEW, MANY, "N", f"How many households: {FEW} to {MANY:,}.")]
MonthCount = Annotated[int, _whole("--months", 1, 60, "M", "How many months: 1 to 60.")]
FirstMonth = Annotated[str, typer.Option("--first-month", metavar="YYYYMM", help="The first of the months.")]
Seed = Annotated[
    int, _whole("--seed", 0, LARGEST_SEED, "N", "Another seed is another county; the same, the same bytes.")
]
Dirt = Annotated[
    str, typer.Option("--dirt", metavar="FACTOR", help="Times each fault's usual share: 0 none, 2 twice; 10 at most.")
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
    _whole("--counties", 1, 75, "N", "How many counties; one for each 20,000 households by default."),
]
LayoutOption = Annotated[
    str | None,
    typer.Option("--layout", metavar="NAME", help=f"Every file in one format or encoding: {', '.join(VARIANTS)}."),
]
Workers = Annotated[int, _whole("--workers", 1, 64, "N", "How many counties are made side by side.")]


def synth(
    dir: Folder = None,
    households: Households = 2_000,
    months: MonthCount = 3,
    first_month: FirstMonth = "202501",
    seed: Seed = 1,
    dirt: Dirt = "1",
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
    folder = _checked_folder(dir)
    _check_months(first_month, months)
    _check_layout(layout)
    if counties is not None and households < FEW * counties:
        raise UsageError(
            said(
                f"--counties {counties}: a county has at least {FEW} households, and there are {households}.",
                f"--counties {counties}：每个县至少 {FEW} 户，{households} 户不够分。",
            )
        )
    from hearth.synthesis import Doses, counties_for, synthesise

    doses = Doses.of_texts(dirt, fault or ())
    began = time.monotonic()
    with _progress(counties or counties_for(households), months) as tell, _writing_to(folder):
        summary = synthesise(
            folder,
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


def _checked_folder(folder: Path | None) -> Path:
    from hearth.synthesis.county import UNFINISHED

    if folder is None:
        raise UsageError(said("Name the folder that the county is written into.", "请写明虚构县要写入的文件夹。"))
    if folder.exists() and not folder.is_dir():
        raise InputError(
            said(
                f"{folder} is a file, where a new or empty folder is expected.",
                f"{folder} 是文件，这里应为新文件夹或空文件夹。",
            )
        )
    if folder.exists() and any(inside.name != UNFINISHED for inside in folder.iterdir()):
        raise InputError(
            said(
                f"{folder} is not an empty folder; name a new one, so that nothing is written over.",
                f"{folder} 不是空文件夹；为免覆盖，请另写一个新文件夹。",
            )
        )
    return folder


def _check_months(first: str, count: int) -> None:
    if not MONTH.fullmatch(first):
        raise UsageError(
            said(
                f"--first-month {first}: a month such as 202501 is expected.",
                f"--first-month {first}：应为月份，例如 202501。",
            )
        )
    from hearth.synthesis.months import month_after

    last = month_after(first, count - 1)
    if not MONTH.fullmatch(last):
        raise UsageError(
            said(
                f"--months {count}: the last month would be {last}; 209912 is the last one possible.",
                f"--months {count}：最后一个月将是 {last}，最晚只能到 209912。",
            )
        )


def _check_layout(layout: str | None) -> None:
    if layout is not None and layout not in VARIANTS:
        names = ", ".join(VARIANTS)
        raise UsageError(
            said(f"--layout {layout}: one of {names} is expected.", f"--layout {layout}：应为 {names} 之一。")
        )


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Says of a folder that cannot be written why not, and that nothing was left in it."""
    try:
        yield
    except OSError as error:
        why = why_not(error)
        raise InputError(
            said(
                f"{folder} cannot be written: {why}. Nothing of the county was left there.",
                f"{folder} 无法写入：{why}。未留下任何内容。",
            )
        ) from error


@contextmanager
def _progress(counties: int, months: int) -> Iterator[Callable[[SoFar], None]]:
    """A bar on a terminal, of counties times months, and what is made so far; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(text("synth_begins"), total=counties * months)

        def show(made: SoFar) -> None:
            code = "synth_so_far" if made.households else "synth_begins"
            line = text(code, households=made.households, files=made.files)
            progress.update(task, completed=made.months, description=line)

        yield show


def _report(summary: Summary, seconds: float) -> None:
    counts = {"households": summary.households, "persons": summary.persons, "counties": summary.counties}
    typer.echo(text("synth_people", **counts, months=Listed(summary.months)))
    fates = [text(f"synth_{fate}", count=count) for fate, count in sorted(summary.fates.items())]
    figures = {"files": summary.files, "rows": summary.rows, "seconds": f"{seconds:.0f}", "folder": summary.folder}
    typer.echo(text("synth_files", fates=Listed(fates), **figures))
    typer.echo(text("synth_strict", share=f"{summary.strict_share:.1%}"))


def _list_faults() -> None:
    from hearth.synthesis.catalogue import FAULTS

    width = max(len(fault.name) for fault in FAULTS)
    for fault in FAULTS:
        where = f" ({', '.join(fault.where)})" if fault.where else ""
        what = said(f"of {fault.among}{where}: {fault.says} · {fault.title}", f"{fault.title}{where}")
        typer.echo(f"{fault.name:<{width}}  {fault.share:<6g} {what}")
