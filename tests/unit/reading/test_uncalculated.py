"""A formula whose result was never stored is told as that, and not as a blank."""

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from hearth.contracts import source
from hearth.parsing.frame import Parsed, parse
from hearth.reading import archive
from hearth.reading.table import Table, read_table
from tests.functional.damage import HEADER, PERSON

RELIEF = source("civil_affairs").extract("temporary_relief")


def workbook(folder: Path, *rows: list[object]) -> Path:
    """As a program writes it that calculates nothing."""
    book = openpyxl.Workbook()
    book.active.append(["临时救助发放表"])
    for row in (HEADER, *rows):
        book.active.append(row)
    path = folder / "临时救助发放.xlsx"
    book.save(path)
    return path


def read(path: Path) -> tuple[Table, Parsed]:
    table = read_table(path, RELIEF)
    return table, parse(table, RELIEF, date(2025, 1, 31))


def test_where_a_blank_costs_the_row_the_reason_is_the_formula(tmp_path: Path) -> None:
    path = workbook(tmp_path, PERSON, [*PERSON[:3], "=1+1", "2025-01-10"], [*PERSON[:3], "", "2025-01-11"])
    table, parsed = read(path)
    assert parsed.faults.select("row_number", "column", "code").rows() == [
        (4, "amount_yuan", "formula_without_value"),
        (5, "amount_yuan", "missing_key"),
    ]
    assert [note.en for note in table.notes] == [
        "sheet “Sheet”, row 4: 1 cell holds a formula without its stored result (the first in column D), which "
        "counts as blank. Expected: values, or formulas with their results. Open it in Excel or WPS and save it once, "
        "or paste the formulas as values, and send it again."
    ]


def test_where_a_blank_costs_nothing_only_the_file_is_told(tmp_path: Path) -> None:
    table, parsed = read(workbook(tmp_path, [PERSON[0], PERSON[1], '=IF(1,"火灾","")', *PERSON[3:]]))
    assert (parsed.rows.height, parsed.faults.height) == (1, 0)
    assert "第 3 行：有 1 个单元格只有公式，没有保存计算结果（先见于 C 列）" in table.notes[0].zh


def test_rows_of_nothing_but_formulas_are_rows(tmp_path: Path) -> None:
    """They passed for blank rows, the last ones for the end of the sheet."""
    row = [f"=其他!{letter}2" for letter in "ABCDE"]
    _, parsed = read(workbook(tmp_path, PERSON, row, [*PERSON[:4], "2025-01-11"], row, row))
    assert (parsed.rows_read, parsed.rows.height) == (5, 2)
    assert parsed.quarantined["row_number"].to_list() == [4, 6, 7]
    assert {*parsed.faults["code"]} == {"formula_without_value"}


@pytest.mark.parametrize("size", [1, 7, 50, 400])
def test_a_formula_is_seen_wherever_the_sheet_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = workbook(tmp_path, *[[*PERSON[:3], "=1+1", "2025-01-10"], PERSON] * 9)
    monkeypatch.setattr(archive, "CHUNK_BYTES", size)
    assert read(path)[0].uncalculated["row_number"].to_list() == list(range(3, 21, 2))


STORED = (
    b'<c r="D3" t="str"><f>A1</f><v></v></c>',
    b'<c r="D3"><f>A1</f><v>7</v></c>',
    b'<c r="D3"><f t="shared" ref="D3:D9" si="0">A1</f><v>7</v></c>',
    b'<c r="D3" s="1"/>',
)
NOT_STORED = (
    b'<c r="D3"><f>A1&amp;"x"</f><v/></c>',
    b'<c r="D3" s="2"><f>A1</f></c>',
    b'<c s="2" r="D3" t="n"><f ca="1">A1</f> <v></v></c>',
    b'<c r="D3"><f t="shared" si="0"/></c>',
    b'<x:c r="D3"><x:f>A1</x:f><x:v/></x:c>',
)


@pytest.mark.parametrize("cell", [*STORED, *NOT_STORED])
def test_a_formula_with_a_result_is_none_of_them(tmp_path: Path, cell: bytes) -> None:
    path, spoilt = workbook(tmp_path, PERSON), io.BytesIO()
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(spoilt, "w") as other:
        for name in whole.namelist():
            sheet = whole.read(name)
            if name.startswith("xl/worksheets/"):
                at = sheet.index(b'<c r="D3"')
                sheet = sheet[:at] + cell + sheet[sheet.index(b"</c>", at) + 4 :]
            other.writestr(name, sheet)
    path.write_bytes(spoilt.getvalue())
    table = read_table(path, RELIEF)
    assert table.uncalculated.rows() == ([(3, 3)] if cell in NOT_STORED else [])
