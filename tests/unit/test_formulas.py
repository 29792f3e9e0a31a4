"""What is written for people to open holds no formula, whatever a department called its townships."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from hearth.reporting.formulas import AS_TEXT, neutral, neutral_frame
from hearth.reporting.what_if import _sheet

ATTACKS = ("=cmd|'/C calc'!A0", "+1", "-2+3", "@SUM(1)", "\t=1", '=HYPERLINK("http://x")')


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_csv_cell_that_begins_a_formula_is_quoted(attack: str) -> None:
    assert neutral(attack) == f"'{attack}"
    assert neutral_frame(pl.DataFrame({"name": [attack], "count": [-3]})).row(0) == (f"'{attack}", -3)


@pytest.mark.parametrize("cell", ["示例镇", "990121", "", None, -3, 0.5])
def test_any_other_cell_is_left_alone(cell: object) -> None:
    assert neutral(cell) == cell
    assert neutral_frame(pl.DataFrame({"x": [cell]})).row(0) == (cell,)


def test_a_workbook_of_comparisons_holds_texts(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), AS_TEXT) as book:
        _sheet(book, "变化", pl.DataFrame({"township_name": ATTACKS}))
    cells = openpyxl.load_workbook(tmp_path / "a.xlsx")["变化"]["A"][1:]
    assert [(cell.value, cell.data_type) for cell in cells] == [(attack, "s") for attack in ATTACKS]
