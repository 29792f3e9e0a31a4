"""Columns of typed cells at once, as each cell alone."""

import math
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearth.reading.typed_cells import texts_and_numbers

AMOUNTS = st.integers(-(10**16), 10**16).map(lambda cents: cents / 100)
SUMS = st.lists(st.integers(0, 10**7).map(lambda cents: cents / 100), min_size=2, max_size=4).map(sum).map(float)
NUMBERS = st.one_of(
    st.floats(),
    st.integers(-(10**17), 10**17).map(float),
    AMOUNTS,
    AMOUNTS.map(lambda amount: math.nextafter(amount, math.inf)),
    SUMS,
    st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False).map(float),
)
DAYS = st.dates(date(1900, 1, 1), date(9999, 12, 31))
MOMENTS = st.one_of(
    st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)),  # noqa: DTZ001 a workbook's moments have no zone
    DAYS.map(lambda day: datetime.combine(day, time())),
)
OTHERS = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.times(), st.timedeltas())
CELLS = st.one_of(st.text(max_size=8), NUMBERS, DAYS, MOMENTS, OTHERS)


def as_excel_shows_it(cell: Any) -> str | None:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == time() else "%Y-%m-%d %H:%M:%S")
    return str(cell) or None


@given(st.one_of(*(st.lists(cells, min_size=1) for cells in (NUMBERS, DAYS, MOMENTS, OTHERS, CELLS))))
def test_a_column_is_what_its_cells_are(cells: list[Any]) -> None:
    texts, numbers = texts_and_numbers(cells)
    assert texts.to_list() == [as_excel_shows_it(cell) for cell in cells]
    assert numbers.to_list() == [type(cell) in (float, int) for cell in cells]
    assert (texts.dtype, numbers.dtype) == (pl.String, pl.Boolean)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12.0, "12"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (69.60000000000001, "69.6"), (0.41000000000000003, "0.41"),
        (-0.47, "-0.47"), (1e-7, "1e-07"), (12345678901234.56, "12345678901234.6"), (2.0**53, "9007199254740992"),
        (9999999999999.99, "9999999999999.99"), (1e22, "1e+22"), (0.05, "0.05"), (math.nan, "nan"), (-math.inf, "-inf"),
    ],
)  # fmt: skip
def test_numbers_are_what_excel_shows(number: float, text: str) -> None:
    assert texts_and_numbers([number])[0].to_list() == texts_and_numbers([number, "x", True])[0].to_list()[:1] == [text]


def test_other_types_are_texts_too() -> None:
    cells = [7, True, date(2025, 1, 31), time(8, 30), timedelta(hours=30), "", 1.5]
    texts, numbers = texts_and_numbers(cells)
    assert texts.to_list() == ["7", "TRUE", "2025-01-31", "08:30:00", "1 day, 6:00:00", None, "1.5"]
    assert numbers.to_list() == [True, False, False, False, False, False, True]
