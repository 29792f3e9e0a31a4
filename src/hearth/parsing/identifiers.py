"""公民身份号码: the number inside whatever was typed, or why there is none.

The number is 17 digits (place of issue, birth date, sequence) and a check digit by ISO 7064 MOD 11-2
(GB 11643). Residence permits (81–83…) are built alike and are valid numbers; the place of issue is never
tested, because codes retire and people keep theirs.
"""

from datetime import date
from typing import Final

import polars as pl

from hearth.parsing.text import NOTHING, easy_first, squeezed, unquoted

_WEIGHTS: Final = tuple(2 ** (17 - i) % 11 for i in range(17))
_CHECK_DIGITS: Final = dict(enumerate("10X98765432"))
_EARLIEST_BIRTH: Final = date(1900, 1, 1)

_OTHER_SIGNS_FOR_X = r"^(G?[0-9]{17})[ХΧ×]"
_AS_PRINTED = r"^[0-9]{17}[0-9X]$"
_NOBODYS = "999999"
_BARE = r"^G?([0-9]{17}[0-9X]|[0-9]{15})$"
_IN_CERTIFICATE = r"^([0-9]{17}[0-9X])[0-9]{2}(?:[0-9A-Z]{2})?$"
_PLACEHOLDER = (
    rf"{NOTHING}|^G?(?:9{{6}}|0{{8,}})|^(?:{'|'.join(f'{d}+' for d in range(10))})X?$"
    r"|^(?:没有|无|未办|未上|不详|未知|不清|待补|空|缺)[^0-9]{0,6}$"
)
_SEVERAL = r"[0-9]{17}[0-9X].*[0-9]{17}[0-9X]|[0-9]{14}[0-9X][^0-9X]+[0-9]{15}|^[0-9X]{30,}$"
_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?E\+?[0-9]+$"
_MASKED = r"[*•●○◯□■#✱※]|^[0-9]+(?:X+[0-9]|×+|XX)"
_WRONG_LENGTH = r"^[0-9]+X?$"
_OTHER_DOCUMENT = r"^[A-Z]{1,4}[0-9A-Z()-]*[0-9][0-9A-Z()-]*$|字第|号$"
_IDENTITY_CARD = r"身份证|户口|残疾人证|^0?1$|^11[123]$"


def check_digit(seventeen: pl.Expr) -> pl.Expr:
    """The check digit of the first seventeen digits, given as integers."""
    total = pl.sum_horizontal((seventeen // 10 ** (16 - i) % 10) * weight for i, weight in enumerate(_WEIGHTS))
    return (total % 11).replace_strict(_CHECK_DIGITS, return_dtype=pl.String)


def read_identifiers(cells: pl.DataFrame, data_date: date) -> pl.DataFrame:
    """Read cells that should hold one 公民身份号码 each.

    Args:
        cells: `text`, `is_number` and `document` (证件类型, null where the table has none).
        data_date: nobody in the list is born after it.

    Returns:
        `value` (18 characters, only when valid), `seventeen` (valid, or only the check digit is wrong),
        `born_on` (of any number of 18 digits with a real birth date) and `fault`.
    """
    return easy_first(cells, _valid_as_delivered(cells, data_date), lambda others: _spellings(others, data_date))


def _valid_as_delivered(cells: pl.DataFrame, data_date: date) -> pl.DataFrame:
    text = pl.col("text")
    is_printed = ~pl.col("is_number") & text.str.contains(_AS_PRINTED) & ~text.str.starts_with(_NOBODYS)
    return (
        cells.select("text", digits=pl.when(is_printed).then(text.str.slice(0, 17)))
        .with_columns(seventeen=pl.col("digits").cast(pl.Int64), born_on=_born_on(pl.col("digits"), data_date))
        .with_columns(
            is_valid=(text.str.slice(17) == check_digit(pl.col("seventeen"))) & pl.col("born_on").is_not_null()
        )
        .select(
            value=pl.when("is_valid").then("text"),
            seventeen="seventeen",
            born_on="born_on",
            fault=pl.lit(None, pl.String),
        )
    )


def _spellings(cells: pl.DataFrame, data_date: date) -> pl.DataFrame:
    return (
        cells.select("is_number", "document", compact=_compact(pl.col("text")))
        .with_columns(
            pl.col("compact").str.replace(r"^([0-9]+)\.0+$", "$1"),
            is_number=pl.col("is_number") | pl.col("compact").str.contains(r"^[0-9]+\.0+$"),
        )
        .with_columns(bare=pl.coalesce(pl.col("compact").str.extract(p) for p in (_BARE, _IN_CERTIFICATE)))
        .with_columns(shape=_fault_of_shape(), digits=_seventeen_digits(pl.col("bare")))
        .with_columns(number=pl.col("digits").cast(pl.Int64))
        .with_columns(check=check_digit(pl.col("number")), born_on=_born_on(pl.col("digits"), data_date))
        .with_columns(fault=_fault())
        .select(
            value=pl.when(pl.col("fault").is_null()).then(pl.col("digits") + pl.col("check")),
            seventeen=pl.when(pl.col("fault").fill_null("wrong_check_digit") == "wrong_check_digit").then("number"),
            born_on=pl.when(pl.col("shape").fill_null("number_cell") == "number_cell").then("born_on"),
            fault="fault",
        )
    )


def _compact(text: pl.Expr) -> pl.Expr:
    return unquoted(squeezed(text)).str.to_uppercase().str.replace(_OTHER_SIGNS_FOR_X, "${1}X")


def _seventeen_digits(bare: pl.Expr) -> pl.Expr:
    """The first seventeen digits; numbers of 15 digits (before 1999) leave out the century."""
    of_15 = bare.str.slice(0, 6) + "19" + bare.str.slice(6)
    return pl.when(bare.str.len_bytes() == 15).then(of_15).otherwise(bare.str.slice(0, 17))


def _born_on(digits: pl.Expr, data_date: date) -> pl.Expr:
    born_on = digits.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return pl.when(born_on.is_between(_EARLIEST_BIRTH, data_date)).then(born_on)


def _fault_of_shape() -> pl.Expr:
    """Why a cell holds no number that could be tested; null where it does."""
    compact, bare = pl.col("compact"), pl.col("bare")
    is_number = pl.col("is_number") & (compact.str.len_bytes() != 15)
    of_18 = bare.str.len_bytes().fill_null(0) == 18
    is_foreign = ~pl.col("document").str.contains(_IDENTITY_CARD) & ~of_18
    faults = {
        "blank": compact.is_null(),
        "placeholder": compact.str.contains(_PLACEHOLDER),
        "several": compact.str.contains(_SEVERAL),
        "scientific": compact.str.contains(_SCIENTIFIC),
        "number_cell": is_number,
        "masked": bare.is_null() & compact.str.contains(_MASKED),
        "other_document": is_foreign | compact.str.contains(_OTHER_DOCUMENT) & bare.is_null(),
        "wrong_length": bare.is_null() & compact.str.contains(_WRONG_LENGTH),
        "unreadable": bare.is_null(),
    }
    return pl.coalesce(pl.when(condition).then(pl.lit(code)) for code, condition in faults.items())


def _fault() -> pl.Expr:
    wrong = (pl.col("bare").str.len_bytes() == 18) & (pl.col("bare").str.slice(17) != pl.col("check"))
    return pl.coalesce(
        "shape",
        pl.when(wrong).then(pl.lit("wrong_check_digit")),
        pl.when(pl.col("born_on").is_null()).then(pl.lit("impossible_birth")),
    )
