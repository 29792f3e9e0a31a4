"""A long list in a workbook into typed cells: Hearth's reader beside those that know their formats cell by cell.

python -m benchmarks.workbooks READER FILE    one lap
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.data import SETTLEMENT_COLUMNS, settlements
from benchmarks.race import Contender, anew, medians, race, tell
from hearth.contracts import source

AMOUNTS = [name for name in SETTLEMENT_COLUMNS if name.endswith("_yuan")]
OTHERS = {".xlsx": "openpyxl, read_only", ".xls": "xlrd"}
ROWS_OF_AN_OLD_SHEET = 65_000


def measure(work: Path, rows: int, households: int, rounds: int) -> dict[str, Any]:
    """Seconds and memory of each reader, for the new format and for the old one, which holds 65,000 rows."""
    listed = settlements(work, rows, households)
    found = {}
    for extension, count in ((".xlsx", rows), (".xls", min(rows, ROWS_OF_AN_OLD_SHEET))):
        path = _workbook(listed, work / f"settlements-{count}{extension}", count)
        readers = ("hearth", OTHERS[extension])
        contenders = [Contender(one, __name__, (one, str(path)), needs_server=False) for one in readers]
        ways = medians(race(contenders, rounds, anew(work)))
        times = ways[OTHERS[extension]]["seconds"] / ways["hearth"]["seconds"]
        found[extension] = {"rows": count, "ways": ways, "times_other": round(times, 1)}
    return {"rounds": rounds, "formats": found}


def _workbook(listed: Path, path: Path, rows: int) -> Path:
    """The list with texts, numbers and moments as cells of these types."""
    if path.exists():
        return path
    frame = pl.read_csv(listed.read_bytes().decode("gb18030").encode(), infer_schema=False, n_rows=rows)
    frame = frame.rename(dict(zip(frame.columns, SETTLEMENT_COLUMNS, strict=True))).with_columns(
        pl.col(AMOUNTS).str.replace_all("[^0-9.-]", "").cast(pl.Float64, strict=False),
        pl.col("settled_at").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
    )
    unfinished = path.with_name(f"unfinished{path.suffix}")
    (_write_xlsx if path.suffix == ".xlsx" else _write_xls)(unfinished, frame)
    unfinished.rename(path)
    return path


def _write_xlsx(path: Path, frame: pl.DataFrame) -> None:
    frame.write_excel(path, autofit=False)


def _write_xls(path: Path, frame: pl.DataFrame) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet, moment = book.add_sheet("明细"), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for row, cells in enumerate([frame.columns, *frame.iter_rows()]):
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write(row, column, cell, moment)
            elif cell is not None:
                sheet.write(row, column, cell)
    book.save(str(path))


def _hearth(path: Path) -> int:
    from hearth.reading.grid import read_sheets

    extract = source("medical_insurance").extract("settlements")
    return sum(sheet.cells.height for sheet in read_sheets(path, extract))


def _openpyxl(path: Path) -> int:
    from openpyxl import load_workbook

    sheet = load_workbook(path, read_only=True).worksheets[0]
    return _columns(row for row in sheet.iter_rows(values_only=True))


def _xlrd(path: Path) -> int:
    import xlrd

    book = xlrd.open_workbook(str(path))
    sheet = book.sheet_by_index(0)
    rows = (
        [_moment(cell, book.datemode) if cell.ctype == xlrd.XL_CELL_DATE else cell.value for cell in sheet.row(number)]
        for number in range(sheet.nrows)
    )
    return _columns(rows)


def _moment(cell: Any, datemode: int) -> datetime:
    import xlrd

    return datetime(*xlrd.xldate_as_tuple(cell.value, datemode))  # noqa: DTZ001 a workbook's moments have no zone


def _columns(rows: Iterator[Any]) -> int:
    """As far as a table with columns: what every user of these readers does next."""
    columns = list(zip(*rows, strict=True))
    return len(columns[0])


_READERS: dict[str, Callable[[Path], int]] = {"hearth": _hearth, OTHERS[".xlsx"]: _openpyxl, OTHERS[".xls"]: _xlrd}

if __name__ == "__main__":
    began = time.perf_counter()
    count = _READERS[sys.argv[1]](Path(sys.argv[2]))
    tell(time.perf_counter() - began, rows_read=count)
