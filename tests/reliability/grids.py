"""The acceptance county's files as grids of cells, and grids written as files of any format."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt
from python_calamine import CalamineWorkbook

from hearth.contracts import SOURCES
from hearth.contracts.model import Extract
from hearth.reading.filename import recognise
from hearth.reading.table import Table, read_table

LANDING = Path(__file__).resolve().parents[1] / "acceptance" / "landing"
WORKBOOKS = (".xls", ".xlsx")
TEXT_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
FORMATS = (*(f"csv {encoding}" for encoding in TEXT_ENCODINGS), "tsv utf-8", "xlsx", "xlsx", "xls", "html")
LONGEST_XLS_CELL = 32_000

Cells = list[list[Any]]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, inclusive."""


@dataclass(frozen=True, eq=False)
class Base:
    """A delivery of the acceptance county. There is one of each (`bases`)."""

    path: Path
    source: str
    month: str
    extract: Extract

    @property
    def data_date(self) -> date:
        """The data month's last day."""
        from hearth.loading.discovery import last_day

        return last_day(self.month)

    @property
    def name(self) -> str:
        """Where the file lies below the landing folder."""
        return self.path.relative_to(LANDING).as_posix()


@dataclass
class Grid:
    """Cells as they stand in a sheet: text, numbers, dates. The first `head` rows are no data."""

    cells: Cells
    head: int
    merges: list[Merge] = field(default_factory=list)

    @property
    def data(self) -> range:
        """The data rows, from 0."""
        return range(self.head, len(self.cells))

    @property
    def width(self) -> int:
        """Columns of the widest row."""
        return max(map(len, self.cells), default=0)

    def copy(self) -> Grid:
        """One that may be spoilt without this one."""
        return Grid([list(row) for row in self.cells], self.head, list(self.merges))


@cache
def bases() -> tuple[Base, ...]:
    """Every readable delivery of the acceptance county, smallest first."""
    with (LANDING.parent / "truth" / "deliveries.csv").open(encoding="utf-8") as file:
        readable = {
            (row["source"], row["month"], row["file"]) for row in csv.DictReader(file) if row["fate"] != "reject"
        }
    found = []
    for source in SOURCES:
        for path in (LANDING / source.name).rglob("*.*"):
            name = recognise(source, path.name)
            if name is not None and (source.name, path.parent.name, path.name) in readable:
                found.append(Base(path, source.name, path.parent.name, name.extract))
    return tuple(sorted(found, key=lambda base: (base.path.stat().st_size, base.name)))


@cache
def whole_grid(base: Base) -> Grid:
    """The file's cells, without what stands below its data."""
    table = read_table(base.path, base.extract)
    cells, merges = _workbook(base.path, table) if base.path.suffix in WORKBOOKS else (_text(base.path), [])
    data = [cells[number - 1] for number in table.rows["row_number"].to_list()]
    head = cells[: table.header_row]
    return Grid([*head, *data], len(head), [merge for merge in merges if merge[2] < len(head)])


def some_rows(base: Base, rng: random.Random, most: int = 120) -> Grid:
    """The head of a file with some of its rows, in their order."""
    whole = whole_grid(base)
    count = min(len(whole.data), rng.choice((1, 2, 10, 40, most)))
    kept = sorted(rng.sample(whole.data, count))
    return Grid([list(row) for row in (*whole.cells[: whole.head], *(whole.cells[n] for n in kept))], whole.head,
                list(whole.merges))  # fmt: skip


def _workbook(path: Path, table: Table) -> tuple[Cells, list[Merge]]:
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(table.sheet)
    left, top = (sheet.start[1], sheet.start[0]) if sheet.start else (0, 0)
    rows = sheet.to_python(skip_empty_area=True)
    cells = [[] for _ in range(top)] + [[""] * left + row for row in rows]
    return cells, [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]


def _text(path: Path) -> Cells:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return [list(row) for row in csv.reader(io.StringIO(data.decode(encoding)))]
        except UnicodeDecodeError:
            continue
    raise AssertionError(f"{path.name} is in no encoding that is known")


def written(grid: Grid, form: str, rng: random.Random | None = None) -> bytes:
    """The grid as a file of a format. With `rng` some cells that begin like a formula are written as one."""
    if form == "xlsx":
        return as_xlsx([("数据", grid)], rng)
    if form == "xls":
        return _as_xls(grid)
    if form == "html":
        return _as_html(grid)
    kind, encoding = form.split()
    return _as_csv(grid.cells, "\t" if kind == "tsv" else ",", encoding)


def _as_csv(cells: Cells, delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows([map(_plain, row) for row in cells])
    return out.getvalue().encode(encoding, errors="replace")


def as_xlsx(sheets: Sequence[tuple[str, Grid]], rng: random.Random | None = None) -> bytes:
    """A workbook of these sheets."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2025, 1, 1)})  # noqa: DTZ001 - the same bytes every time
        for name, grid in sheets:
            _write_sheet(book.add_worksheet(name), grid, rng)
    return out.getvalue()


def _write_sheet(sheet: Any, grid: Grid, rng: random.Random | None) -> None:
    for top, left, bottom, right in grid.merges:
        if top < len(grid.cells) and left < len(grid.cells[top]):
            sheet.merge_range(top, left, bottom, right, grid.cells[top][left])
    for n, row in enumerate(grid.cells):
        for column, cell in enumerate(row):
            if isinstance(cell, (bool, int, float)):
                sheet.write(n, column, cell) if _is_finite(cell) else sheet.write_string(n, column, str(cell))
            elif (
                isinstance(cell, str)
                and cell.startswith("=")
                and cell[:2] != '="'
                and rng is not None
                and rng.random() < 0.5
            ):
                sheet.write_formula(n, column, cell[:8000], None, "#REF!")
            elif cell not in ("", None):
                sheet.write_string(n, column, _plain(cell)[:LONGEST_XLS_CELL])


def _is_finite(number: float) -> bool:
    return number == number and abs(number) < 1e300


def _as_xls(grid: Grid) -> bytes:
    book, out = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    sheet = book.add_sheet("数据", cell_overwrite_ok=True)
    covered = set()
    for top, left, bottom, right in grid.merges:
        if top < len(grid.cells) and left < len(grid.cells[top]):
            sheet.write_merge(top, bottom, left, right, _plain(grid.cells[top][left]))
            covered |= {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
    for n, row in enumerate(grid.cells):
        for column, cell in enumerate(row[:256]):
            if (n, column) not in covered and cell not in ("", None):
                number = isinstance(cell, (bool, int, float)) and _is_finite(cell)
                sheet.write(n, column, cell if number else _plain(cell)[:LONGEST_XLS_CELL])
    book.save(out)
    return out.getvalue()


def _as_html(grid: Grid) -> bytes:
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in grid.merges}
    hidden = {
        (row, column)
        for top, left, bottom, right in grid.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    out = ["<html><head><meta charset='utf-8'></head><body><table border=1>"]
    for n, row in enumerate(grid.cells):
        out.append("<tr>")
        for column, cell in enumerate(row):
            if (n, column) not in hidden:
                down, right = spans.get((n, column), (1, 1))
                out.append(f"<td rowspan={down} colspan={right}>{_escaped(_plain(cell))}</td>")
        out.append("</tr>")
    return "".join([*out, "</table></body></html>"]).encode("utf-8", errors="replace")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)
