"""A file's data rows: the header found, everything that is no data row left out, merged cells filled."""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from hearth.contracts.model import Extract, Kind
from hearth.reading.furniture import data_rows
from hearth.reading.grid import Merge, read_sheets
from hearth.reading.header import Header, find_header, scale, unit_scale


@dataclass(frozen=True)
class Table:
    """The data rows of a file, as text, under the contract's columns.

    `header_row` is the sender's row number of the (lower) header row. `headers` are all of them in file order,
    flattened ('' where a column has none); `positions` says which column of the contract stands where. `rows` has
    `row_number` and c0, c1, … in file order, an empty cell null. `number_cells` tells which
    cells were numbers (None for text files); `scales` holds 10,000 for amounts headed 万元; `note_dates` are the
    data dates stated above the header. `warnings` are sentences (zh / en) for the sender, with headers only.
    """

    sheet: str
    header_row: int
    headers: list[str]
    positions: dict[str, int]
    unknown_headers: list[str]
    rows: pl.DataFrame
    number_cells: pl.DataFrame | None
    scales: dict[str, int]
    note_dates: list[date]
    warnings: list[str]


def read_table(path: Path, extract: Extract) -> Table:
    """The data rows of a delivery.

    Raises:
        DeliveryProblem: the file cannot be read, or lacks required columns.
    """
    header, other_sheets = find_header(read_sheets(path), extract)
    sheet = header.sheet
    above = sheet.top(header.first)
    is_data = data_rows(header, extract)
    row_numbers = pl.int_range(1, sheet.cells.height + 1, dtype=pl.Int32, eager=True).alias("row_number")
    merges = [merge for merge in sheet.merges if merge[2] > merge[0] > header.last]
    rows = _filled(sheet.cells, merges).insert_column(0, row_numbers).filter(is_data)
    return Table(
        sheet=sheet.name,
        header_row=header.last + 1,
        headers=header.headers,
        positions=header.positions,
        unknown_headers=header.unknown,
        rows=rows,
        number_cells=None if sheet.numbers is None else _filled(sheet.numbers, merges).filter(is_data),
        scales=_scales(header, extract, above),
        note_dates=_data_dates(above),
        warnings=_warnings(header, other_sheets, rows),
    )


def _filled(cells: pl.DataFrame, merges: Iterable[Merge]) -> pl.DataFrame:
    """Cells with values merged downwards written into every row of the merge."""
    sources: dict[int, list[int]] = {}
    for top, left, bottom, _ in merges:
        if left < cells.width and top < cells.height:
            rows = sources.setdefault(left, list(range(cells.height)))
            bottom = min(bottom, cells.height - 1)
            rows[top : bottom + 1] = [top] * (bottom + 1 - top)
    return cells.with_columns(cells[f"c{column}"].gather(rows) for column, rows in sources.items())


def _scales(header: Header, extract: Extract, above: Sequence[Sequence[str]]) -> dict[str, int]:
    """Amounts headed 万元: by their own heading, else by a note such as 单位：万元 above the table."""
    notes = ["".join(row) for row in above if "单位" in "".join(row).replace(" ", "")]
    noted = next(filter(None, map(unit_scale, notes)), None)
    amounts = {column.name for column in extract.columns if column.kind is Kind.AMOUNT}
    factors = {name: scale(header.columns[at]) or noted for name, at in header.positions.items() if name in amounts}
    return {name: factor for name, factor in factors.items() if factor and factor > 1}


_DATA_DATE = re.compile(
    r"数据(?:统计|截止|截至|采集)?(?:日期|时间|月份)(?:为|至)?:?(\d{4})[-./年]?(\d{2}|\d)(?:[-./月]?(\d{1,2}))?"
)


def _data_dates(above: Sequence[Sequence[str]]) -> list[date]:
    """Data dates stated above the header; a month stands for its last day."""
    dates = []
    for row in above:
        text = unicodedata.normalize("NFKC", "".join(row))
        for year, month, day in _DATA_DATE.findall(re.sub(r"\s", "", text)):
            if 1 <= int(month) <= 12:
                last = calendar.monthrange(int(year), int(month))[1]
                dates.append(date(int(year), int(month), min(int(day or last), last) or last))
    return dates


def _warnings(header: Header, other_sheets: Sequence[str], rows: pl.DataFrame) -> list[str]:
    """What the sender should know although the file can be read."""
    listed = (
        (header.unknown, "未知的列（未使用）", "unknown columns, not used"),
        (header.repeated, "重复的表头（取第一列）", "repeated headers, the first one counts"),
        (other_sheets, "其他工作表也有完整表头，未读取", "other sheets with a complete header, not read"),
    )
    warnings = [f"{zh}：{'、'.join(names)} / {en}: {', '.join(names)}" for names, zh, en in listed if names]
    if beyond := _rows_beyond(header, rows):
        warnings.append(f"{beyond} 行在没有表头的列中有内容 / {beyond} rows have cells under no header")
    return warnings


def _rows_beyond(header: Header, rows: pl.DataFrame) -> int:
    """Rows with cells in columns without a header: an unquoted comma has shifted them, or a remark stands there."""
    nameless = [f"c{n}" for n, text in enumerate(header.headers) if not text]
    return rows.filter(pl.any_horizontal(pl.col(nameless).is_not_null())).height if nameless else 0
