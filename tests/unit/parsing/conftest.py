"""Cells and tables for the parsing tests, in the shapes that reading hands over."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest

from hearth.contracts.model import Extract
from hearth.parsing.frame import Parsed, parse
from hearth.reading.table import Table

DATA_DATE = date(2025, 1, 31)


def table(headers: list[str], positions: dict[str, int], rows: pl.DataFrame, **more: Any) -> Table:
    """A table of which parsing uses the headers, their positions, the rows, and what a test adds."""
    facts: dict[str, Any] = {
        "number_cells": None,
        "scales": {},
        "unknown_headers": [],
        "note_dates": [],
        "notes": [],
    }
    return Table(sheet="Sheet1", header_row=1, headers=headers, positions=positions, rows=rows, **{**facts, **more})


@pytest.fixture
def cells() -> Callable[..., pl.DataFrame]:
    """Builds the cells of one column from their texts."""

    def build(*texts: str | None, is_number: bool = False, document: str | None = None) -> pl.DataFrame:
        return pl.DataFrame(
            {"text": texts, "is_number": [is_number] * len(texts), "document": [document] * len(texts)},
            schema={"text": pl.String, "is_number": pl.Boolean, "document": pl.String},
        )

    return build


@pytest.fixture
def parsed() -> Callable[..., Parsed]:
    """Parses rows given as lists of texts under the extract's own headers, with 序号 in front if asked."""

    def build(
        extract: Extract, rows: Sequence[Sequence[str | None]], headers: Sequence[str] = (), **more: Any
    ) -> Parsed:
        names = {column.header: column.name for column in extract.columns}
        shown = list(headers or names)
        numbered = {"row_number": pl.Series(range(2, len(rows) + 2), dtype=pl.Int32)}
        columns = {f"c{i}": pl.Series([row[i] for row in rows], dtype=pl.String) for i in range(len(shown))}
        positions = {names[header]: i for i, header in enumerate(shown) if header in names}
        rows_frame = pl.DataFrame(numbered | columns)
        return parse(table(shown, positions, rows_frame, **more), extract, DATA_DATE)

    return build
