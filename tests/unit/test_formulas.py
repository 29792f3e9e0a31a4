"""What is written for people to open holds no formula, whatever a department called its townships."""

import csv
import io
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from hearth.building.comparing import Changes, Line, Movement
from hearth.cli.metrics import write_csv
from hearth.queueing import workbook
from hearth.reporting.formulas import AS_TEXT, neutral, neutral_frame
from hearth.reporting.metrics import Answer
from hearth.reporting.what_if import _sheet, write_changes

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


def test_the_files_of_a_comparison_hold_texts(tmp_path: Path) -> None:
    """`hearth whatif`: townships are called as departments call them, households by pseudonyms."""
    townships = {f"99012110{n}": attack for n, attack in enumerate(ATTACKS)}
    lines = [Line(code, "rule", "INC01", "", Movement(1, 2, 1, 0), Movement(1, 2, 1, 0)) for code in townships]
    moves = pl.DataFrame({"household_key": ["a1"], "value_after": ["=1"]})
    found = Changes("202501", 1, 1, 1, townships, {}, {}, [], lines, [], moves)
    changes, households = write_changes(found, tmp_path / "a.csv", show_all=True)
    cells = [
        cell for file in (changes, households) for row in csv.reader(file.open(encoding="utf-8-sig")) for cell in row
    ]
    assert {f"'{attack}" for attack in ATTACKS} <= set(cells)
    assert "'=1" in cells
    [book] = write_changes(found, tmp_path / "a.xlsx", show_all=True)
    values = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    assert set(ATTACKS) <= {cell.value for cell in values}
    assert "f" not in {cell.data_type for cell in values}


def test_the_workbook_of_the_queue_holds_texts(tmp_path: Path) -> None:
    """`hearth queue export`."""
    workbook._write(tmp_path / "queue.xlsx", [[attack] * (len(workbook.HEADERS) - 4) for attack in ATTACKS])
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "queue.xlsx").active["A2:I7"] for cell in row]
    assert {(cell.data_type, cell.quotePrefix) for cell in cells} == {("s", True)}
    assert {cell.value for cell in cells} == set(ATTACKS)


def test_the_csv_of_metrics_holds_texts() -> None:
    """`hearth metrics query --csv`."""
    out = io.StringIO()
    write_csv(Answer(("township_name", "households"), [(attack, -1) for attack in ATTACKS], ""), out)
    assert list(csv.reader(io.StringIO(out.getvalue())))[1:] == [[f"'{attack}", "-1"] for attack in ATTACKS]
