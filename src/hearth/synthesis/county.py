"""Makes a county, or several neighbouring ones: landing folder, parameters and the truth, month by month."""

import csv
import gc
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hearth.synthesis import parameters
from hearth.synthesis.conclusions import as_csv, is_certain
from hearth.synthesis.deliveries import LEDGER_FIELDS
from hearth.synthesis.divisions import Place
from hearth.synthesis.doses import Doses
from hearth.synthesis.maker import Made, Maker, Order, SoFar
from hearth.synthesis.months import month_after
from hearth.synthesis.rules import RULES

HOUSEHOLDS_PER_COUNTY = 20_000
"""More become several counties: one's files and people are held in memory while it is made."""
MOST_COUNTIES = 75
WORKERS = 2
SECONDS_BETWEEN_TELLINGS = 0.5
TOP_FOLDERS = ("landing", "config", "truth", "exact")
UNFINISHED = ".unfinished"
"""In a county's folder, while it is made; what a killed process leaves there goes with the next attempt."""

HOUSEHOLD_FIELDS = (
    *("month", "household_no", "village_code", "member_count", "strict", "level", "suggested_category"),
    *(rule.code for rule in RULES),
)
MATCH_FIELDS = ("source", "extract", "month", "recoverable", "beyond_recovery")
FAULT_FIELDS = ("fault", "source", "extract", "month", "planted", "among")
STRAY_FIELDS = ("source", "month", "file")


@dataclass(frozen=True)
class Summary:
    """What was made."""

    folder: Path
    households: int
    persons: int
    months: tuple[str, ...]
    counties: int
    files: int
    rows: int
    boundary_cases: int
    strict_share: float
    fates: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """One county's share of what is written for all."""

    made: Made
    certain: int
    household_months: int


def synthesise(
    folder: Path,
    *,
    households: int,
    months: int,
    seed: int,
    first_month: str = "202501",
    doses: Doses | None = None,
    variant: str | None = None,
    counties: int | None = None,
    workers: int = WORKERS,
    tell: Callable[[SoFar], None] = lambda made: None,
) -> Summary:
    """Writes fictional counties into `folder`: landing/, config/, truth/ and exact/truth/.

    The same arguments give the same bytes, whatever the number of `workers`. `variant` fixes the layout: a format
    (csv, xlsx, xls, html, tsv-as-xls), an encoding, or `usual` for each department's own; without it the layout of
    each file is drawn. `counties` shares the households out to so many neighbours, each with files of its own; by
    default as many as keep each below 20,000 households. `tell` hears now and then how much is made.

    truth/ names every state that some reading of rules.md allows where a record is beyond recovery;
    exact/truth/ leaves such records in the queue, where the tiers as written put them. truth/faults.csv counts what
    was planted.

    Raises:
        OSError: `folder` cannot be written; nothing of the county is left there.
    """
    names = tuple(month_after(first_month, index) for index in range(months))
    count = counties or counties_for(households)
    with _put_in_place(folder) as unfinished:
        shares = _shares(households, count)
        orders = [
            Order(unfinished, size, names, seed, doses or Doses(), variant, Place(number), count == 1, min(shares))
            for number, size in enumerate(shares)
        ]
        parts = list(_made(orders, workers, tell))
        made = [part.made for part in parts]
        _write_parameters(unfinished, made)
        _write_truth(unfinished, made)
    return _summary(folder, names, parts)


@contextmanager
def _put_in_place(folder: Path) -> Iterator[Path]:
    """Where the county is made: it stands in `folder` once it is whole, and nothing does if that fails."""
    was_there, unfinished = folder.exists(), folder / UNFINISHED
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        yield unfinished
        for name in TOP_FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
            (unfinished / name).rename(folder / name)
        unfinished.rmdir()
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not was_there:
            with suppress(OSError):
                folder.rmdir()
        raise


def counties_for(households: int) -> int:
    """So many that none has more than 20,000 households."""
    return min(MOST_COUNTIES, -(-households // HOUSEHOLDS_PER_COUNTY))


def _shares(households: int, counties: int) -> list[int]:
    """Almost equal shares that add up."""
    return [households * (number + 1) // counties - households * number // counties for number in range(counties)]


def _made(orders: list[Order], workers: int, tell: Callable[[SoFar], None]) -> Iterator[_Part]:
    if len(orders) == 1 or workers == 1:
        yield from _made_in_turn(orders, tell)
    else:
        yield from _made_side_by_side(orders, workers, tell)


def _made_in_turn(orders: list[Order], tell: Callable[[SoFar], None]) -> Iterator[_Part]:
    counts = [0] * (len(SoFar._fields) * len(orders))

    def count(order: Order, made: SoFar) -> None:
        _count(counts, order, made)
        tell(_total(counts))

    for order in orders:
        yield _make(order, partial(count, order))


def _made_side_by_side(orders: list[Order], workers: int, tell: Callable[[SoFar], None]) -> Iterator[_Part]:
    context = get_context("spawn")
    counts = context.RawArray("l", len(SoFar._fields) * len(orders))
    with ProcessPoolExecutor(workers, context, initializer=_count_in, initargs=(counts,)) as pool:
        parts = [pool.submit(_make_aside, order) for order in orders]
        try:
            waiting = set(parts)
            while waiting:
                ended, waiting = wait(waiting, SECONDS_BETWEEN_TELLINGS, FIRST_EXCEPTION)
                tell(_total(counts))
                for part in ended:
                    part.result()
        finally:
            for part in parts:
                part.cancel()
    yield from (part.result() for part in parts)


_counts: MutableSequence[int] = []
"""How much each county of the command has, three places each: one process alone writes to them."""


def _count_in(counts: MutableSequence[int]) -> None:
    global _counts
    _counts = counts


def _count(counts: MutableSequence[int], order: Order, made: SoFar) -> None:
    width = len(made)
    counts[order.place.number * width : (order.place.number + 1) * width] = made


def _total(counts: Sequence[int]) -> SoFar:
    width = len(SoFar._fields)
    return SoFar(*(sum(counts[place::width]) for place in range(width)))


def _make_aside(order: Order) -> _Part:
    return _make(order, lambda made: _count(_counts, order, made))


def _make(order: Order, tell: Callable[[SoFar], None]) -> _Part:
    """Makes one county and writes its share of the truth aside, so that a million households fit into memory."""
    with _collector_paused():
        maker = Maker(order, tell)
        made = maker.make()
        for is_exact in (False, True):
            path = _aside(order.folder, is_exact, order.place.number)
            _write_csv(path, HOUSEHOLD_FIELDS, as_csv(made.rows, is_exact))
        part = _Part(made, sum(is_certain(row.allowed) for row in made.rows), len(made.rows))
        made.rows = []
        maker.forget()
    return part


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Millions of records that all live to the end: looking through them for waste takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


# what is written for all counties together


def _aside(folder: Path, is_exact: bool, number: int) -> Path:
    return _truth_folder(folder, is_exact) / f"household_month.{number}.part"


def _truth_folder(folder: Path, is_exact: bool) -> Path:
    return folder / "exact" / "truth" if is_exact else folder / "truth"


def _write_parameters(folder: Path, made: list[Made]) -> None:
    rows = list(dict.fromkeys(row for one in made for row in one.parameters))
    parameters.write(folder / "config" / "rule_parameters.csv", rows)


def _write_truth(folder: Path, made: list[Made]) -> None:
    ledger = [line for one in made for line in one.ledger]
    strays = [line for one in made for line in one.unrecognised]
    matched = _sums(((c.source, c.extract, c.month), (c.recoverable, c.beyond)) for m in made for c in m.match_counts)
    planted = _sums(((fault, *where), count) for m in made for (fault, where), count in m.tally.counts.items())
    for is_exact in (False, True):
        top = _truth_folder(folder, is_exact)
        _join(top / "household_month.csv", [_aside(folder, is_exact, number) for number in range(len(made))])
        _write_csv(top / "deliveries.csv", LEDGER_FIELDS, (line.values() for line in ledger))
        _write_csv(top / "match_counts.csv", MATCH_FIELDS, matched)
        _write_csv(top / "unrecognised.csv", STRAY_FIELDS, (line.values() for line in strays))
    _write_csv(folder / "truth" / "faults.csv", FAULT_FIELDS, sorted(planted))


def _sums(counts: Iterable[tuple[tuple[str, ...], Sequence[int]]]) -> list[tuple[Any, ...]]:
    """Keys with the sums of two numbers."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for key, (one, other) in counts:
        so_far = sums.setdefault(key, [0, 0])
        so_far[0] += one
        so_far[1] += other
    return [(*key, *numbers) for key, numbers in sums.items()]


def _join(path: Path, parts: list[Path]) -> None:
    """One table of several, whose first lines are alike."""
    with path.open("wb") as whole:
        for number, part in enumerate(parts):
            with part.open("rb") as file:
                header = file.readline()
                if number == 0:
                    whole.write(header)
                shutil.copyfileobj(file, whole)
            part.unlink()


def _write_csv(path: Path, fields: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(fields)
        writer.writerows(rows)


def _summary(folder: Path, months: tuple[str, ...], parts: list[_Part]) -> Summary:
    made = [part.made for part in parts]
    return Summary(
        folder=folder,
        households=sum(one.households for one in made),
        persons=sum(one.persons for one in made),
        months=months,
        counties=len(parts),
        files=sum(len(one.ledger) + len(one.unrecognised) for one in made),
        rows=sum(one.row_count for one in made),
        boundary_cases=sum(one.boundary_cases for one in made),
        strict_share=sum(part.certain for part in parts) / max(1, sum(part.household_months for part in parts)),
        fates=Counter(line["fate"] for one in made for line in one.ledger)
        + Counter(unrecognised=sum(len(one.unrecognised) for one in made)),
    )
