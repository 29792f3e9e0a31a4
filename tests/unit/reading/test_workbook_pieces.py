"""Workbooks are read in pieces: whatever a piece's length, and wherever the table begins, the cells are the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from hearth.contracts import source
from hearth.reading import grid

RELIEF = source("civil_affairs").extract("temporary_relief")
CELLS = {(3, 2): "姓名", (3, 4): "金额", (4, 2): "甲", (4, 4): 1.5, (6, 2): "乙", (9, 4): 20}


def saved(folder: Path, cells: Mapping[tuple[int, int], Any]) -> Path:
    path = folder / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for (row, column), value in cells.items():
            sheet.write(row, column, value)
    return path


@pytest.mark.parametrize("rows", [1, 2, 5, 10, 50_000])
def test_a_cell_keeps_its_place_and_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(grid, "CHUNK_RECORDS", rows)
    [sheet] = grid.read_sheets(saved(tmp_path, CELLS), RELIEF)
    assert sheet.cells.shape == (10, 5)
    found = {(r, c): cell for r, row in enumerate(sheet.cells.iter_rows()) for c, cell in enumerate(row) if cell}
    assert found == {place: str(value) for place, value in CELLS.items()}
    assert sheet.numbers is not None
    numbers = {
        (r, c) for r, row in enumerate(sheet.numbers.iter_rows()) for c, is_number in enumerate(row) if is_number
    }
    assert numbers == {(4, 4), (9, 4)}


def test_columns_that_are_empty_to_the_end_are_left_out(tmp_path: Path) -> None:
    [sheet] = grid.read_sheets(saved(tmp_path, {(0, 0): "a", (1, 3): "", (2, 1): "b"}), RELIEF)
    assert sheet.cells.columns == ["c0", "c1"]
