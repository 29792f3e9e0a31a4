"""Names of persons: the spelling as delivered, and the key by which names are compared."""

import polars as pl

from hearth.parsing.text import easy_first, is_nothing, squeezed, trimmed

_MIDDLE_DOTS = r"[.·•‧∙⋅・●◦᛫⸱⸳ꞏㆍᆞ。˙]+"
_UNKNOWN_CHARACTER = r"[\x{FFFD}\p{Co}□■〓◇]"
"""What systems print for a character they do not have: the same as `?`."""


_AS_WRITTEN = r"^[\x{4E01}-\x{9FFF}--[无没]]{2,4}$"
"""Characters that are alike in every spelling; none of which a mark for a missing value consists."""


def read_names(cells: pl.DataFrame) -> pl.DataFrame:
    """`value` as delivered, trimmed; `key` in one width, without blanks, with one middle dot; `fault`."""
    easy = pl.when(pl.col("text").str.contains(_AS_WRITTEN)).then("text")
    return easy_first(cells, cells.select(value=easy, key=easy, fault=pl.lit(None, pl.String)), spellings)


def spellings(cells: pl.DataFrame) -> pl.DataFrame:
    """Names in any spelling."""
    return (
        cells.select(value=trimmed(pl.col("text")), squeezed=squeezed(pl.col("text").str.replace_all("˙", "·")))
        .with_columns(is_blank=is_nothing(pl.col("squeezed")))
        .select(
            value=pl.when(~pl.col("is_blank")).then("value"),
            key=pl.when(~pl.col("is_blank")).then(_key(pl.col("squeezed"))),
            fault=pl.when("is_blank").then(pl.lit("blank")),
        )
    )


def _key(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_UNKNOWN_CHARACTER, "?").str.replace_all(_MIDDLE_DOTS, "·")
