"""Sums of money and measured numbers, as exact decimals: `1.2万` is 12000.00."""

import polars as pl

from hearth.contracts.model import Kind
from hearth.parsing.text import easy_first, is_nothing, squeezed, unquoted

_EXACT = pl.Decimal(38, 10)
_LARGEST = 10**15
_FIGURES = r"(?<figures>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_SIGN = r"[-+\x{2212}\x{2013}]?"
_AMOUNT = (
    rf"^(?<open>\()?(?<sign>{_SIGN})(?:人民币|RMB|CNY|[¥$])?(?<inner>{_SIGN}){_FIGURES}"
    r"(?<unit>[万亿]?[元圆]?)整?(?:RMB|CNY)?(?:/[人月年户次]+)?\)?$"
)
_NUMBER_UNITS = (
    r"升|公升|L|分钟|分|天|日|个月|月|年度|年|岁|人|口|个|间|户|次|平方米|平米|平|M2|M|米|公里|KM|亩|元|吨|%|MIN|D"
)
_NEAR_ZERO = r"^-?[0-9](?:\.[0-9]+)?E-[0-9]{1,3}$"
_FACTORS = {"万": 10_000, "亿": 100_000_000}


def read_amounts(cells: pl.DataFrame, kind: Kind, scale: int = 1, unit: str = "") -> pl.DataFrame:
    """Read AMOUNT cells (yuan, two decimals) and NUMBER cells (four decimals, the unit may stand in the cell).

    Args:
        cells: `text` and `is_number`.
        kind: AMOUNT or NUMBER.
        scale: what the heading multiplies by (万元: 10000), unless a cell names its own unit.
        unit: the column's own unit, accepted behind a number.

    Returns:
        `value` and `fault`: blank, unreadable_amount, unreadable_number.
    """
    plain = _exact(pl.when(~pl.col("text").str.contains("[eE]")).then("text"))
    return easy_first(
        cells,
        cells.select(value=_rounded(plain * scale, kind), fault=pl.lit(None, pl.String)),
        lambda others: _spellings(others, kind, scale, unit),
    )


def _spellings(cells: pl.DataFrame, kind: Kind, scale: int, unit: str) -> pl.DataFrame:
    value = _yuan(scale) if kind is Kind.AMOUNT else pl.col("figures") * scale
    return (
        cells.select("is_number", plain=unquoted(squeezed(pl.col("text"))).str.to_uppercase())
        .with_columns(is_blank=is_nothing(pl.col("plain")), parts=_parts(kind, unit))
        .unnest("parts")
        .with_columns(_exact(pl.col("figures").str.replace_all(",", "")), is_negative=_is_negative())
        .with_columns(value=pl.when("is_negative").then(-value).otherwise(value))
        .with_columns(value=pl.coalesce("value", _near_zero() * scale))
        .with_columns(value=_rounded(pl.col("value"), kind))
        .with_columns(fault=_fault(kind))
        .select(value=pl.when(pl.col("fault").is_null()).then("value"), fault="fault")
    )


def _parts(kind: Kind, unit: str) -> pl.Expr:
    if kind is Kind.AMOUNT:
        return pl.col("plain").str.extract_groups(_AMOUNT)
    units = "|".join(filter(None, (_escaped(unit), _NUMBER_UNITS)))
    number = rf"^(?<open>\()?(?<sign>{_SIGN})(?<inner>){_FIGURES}(?<unit>)(?:(?:{units})(?:/.{{1,4}})?)?\)?$"
    return pl.col("plain").str.extract_groups(number)


def _escaped(unit: str) -> str:
    return pl.select(pl.lit(unit.upper()).str.escape_regex()).item() if unit else ""


def _exact(figures: pl.Expr) -> pl.Expr:
    """Polars stops at a decimal it cannot hold, so what no column could keep is no figure."""
    exact = figures.cast(_EXACT, strict=False)
    return pl.when(exact.is_between(-_LARGEST, _LARGEST)).then(exact)


def _yuan(scale: int) -> pl.Expr:
    """The figures in yuan: by the cell's own unit, else by the heading's."""
    own = pl.col("unit").str.slice(0, 1).replace_strict(_FACTORS, default=1, return_dtype=pl.Int64)
    return pl.col("figures") * pl.when(pl.col("unit") == "").then(scale).otherwise(own)


def _is_negative() -> pl.Expr:
    signs = pl.col("sign") + pl.col("inner")
    return signs.str.contains(r"[^+]") | pl.col("open").is_not_null()


def _near_zero() -> pl.Expr:
    """What a formula leaves near zero (-1.8e-12) is read; scientific text has lost its digits and is not."""
    is_small = pl.col("is_number") & pl.col("plain").str.contains(_NEAR_ZERO)
    return pl.when(is_small).then(pl.col("plain")).cast(pl.Float64, strict=False).cast(_EXACT, strict=False)


def _rounded(value: pl.Expr, kind: Kind) -> pl.Expr:
    places = 2 if kind is Kind.AMOUNT else 4
    return value.round(places, mode="half_away_from_zero").cast(pl.Decimal(16, places), strict=False)


def _fault(kind: Kind) -> pl.Expr:
    unreadable = "unreadable_amount" if kind is Kind.AMOUNT else "unreadable_number"
    return pl.coalesce(
        pl.when("is_blank").then(pl.lit("blank")),
        pl.when(pl.col("value").is_null()).then(pl.lit(unreadable)),
    )
