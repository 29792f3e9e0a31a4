"""Typed cells of a workbook as the texts that its sender sees, and which of them were numbers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

EXACT = 1 << 53
"""Beyond it a number of a workbook may stand for its neighbours too."""
DIGITS = 15
"""What Excel shows of a number at most."""


def texts_and_numbers(column: Sequence[Any]) -> tuple[pl.Series, pl.Series]:
    """The texts of a column's cells, null where there is none, and whether each was a number."""
    kinds = list(map(type, column))
    found = set(kinds)
    if len(found) == 1:
        texts = _texts(kinds[0], column)
    else:
        apart = ([cell if own is kind else None for cell, own in zip(column, kinds, strict=True)] for kind in found)
        texts = pl.select(pl.coalesce(map(_texts, found, apart))).to_series()
    if found.isdisjoint(_NUMBERS):
        return texts, pl.repeat(False, len(column), eager=True)
    return texts, pl.Series([kind in _NUMBERS for kind in kinds], dtype=pl.Boolean)


def _texts(kind: type, cells: Sequence[Any]) -> pl.Series:
    """Of cells of one kind, and of none."""
    if kind in _AT_ONCE:
        dtype, as_texts = _AT_ONCE[kind]
        return as_texts(pl.Series(cells, dtype=dtype))
    as_text = _ONE_BY_ONE.get(kind, str)
    return pl.Series([None if cell is None else as_text(cell) for cell in cells], dtype=pl.String)


def _number_texts(numbers: pl.Series) -> pl.Series:
    """123 rather than 123.0, at most 15 digits behind an inexact sum."""
    shortest, size = numbers.cast(pl.String), numbers.abs()
    is_whole = (numbers == numbers.round()) & (size < EXACT)
    # Not longer, its shortest form has no more digits than are shown; smaller or greater, it may have an exponent.
    is_shown = (size.cast(pl.String).str.len_bytes() <= DIGITS + 1) & (size >= 1e-4) & (size < 10**DIGITS)
    whole = numbers.cast(pl.Int64, strict=False).cast(pl.String)
    texts = pl.select(pl.when(is_whole).then(whole).when(is_shown).then(shortest)).to_series()
    others = (texts.is_null() & numbers.is_not_null()).arg_true()
    return texts.scatter(others, [_number_text(number) for number in numbers.gather(others)])


def _number_text(value: float) -> str:
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return f"{value:.{DIGITS}g}"


def _moment_texts(moments: pl.Series) -> pl.Series:
    is_day = moments.dt.time() == time()
    days, seconds = moments.dt.to_string("%Y-%m-%d"), moments.dt.to_string("%Y-%m-%d %H:%M:%S")
    return pl.select(pl.when(is_day).then(days).otherwise(seconds)).to_series()


_NUMBERS = (float, int)
_AT_ONCE: Mapping[type, tuple[pl.DataType, Callable[[pl.Series], pl.Series]]] = {
    str: (pl.String(), lambda texts: texts.replace("", None)),
    float: (pl.Float64(), _number_texts),
    int: (pl.Int64(), lambda numbers: numbers.cast(pl.String)),
    date: (pl.Date(), lambda days: days.dt.to_string("%Y-%m-%d")),
    datetime: (pl.Datetime("us"), _moment_texts),
}
_ONE_BY_ONE: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "TRUE" if value else "FALSE",
    time: time.isoformat,
    timedelta: str,
}
