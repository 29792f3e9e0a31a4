"""Typed cells of a workbook as the texts that its sender sees, and which of them were numbers."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

EXACT = 1 << 53
"""Beyond it a number of a workbook may stand for its neighbours too."""
CENTS_TO = 10**13
"""Up to it an amount with two decimals has at most 15 digits, which is what Excel shows."""


def texts_and_numbers(column: Sequence[Any]) -> tuple[pl.Series, pl.Series]:
    """The texts of a column's cells, null where there is none, and whether each was a number."""
    kinds = list(map(type, column))
    found = set(kinds)
    if found == {str}:
        return _texts(column), pl.repeat(False, len(column), eager=True)
    if found == {float}:
        return _number_texts(pl.Series(column, dtype=pl.Float64)), pl.repeat(True, len(column), eager=True)
    if found <= {str, float, datetime}:
        texts, numbers, moments = (
            pl.Series([cell if kind is wanted else None for cell, kind in zip(column, kinds, strict=True)], dtype=dtype)
            for wanted, dtype in ((str, pl.String), (float, pl.Float64), (datetime, pl.Datetime("us")))
        )
        together = pl.select(pl.coalesce(_texts(texts), _number_texts(numbers), _moment_texts(moments))).to_series()
        return together, numbers.is_not_null()
    texts = pl.Series(
        [_TEXT.get(kind, str)(cell) or None for cell, kind in zip(column, kinds, strict=True)], dtype=pl.String
    )
    return texts, pl.Series([kind in (float, int) for kind in kinds], dtype=pl.Boolean)


def _texts(column: Sequence[str] | pl.Series) -> pl.Series:
    return pl.Series(column, dtype=pl.String).replace("", None)


def _number_texts(numbers: pl.Series) -> pl.Series:
    """Whole numbers and amounts as columns, whatever else number by number."""
    is_whole = (numbers == numbers.round()) & (numbers.abs() < EXACT)
    is_amount = ((numbers * 100).round() / 100 == numbers) & (numbers.abs() < CENTS_TO)
    found = pl.select(
        pl.when(is_whole)
        .then(numbers.cast(pl.Int64, strict=False).cast(pl.String))
        .when(is_amount)
        .then(numbers.cast(pl.String))
    ).to_series()
    others = (found.is_null() & numbers.is_not_null()).arg_true()
    return found.scatter(others, [_number_text(number) for number in numbers.gather(others)])


def _moment_texts(moments: pl.Series) -> pl.Series:
    is_day = moments.dt.time() == time()
    days, seconds = moments.dt.to_string("%Y-%m-%d"), moments.dt.to_string("%Y-%m-%d %H:%M:%S")
    return pl.select(pl.when(is_day).then(days).otherwise(seconds)).to_series()


def _number_text(value: float) -> str:
    """As Excel shows it: 123 rather than 123.0, at most 15 digits behind an inexact sum."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return f"{value:.15g}"


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: _number_text,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment_text,
    time: time.isoformat,
    timedelta: str,
}
