"""A long text file loaded piece by piece: one is copied into the slice while the next is parsed and the third read.

What is held at a time does not grow with the file. Where something about the file is odd nothing is left of its slice,
and it is read whole.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import psycopg

from hearth.contracts.model import Extract, Source
from hearth.failures import is_failure, trail
from hearth.loading.checks import too_many_faults
from hearth.loading.discovery import Landed
from hearth.loading.slices import write_slice
from hearth.parsing.frame import Earlier, Parsed, parse, together
from hearth.reading.pieces import NotPlain, read_pieces
from hearth.reading.table import Table
from hearth.timing import Stopwatch

log = logging.getLogger(__name__)

Piece = tuple[Table, Parsed]
T = TypeVar("T")


def load_pieces(
    connection: psycopg.Connection[Any],
    source: Source,
    extract: Extract,
    delivery_id: int,
    file: Landed,
    watch: Stopwatch,
) -> Piece | None:
    """Copy a file's rows into its slice, which is committed and not attached. Gives the file's table and what it was
    parsed to, both without the rows; None where the file must be read whole."""
    pieces = _Pieces(file, extract, watch)
    started_at, began = datetime.now(UTC), time.monotonic()
    try:
        with closing(pieces.good_rows()) as rows:
            write_slice(connection, source, extract, delivery_id, rows)
    except (NotPlain, psycopg.DataError):
        return None
    except (psycopg.Error, MemoryError, FileNotFoundError):
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        log.error("%s: %s at %s", file.relative_path, type(error).__name__, trail(error))
        return None
    watch.add("copy", started_at, time.monotonic() - began - pieces.seconds_waited)
    return pieces.whole()


def parsed_pieces(path: Path, extract: Extract, data_date: date, watch: Stopwatch) -> Generator[Piece, None, None]:
    """The file's pieces in order, each as a table and as what that is parsed to; the next is read meanwhile.

    Raises:
        NotPlain: the file must be read whole.
    """
    earlier = Earlier()
    with closing(one_ahead(_tables(path, extract, watch))) as tables:
        for table in tables:
            with watch.step("parse"):
                parsed = parse(table, extract, data_date, earlier)
            yield table, parsed


def _tables(path: Path, extract: Extract, watch: Stopwatch) -> Generator[Table, None, None]:
    tables = read_pieces(path, extract)
    while True:
        with watch.step("read"):
            table = next(tables, None)
        if table is None:
            return
        yield table


def one_ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """The items, each made by another thread while the one before is used; that thread also ends what makes them."""
    with ThreadPoolExecutor(1) as aside:
        try:
            coming = aside.submit(next, items, None)
            while (item := coming.result()) is not None:
                coming = aside.submit(next, items, None)
                yield item
        finally:
            aside.submit(items.close)


@dataclass
class _Pieces:
    """A file's pieces on their way, and what is kept of those that have passed."""

    file: Landed
    extract: Extract
    watch: Stopwatch
    passed: list[Piece] = field(default_factory=list)
    seconds_waited: float = 0.0

    def whole(self) -> Piece:
        """The table and its rows, of which only the faulty ones are here."""
        table, _ = self.passed[0]
        return table, together([parsed for _, parsed in self.passed])

    def good_rows(self) -> Generator[pl.DataFrame, None, None]:
        """The rows that can be loaded, piece by piece, each made while the one before is used.

        Raises:
            NotPlain: the file must be read whole, or has more faulty rows than are tolerated.
        """
        pieces = parsed_pieces(self.file.path, self.extract, self.file.data_date, self.watch)
        with closing(one_ahead(pieces)) as coming:
            while (piece := self._waited_for(coming)) is not None:
                table, parsed = piece
                kept = replace(parsed, rows=parsed.rows.clear(), rows_away=parsed.rows.height)
                self.passed.append((replace(table, rows=table.rows.clear()), kept))
                yield parsed.rows
        table, parsed = self.whole()
        if too_many_faults(self.extract, parsed, table) is not None:
            raise NotPlain

    def _waited_for(self, coming: Iterator[Piece]) -> Piece | None:
        began = time.monotonic()
        try:
            return next(coming, None)
        finally:
            self.seconds_waited += time.monotonic() - began
