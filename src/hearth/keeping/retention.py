"""Retention: which raw slices nothing rests on any more, and what moves or drops them.

A slice may go when its month is closed, and when no month from the one named on, and no open month before it, rests on
it: by the very inputs that make a month due (`hearth.building.months.inputs_of`). So nothing becomes due, and every
month that can still be built has what it needs. Rosters, lists of divisions and events rest under every later month and
stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from hearth.building.build import build_lock
from hearth.building.months import closed_months, inputs_of, months_with_files
from hearth.contracts.model import raw_table
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.keeping.slice_files import SliceFolder
from hearth.keeping.slice_rows import digest_of
from hearth.language import said
from hearth.loading import registry
from hearth.loading.slices import slice_table
from hearth.settings import Settings

SLICES = """
    select
        deliveries.delivery_id, deliveries.source, deliveries.extract, deliveries.month, deliveries.sha256,
        deliveries.rows_loaded, pg_total_relation_size(slices.oid)
    from ops.deliveries
    inner join pg_class as slices
        on slices.relname = deliveries.source || '__' || deliveries.extract || '__d' || deliveries.delivery_id
    where
        slices.relnamespace = 'raw'::regnamespace and slices.relispartition
        and deliveries.status = 'accepted' and deliveries.month < %s
    order by deliveries.month, deliveries.source, deliveries.extract, deliveries.delivery_id
"""
MOVE = """
    insert into ops.slice_moves (delivery_id, action, row_count, digest, byte_count, folder, decided_by, reason)
    values (%s, %s, %s, %s, %s, %s, %s, %s)
"""

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Slice:
    """A delivery's rows in the warehouse: `rows` of them, `size` bytes."""

    delivery_id: int
    source: str
    extract: str
    month: str
    sha256: str
    rows: int
    size: int

    @property
    def table(self) -> str:
        """Its table, without the schema."""
        return slice_table(self.source, self.extract, self.delivery_id)


@dataclass(frozen=True)
class Plan:
    """What would go, and what stays for which reason: `needed` by later months, or in a month that is `open`."""

    before: str
    goes: tuple[Slice, ...]
    needed: tuple[Slice, ...]
    open: tuple[Slice, ...]

    @property
    def open_months(self) -> list[str]:
        """Months before the one named that are not closed, of which something stays therefore."""
        return sorted({one.month for one in self.open})


@dataclass(frozen=True)
class Word:
    """Who wants it, and why."""

    by: str
    reason: str


def plan(settings: Settings, before: str) -> Plan:
    """What could go of the months before the one named. Changes nothing."""
    with connect(settings, "transformer") as connection:
        return _planned(connection, before)


def move(settings: Settings, before: str, folder: Path, word: Word) -> Iterator[Slice]:
    """Move what can go into the folder, slice by slice; gives each that has gone.

    Each slice is written, read back and compared before it is dropped, and is whole in one place at any time.

    Raises:
        UsageError: no reason, or the folder holds another instance's slices.
        InputError: the folder cannot be written, or does not give back what was written.
        DatabaseUnavailable: the disk is full.
        Busy: a load or a build did not end in time.
    """
    _require_reason(word)
    target = SliceFolder.of(settings, folder, to_write=True)
    yield from _let_go(settings, before, word, target)


def drop(settings: Settings, before: str, word: Word) -> Iterator[Slice]:
    """Drop what can go; gives each slice that has gone.

    Raises:
        UsageError: no reason.
        Busy: a load or a build did not end in time.
    """
    _require_reason(word)
    yield from _let_go(settings, before, word, None)


def _let_go(settings: Settings, before: str, word: Word, target: SliceFolder | None) -> Iterator[Slice]:
    with _alone(settings) as connection:
        for one in _planned(connection, before).goes:
            with registry.answering(one.source), registry.registration(connection):
                found = digest_of(connection, one.table)
                if target is not None:
                    target.keep(connection, one, found)
                _detach_and_drop(connection, one)
                action, folder = ("moved", str(target.path)) if target else ("dropped", None)
                facts = (one.delivery_id, action, found.rows, found.digest, one.size, folder, word.by, word.reason)
                connection.execute(MOVE, facts)
            yield one


def bring_back(settings: Settings, folder: Path, word: Word, months: frozenset[str] = frozenset()) -> Iterator[Slice]:
    """Bring what was moved to the folder back, of these months where some are named; the files stay.

    Raises:
        UsageError: no reason, no folder of slices, or another instance's.
        InputError: a file is not as it was written.
        DatabaseUnavailable: the disk is full.
        Busy: a load or a build did not end in time.
    """
    _require_reason(word)
    source = SliceFolder.of(settings, folder)
    with _alone(settings) as connection:
        gone = _gone(connection)
        for kept in source.slices:
            if kept.delivery_id not in gone or (months and kept.month not in months):
                continue
            one = Slice(
                kept.delivery_id, kept.source, kept.extract, kept.month, kept.delivery_sha256, kept.rows, kept.bytes
            )
            with registry.answering(one.source), registry.registration(connection):
                size = source.give_back(settings, connection, kept, one.table)
                facts = (one.delivery_id, "brought back", kept.rows, kept.digest, size, str(source.path))
                connection.execute(MOVE, (*facts, word.by, word.reason))
            yield one


def gone(settings: Settings) -> list[dict[str, Any]]:
    """Deliveries whose rows have gone, by month."""
    from psycopg.rows import dict_row

    with connect(settings, row_factory=dict_row) as connection:
        return connection.execute(
            "select * from ops.slices_gone order by month, source, extract, delivery_id"
        ).fetchall()


@contextmanager
def _alone(settings: Settings) -> Iterator[Connection]:
    """A connection as the loader while no month is built and no file is loaded."""
    with ExitStack() as stack:
        stack.enter_context(build_lock(settings))
        connection = stack.enter_context(connect(settings, "loader", autocommit=True))
        sources = connection.execute("select distinct source from ops.deliveries where source is not null order by 1")
        for (source,) in sources.fetchall():
            stack.enter_context(registry.source_lock(connection, source))
        yield connection


def _planned(connection: Connection, before: str) -> Plan:
    slices = [Slice(*row) for row in connection.execute(SLICES, (before,))]
    closed = closed_months(connection)
    with_files = months_with_files(connection)
    to_come = {before, *(month for month in _calendar(before, max([before, *with_files])))}
    needed = _needed(connection, to_come)
    still_open = _needed(connection, {month for month in with_files if month < before and month not in closed})
    stays = {one.delivery_id for one in slices if one.delivery_id in needed}
    opened = {one.delivery_id for one in slices if one.month not in closed or one.delivery_id in still_open} - stays
    return Plan(
        before,
        tuple(one for one in slices if one.delivery_id not in stays | opened),
        tuple(one for one in slices if one.delivery_id in stays),
        tuple(one for one in slices if one.delivery_id in opened),
    )


def _needed(connection: Connection, months: set[str]) -> set[int]:
    return {delivery_id for month in months for _, _, _, delivery_id, *_ in inputs_of(connection, month)}


def _calendar(first: str, last: str) -> Iterator[str]:
    """The months from one to another."""
    number, end = int(first[:4]) * 12 + int(first[4:]) - 1, int(last[:4]) * 12 + int(last[4:]) - 1
    for month in range(number, end + 1):
        yield f"{month // 12}{month % 12 + 1:02d}"


def _gone(connection: Connection) -> set[int]:
    return {
        number for (number,) in connection.execute("select delivery_id from ops.slices_gone where action = 'moved'")
    }


def _detach_and_drop(connection: Connection, one: Slice) -> None:
    parent, table = sql.Identifier("raw", raw_table(one.source, one.extract)), sql.Identifier("raw", one.table)
    connection.execute(sql.SQL("alter table {} detach partition {}").format(parent, table))
    connection.execute(sql.SQL("drop table {}").format(table))


def _require_reason(word: Word) -> None:
    if not word.reason.strip():
        raise UsageError(said("Give a reason with --reason.", "请用 --reason 写明理由。"))


def by_month(slices: tuple[Slice, ...]) -> list[tuple[str, int, int, int]]:
    """Month, slices, rows and bytes of each month."""
    counts, rows, sizes = Counter[str](), Counter[str](), Counter[str]()
    for one in slices:
        counts[one.month] += 1
        rows[one.month] += one.rows
        sizes[one.month] += one.size
    return [(month, counts[month], rows[month], sizes[month]) for month in sorted(counts)]
