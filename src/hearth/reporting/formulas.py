"""Texts that a spreadsheet would take for a formula: a township may be called `=cmd|…` by whoever sent its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False}
"""Options of a workbook in which a text stays one."""


def neutral(cell: Any) -> Any:
    """The cell for a CSV file; one that would become a formula begins with an apostrophe, as spreadsheets quote."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(BEGINNINGS) else cell


def neutral_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The same of every text of a frame."""
    import polars as pl

    text = pl.col(pl.String)
    return frame.with_columns(
        pl.when(text.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
