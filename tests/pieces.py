"""A file read in pieces of any size, and whether that comes to the same as reading it whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import date
from pathlib import Path
from unittest import mock

import polars as pl

from hearth.contracts.model import Extract
from hearth.loading.in_pieces import parsed_pieces
from hearth.parsing.frame import Parsed, together
from hearth.reading import pieces
from hearth.reading.table import Table
from hearth.timing import Stopwatch


@contextmanager
def in_pieces_of(byte_count: int) -> Iterator[None]:
    """Let every text file be long, and a piece so small."""
    with mock.patch.multiple(pieces, PIECE_BYTES=byte_count, LONG_BYTES=1):
        yield


def read_in_pieces(path: Path, extract: Extract, data_date: date) -> tuple[Table, Parsed, int]:
    """The file's table, its rows as values, and how many pieces there were.

    Raises:
        NotPlain: it must be read whole.
    """
    found = [*parsed_pieces(path, extract, data_date, Stopwatch())]
    return found[0][0], together([parsed for _, parsed in found]), len(found)


def differences(whole: Parsed, other: Parsed) -> list[str]:
    """The names of what is not the same in both."""
    pairs = [(field.name, getattr(whole, field.name), getattr(other, field.name)) for field in fields(Parsed)]
    return [name for name, one, two in pairs if not _same(one, two)]


def _same(one: object, two: object) -> bool:
    if isinstance(one, pl.DataFrame) and isinstance(two, pl.DataFrame):
        width = min(one.width, two.width)  # empty columns at the right
        return one[:, :width].equals(two[:, :width]) and not any(
            frame[name].count() for frame in (one, two) for name in frame.columns[width:]
        )
    return one == two
