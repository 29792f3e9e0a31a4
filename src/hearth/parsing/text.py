"""What every kind of cell has in common: width, blanks, quotes, and the marks that stand for "nothing"."""

from collections.abc import Callable

import polars as pl

INVISIBLE = r"[\p{Cf}\p{Cc}]"
BLANKS = r"[\s\p{Cf}\p{Cc}\x{2800}\x{3164}\x{1160}]"
DASH = r"[-\x{2010}-\x{2015}\x{2212}\x{30FC}\x{4E00}_/\\.。~]"
NOTHING = rf"^(?:{DASH}+|无|空|暂无|没有|NULL|NONE|NAN|#?N/A|NA)$"
"""Marks written where there is no value. A lone 一 is a dash drawn with the wrong key."""

_QUOTES = r"""["'`‘’“”„′″]|^="""


def narrowed(text: pl.Expr) -> pl.Expr:
    """Full-width forms as their ordinary ones (NFKC)."""
    return text.str.normalize("NFKC")


def squeezed(text: pl.Expr) -> pl.Expr:
    """NFKC without any blank, visible or not; empty is null."""
    return null_if_empty(narrowed(text).str.replace_all(BLANKS, ""))


def unquoted(text: pl.Expr) -> pl.Expr:
    """Without what keeps a spreadsheet from reading a number: `="…"` and `'…`."""
    return null_if_empty(text.str.replace_all(_QUOTES, ""))


def trimmed(text: pl.Expr) -> pl.Expr:
    """As delivered, without blanks at the ends and invisible characters; runs of blanks are one."""
    visible = text.str.replace_all(r"[\t\r\n]+", " ").str.replace_all(INVISIBLE, "")
    return null_if_empty(visible.str.replace_all(r"\s{2,}", " ").str.replace_all(r"^\s+|\s+$", ""))


def null_if_empty(text: pl.Expr) -> pl.Expr:
    """An empty text is no text."""
    return pl.when(text != "").then(text)


def is_nothing(text: pl.Expr) -> pl.Expr:
    """Whether a squeezed text is missing or a mark for a missing value."""
    return text.is_null() | text.str.to_uppercase().str.contains(NOTHING)


def easy_first(
    cells: pl.DataFrame, easy: pl.DataFrame, read_others: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """`easy` where it has a value, in the order of the cells; the others read the long way.

    Nine cells in ten are written as they should be: they pay for none of the spellings of the tenth.
    """
    is_hard = easy["value"].is_null()
    if not is_hard.any():
        return easy
    others = read_others(cells.filter(is_hard))
    place = pl.when(is_hard).then(easy.height + is_hard.cum_sum() - 1).otherwise(pl.int_range(easy.height))
    return pl.concat([easy.select(others.columns), others])[pl.select(place).to_series()]
