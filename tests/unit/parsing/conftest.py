"""Cells and tables for the parsing tests, in the shapes that reading hands over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
import pytest

from hearth.contracts.model import Extract
from hearth.parsing.frame import Parsed, parse

DATA_DATE = date(2025, 1, 31)


@dataclass(frozen=True)
class StandIn:
    """What `parse` uses of a `hearth.reading.table.Table`."""

    headers: list[str]
    positions: dict[str, int]
    rows: pl.DataFrame
    number_cells: pl.DataFrame | None = None
    scales: dict[str, int] = field(default_factory=dict)


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
        return parse(StandIn(shown, positions, pl.DataFrame(numbered | columns), **more), extract, DATA_DATE)  # type: ignore[arg-type]

    return build
