"""Days, months and moments in the spellings departments use, Excel's day numbers among them."""

from datetime import date, datetime
from functools import partial
from typing import Final

import polars as pl

from hearth.contracts.model import Kind
from hearth.parsing.text import INVISIBLE, easy_first, is_nothing, narrowed, unquoted

_EXCEL_DAY_ZERO: Final = datetime.fromisoformat("1899-12-30")
_EARLIEST: Final = date(1900, 1, 1)
_SEPARATOR = r" ?[-/._、\x{2010}-\x{2015}\x{2212}年月] ?"
_CALENDAR = (
    rf"^(?<year>[0-9]{{4}}){_SEPARATOR}(?<month>[0-9]{{1,2}}){_SEPARATOR}(?<day>[0-9]{{1,2}}) ?[日号]?"
    r"(?: ?[T ] ?(?<hour>[0-9]{1,2})[:时点](?<minute>[0-9]{1,2})?(?:[:分](?<second>[0-9]{1,2})?)?"
    r"(?:[.,][0-9]+)?秒?)?(?:\+08:?00)?$"
)
_MONTH_ONLY = rf"^([0-9]{{4}})(?:{_SEPARATOR}([0-9]{{1,2}})|([0-9]{{2}})) ?月?份?$"
_NO_DATE = r"^(?:长期|长久|永久|至今|0|0000-?00-?00)$"
_DAY_NUMBER = r"^(?:[0-9]{5}|[3-9][0-9]{3})(?:\.[0-9]+)?$"
_DAY_NUMBER_OF_MONTH = r"^(?:2[1-9]|[3-9][0-9])[0-9]{3}(?:\.[0-9]+)?$"
"""`20251` would be the month or a day of 1955: nobody can tell, so it is neither."""


def read_dates(cells: pl.DataFrame, kind: Kind, latest: date | None) -> pl.DataFrame:
    """Read DATE, MONTH and TIMESTAMP cells.

    Args:
        cells: `text` and `is_number`.
        kind: a month becomes its first day.
        latest: the last day that is not in the future; None where the future is allowed.

    Returns:
        `value` and `fault`: blank, unreadable_date, impossible_date, future_date.
    """
    read = easy_first(
        cells, cells.select(value=_iso(kind), fault=pl.lit(None, pl.String)), partial(_spellings, kind=kind)
    )
    day = pl.col("value").dt.date()
    is_future = pl.lit(False) if latest is None else day > latest
    if kind is not Kind.TIMESTAMP:
        read = read.with_columns(value=day.dt.month_start() if kind is Kind.MONTH else day)
    return read.select(
        value=pl.when(~is_future).then("value"),
        fault=pl.when(is_future).then(pl.lit("future_date")).otherwise("fault"),
    )


def _iso(kind: Kind) -> pl.Expr:
    """The moment of 2025-01-03, or of 2025-01-03 10:20:30 in a TIMESTAMP column."""
    pattern, length = ("%Y-%m-%d %H:%M:%S", 19) if kind is Kind.TIMESTAMP else ("%Y-%m-%d", 10)
    text = pl.when(pl.col("text").str.len_bytes() == length).then("text")
    moment = text.str.to_datetime(pattern, time_unit="us", strict=False)
    return pl.when(moment.dt.date() >= _EARLIEST).then(moment)


def _spellings(cells: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    return (
        cells.select("is_number", spelled=_spelled(pl.col("text")))
        .with_columns(is_blank=is_nothing(pl.col("spelled")) | pl.col("spelled").str.contains(_NO_DATE))
        .with_columns(full=_with_day(kind), moment_of_number=_moment_of_number(pl.col("spelled"), kind))
        .with_columns(pl.col("full").str.extract_groups(_CALENDAR).alias("parts"))
        .unnest("parts")
        .with_columns(moment=pl.coalesce(_moment_of_parts(kind), "moment_of_number"))
        .with_columns(fault=_fault())
        .select(value=pl.when(pl.col("fault").is_null()).then("moment"), fault="fault")
    )


def _spelled(text: pl.Expr) -> pl.Expr:
    """One width, single blanks, and the digits of 20250103[102030] set apart."""
    plain = narrowed(text).str.replace_all(r"\s+", " ").str.replace_all(INVISIBLE, "").str.strip_chars()
    return (
        unquoted(plain)
        .str.replace(r"^([0-9]{6,})\.0+$", "$1")
        .str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$", "$1-$2-$3 $4:$5:$6")
        .str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})($|[T ])", "$1-$2-$3$4")
        .str.replace(r"([日号])([0-9])", "$1 $2")
    )


def _with_day(kind: Kind) -> pl.Expr:
    """A month's cell with its first day; a number cell 2025.1 may be January or October and stays."""
    if kind is not Kind.MONTH:
        return pl.col("spelled")
    is_ambiguous = pl.col("is_number") & pl.col("spelled").str.contains(r"^[0-9]{4}\.1$")
    return pl.when(~is_ambiguous).then(pl.col("spelled").str.replace(_MONTH_ONLY, "$1-$2$3-01"))


def _moment_of_number(text: pl.Expr, kind: Kind) -> pl.Expr:
    is_day_number = text.str.contains(_DAY_NUMBER_OF_MONTH if kind is Kind.MONTH else _DAY_NUMBER)
    days = pl.when(is_day_number).then(text).cast(pl.Float64, strict=False)
    return pl.lit(_EXCEL_DAY_ZERO) + pl.duration(seconds=(days * 86400).round().cast(pl.Int64))


def _moment_of_parts(kind: Kind) -> pl.Expr:
    day = pl.concat_str("year", pl.col("month").str.zfill(2), pl.col("day").str.zfill(2), separator="-")
    if kind is not Kind.TIMESTAMP:
        return day.str.to_datetime("%Y-%m-%d", time_unit="us", strict=False)
    time = [pl.col(part).fill_null("0").str.zfill(2) for part in ("hour", "minute", "second")]
    moment = pl.concat_str(day, pl.lit(" "), pl.concat_str(time, separator=":"))
    return moment.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)


def _fault() -> pl.Expr:
    day = pl.col("moment").dt.date()
    return pl.coalesce(
        pl.when("is_blank").then(pl.lit("blank")),
        pl.when(day.is_null() & pl.col("year").is_null()).then(pl.lit("unreadable_date")),
        pl.when(day.is_null() | (day < _EARLIEST)).then(pl.lit("impossible_date")),
    )
