"""Codes, flags, departments' own numbers, division codes, and plain text."""

from collections.abc import Mapping

import polars as pl

from hearth.contracts.model import FLAG_VALUES, Column
from hearth.parsing.text import easy_first, is_nothing, squeezed, trimmed, unquoted

_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?E\+[0-9]{1,3}$"
_EASY_KEY = r"^[0-9A-Z]*[0-9]$"
"""Alike in every spelling, and no mark for a missing value: none of these ends in a figure."""


def read_texts(cells: pl.DataFrame) -> pl.DataFrame:
    """`value` as delivered, trimmed; `fault` blank."""
    return cells.select(value=trimmed(pl.col("text"))).with_columns(fault=_blank(pl.col("value").is_null()))


def read_codes(cells: pl.DataFrame, column: Column) -> pl.DataFrame:
    """`value` by the contract's variants; `fault` blank, or unknown_code for a value outside its list."""
    known = {_plain(value): value for value in column.allowed}
    known |= {_plain(variant): value for variant, value in column.values.items()}
    return _mapped(cells, known, is_closed=bool(column.allowed))


def read_flags(cells: pl.DataFrame, column: Column) -> pl.DataFrame:
    """`value` true, false or null; `fault` blank or unknown_code."""
    known = {_plain(variant): value for variant, value in {**FLAG_VALUES, **column.values}.items()}
    return _mapped(cells, known, is_closed=True).with_columns(pl.col("value") == "是")


def read_keys(cells: pl.DataFrame) -> pl.DataFrame:
    """`value` in one width without blanks and quotes; `fault` blank or key_digits_lost.

    A number cell keeps fifteen digits: a longer one has lost its end, as has scientific notation.
    """
    is_easy = ~pl.col("is_number") & pl.col("text").str.contains(_EASY_KEY)
    easy = cells.select(value=pl.when(is_easy).then("text"), fault=pl.lit(None, pl.String))
    return easy_first(cells, easy, _read_other_keys)


def _read_other_keys(cells: pl.DataFrame) -> pl.DataFrame:
    plain = pl.col("plain")
    is_lost = (pl.col("is_number") & (plain.str.len_chars() > 15)) | plain.str.to_uppercase().str.contains(_SCIENTIFIC)
    return (
        cells.select("is_number", plain=unquoted(squeezed(pl.col("text"))))
        .with_columns(
            _without_point_zero(plain),
            is_number=pl.col("is_number") | plain.str.contains(r"^[0-9]+\.0+$"),
        )
        .select("plain", fault=pl.coalesce(_blank(is_nothing(plain)), pl.when(is_lost).then(pl.lit("key_digits_lost"))))
        .select(value=pl.when(pl.col("fault").is_null()).then("plain"), fault="fault")
    )


def read_divisions(cells: pl.DataFrame) -> pl.DataFrame:
    """`value` of 12 digits, the shorter county (6) and township (9) codes filled with zeros; `fault`."""
    plain = _without_point_zero(unquoted(squeezed(pl.col("text"))))
    is_code = pl.col("plain").str.contains(r"^(?:[0-9]{12}|[0-9]{9}|[0-9]{6})$")
    return cells.select(plain=plain).select(
        value=pl.when(is_code).then(pl.col("plain").str.pad_end(12, "0")),
        fault=pl.coalesce(_blank(is_nothing(pl.col("plain"))), pl.when(~is_code).then(pl.lit("unreadable_division"))),
    )


def _mapped(cells: pl.DataFrame, known: Mapping[str, str], *, is_closed: bool) -> pl.DataFrame:
    plain = _without_point_zero(squeezed(pl.col("text")))
    found = pl.col("plain").str.to_uppercase().replace_strict(known, default=None, return_dtype=pl.String)
    is_blank = (pl.col("found") == "") | (pl.col("found").is_null() & is_nothing(pl.col("plain")))
    is_unknown = pl.lit(is_closed) & pl.col("found").is_null()
    return (
        cells.select(plain=plain)
        .with_columns(found=found if known else pl.lit(None, pl.String))
        .with_columns(fault=pl.coalesce(_blank(is_blank), pl.when(is_unknown).then(pl.lit("unknown_code"))))
        .select(value=pl.when(pl.col("fault").is_null()).then(pl.coalesce("found", "plain")), fault="fault")
    )


def _plain(value: str) -> str:
    """A variant of the contract in the shape in which cells are compared with it."""
    return pl.select(squeezed(pl.lit(value)).str.to_uppercase()).item()


def _without_point_zero(text: pl.Expr) -> pl.Expr:
    return text.str.replace(r"^([0-9]+)\.0+$", "$1")


def _blank(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit("blank"))
