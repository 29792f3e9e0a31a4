"""A file's data rows: the header found, everything that is no data row left out, merged cells filled."""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from hearth.contracts.model import Extract, Kind
from hearth.language import Listed, Words
from hearth.reading.decoding import MARKS, NO_FAULTS, SPELT_BYTE, marked_cells
from hearth.reading.diagnosis import explained
from hearth.reading.furniture import data_rows
from hearth.reading.grid import Merge, Sheet, read_sheets
from hearth.reading.header import SCANNED_ROWS, Header, best_headers, is_printable, scale, unit_scale
from hearth.reading.problems import DeliveryProblem, letter, lettered, note

FAULTS_SCHEMA = {"row_number": pl.Int32, "column": pl.String, "header": pl.String, "code": pl.String}
_NO_FAULTS = pl.DataFrame(schema=FAULTS_SCHEMA)
_NO_FORMULAS = pl.DataFrame(schema={"row_number": pl.Int32, "position": pl.Int32})


@dataclass(frozen=True)
class Table:
    """The data rows of a file, as text, under the contract's columns.

    `header_row` is the sender's row number of the (lower) header row. `headers` are all of them in file order,
    flattened ('' where a column has none); `positions` says which column of the contract stands where. `rows` has
    `row_number` and c0, c1, … in file order, an empty cell null. `number_cells` tells which
    cells were numbers (None for text files); `scales` holds 10,000 for amounts headed 万元; `note_dates` are the
    data dates stated above the header. `unread_sheets` counts the data rows of other visible sheets with a complete
    header, which were not read. `top` is what stands above the first row, header included, with its merges;
    `reasons_position` the column 错误原因 of a returned workbook. `notes` are for the sender, with headers only.
    `faults` are those of cells that can be told before any is read: row_number, column ('' where it is none of the
    contract's), header (a column's letter where it has none), code. `uncalculated` are formulas without a stored
    value: row_number, position.
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
    notes: list[Words]
    unread_sheets: dict[str, int] = field(default_factory=dict)
    top: list[list[str]] = field(default_factory=list)
    top_merges: list[Merge] = field(default_factory=list)
    reasons_position: int | None = None
    faults: pl.DataFrame = field(default_factory=_NO_FAULTS.clone)
    uncalculated: pl.DataFrame = field(default_factory=_NO_FORMULAS.clone)


def read_table(path: Path, extract: Extract) -> Table:
    """The data rows of a delivery.

    Raises:
        DeliveryProblem: the file cannot be read, or lacks required columns.
    """
    return table_of(path, read_sheets(path, extract), extract)


def table_of(path: Path, sheets: Sequence[Sheet], extract: Extract) -> Table:
    """The data rows of the sheet whose header is the best.

    Raises:
        DeliveryProblem: required columns are missing, the header is damaged or not the only one.
    """
    headers = best_headers(sheets, extract)
    header = max(headers, key=Header.merit)
    _refuse_damaged_head(header)
    if header.missing:
        raise explained(sheets, header, extract)
    sheet = header.sheet
    above = sheet.top(header.first)
    is_data, headers_again = data_rows(header, extract)
    faults = pl.concat([sheet.faults, _still_spelt(header), _rows_of_formulas(header)])
    is_data |= pl.int_range(is_data.len(), dtype=pl.Int32, eager=True).is_in(faults["row"].unique())
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
        notes=[*_notes_on_file(path, sheets, sheet), *_notes_on_rows(header, headers_again, rows)],
        unread_sheets=_unread(headers, header, extract),
        top=sheet.top(header.last + 1),
        top_merges=[merge for merge in sheet.merges if merge[2] <= header.last],
        reasons_position=header.reasons,
        faults=_named(faults, header),
        uncalculated=sheet.uncalculated.filter(pl.col("row") > header.last).select(
            row_number=pl.col("row") + 1, position="position"
        ),
    )


def _refuse_damaged_head(header: Header) -> None:
    """What a header does not say for sure is not guessed, nor what a title says of units and days."""
    last = header.last if len(header.positions) > 1 else SCANNED_ROWS
    above = header.sheet.faults.filter(pl.col("row") <= last).sort("row", "position").rows(named=True)
    if above:
        first = above[0]
        place = {"sheet": header.sheet.name, "row": first["row"] + 1, "column": letter(first["position"])}
        raise DeliveryProblem("open_quotation" if first["code"] == "open_quotation" else "damaged_header", **place)


def _still_spelt(header: Header) -> pl.DataFrame:
    """Cells of a returned workbook in which bytes that are no text stand as they went out to its sender."""
    if header.reasons is None:
        return NO_FAULTS
    cells = header.sheet.cells.with_columns(pl.lit(None, pl.String).alias(f"c{header.reasons}"))
    spelt = cells.with_columns(pl.all().str.replace_all(f"({SPELT_BYTE})", MARKS["undecodable_bytes"] + "$1"))
    return marked_cells(spelt)[1].filter(pl.col("row") > header.last)


def _rows_of_formulas(header: Header) -> pl.DataFrame:
    """Rows that hold nothing but formulas without a value would pass for blank ones."""
    cells = header.sheet.cells
    formulas = header.sheet.uncalculated.filter(pl.col("row") > header.last, pl.col("position") < cells.width)
    if not formulas.height:
        return NO_FAULTS
    is_blank = cells.select(pl.all_horizontal(pl.all().is_null())).to_series()
    return formulas.filter(is_blank.gather(formulas["row"])).with_columns(code=pl.lit("formula_without_value"))


def _named(faults: pl.DataFrame, header: Header) -> pl.DataFrame:
    """Faults of cells with the columns they stand in."""
    columns = {n: name for name, n in header.positions.items()}
    headers = {n: text or letter(n) for n, text in enumerate(header.headers)}
    return faults.sort("row", "position").select(
        row_number=pl.col("row") + 1,
        column=pl.col("position").replace_strict(columns, default="", return_dtype=pl.String),
        header=pl.col("position").replace_strict(headers, default="", return_dtype=pl.String),
        code="code",
    )


def _unread(headers: Sequence[Header], chosen: Header, extract: Extract) -> dict[str, int]:
    """Other visible sheets that could have been read just as well, with their data rows."""
    others = [one for one in headers if one is not chosen and not one.missing and one.sheet.is_visible]
    counts = {other.sheet.name: int(data_rows(other, extract)[0].sum()) for other in others}
    return {name: count for name, count in counts.items() if count}


def _filled(cells: pl.DataFrame, merges: Iterable[Merge]) -> pl.DataFrame:
    """Cells with values merged downwards written into every row of the merge."""
    sources: dict[int, list[int]] = {}
    for top, left, bottom, _ in merges:
        if left < cells.width and top < cells.height:
            if left not in sources:
                sources[left] = list(range(cells.height))
            bottom = min(bottom, cells.height - 1)
            sources[left][top : bottom + 1] = [top] * (bottom + 1 - top)
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


_KINDS = {
    "xlsx": (Words("xlsx 工作簿", "an xlsx workbook"), (".xlsx", ".xlsm", ".ods", ".et")),
    "xls": (Words("xls 工作簿", "an xls workbook"), (".xls", ".et")),
    "html": (Words("网页表格（HTML）", "an HTML table"), (".html", ".htm")),
    "text": (Words("文本", "text"), (".csv", ".txt", ".tsv")),
}
SHOWN_ROWS = 5


def _notes_on_file(path: Path, sheets: Sequence[Sheet], chosen: Sheet) -> Iterator[Words]:
    """What is odd about the file and its sheets."""
    extension = path.suffix.lower()
    kind, extensions = _KINDS[chosen.kind]
    if extension not in extensions:
        yield note("other_kind", extension=extension or "–", what=kind)
    if chosen is not sheets[0]:
        yield note("other_sheet", sheet=chosen.name)


def _notes_on_rows(header: Header, headers_again: Sequence[int], rows: pl.DataFrame) -> Iterator[Words]:
    """What is odd about the header and the rows below it."""
    sheet, row = header.sheet.name, header.last + 1
    if not rows.height:
        yield note("no_rows", sheet=sheet, row=row)
    if first := next(header.sheet.uncalculated.filter(pl.col("row") > header.last).sort("row").iter_rows(), None):
        count = header.sheet.uncalculated.filter(pl.col("row") > header.last).height
        yield note("uncalculated", sheet=sheet, row=first[0] + 1, count=count, column=letter(first[1]))
    if headers_again:
        shown = Listed(map(str, headers_again[:SHOWN_ROWS]))
        yield note("header_again", sheet=sheet, rows=shown, more=" …" * (len(headers_again) > SHOWN_ROWS))
    first_of_repeated = [header.headers.index(name) for name in header.repeated]
    for code, columns in (("unknown_columns", header.unread), ("repeated_columns", first_of_repeated)):
        printable = [n for n in columns if is_printable(header.headers[n])]
        if printable:
            yield note(code, sheet=sheet, row=row, columns=lettered(header.headers, printable))
    nameless = [n for n, text in enumerate(header.headers) if not text]
    yield from _notes_beyond(sheet, rows, nameless)


def _notes_beyond(sheet: str, rows: pl.DataFrame, nameless: Sequence[int]) -> Iterator[Words]:
    """Cells in columns without a header: an unquoted comma has shifted them, or a remark stands there."""
    if not nameless:
        return
    beyond = rows.filter(pl.any_horizontal(pl.col([f"c{n}" for n in nameless]).is_not_null()))
    if beyond.height:
        columns = [n for n in nameless if beyond[f"c{n}"].null_count() < beyond.height]
        shown = Listed(map(letter, columns[:SHOWN_ROWS]))
        yield note("beyond_header", sheet=sheet, row=beyond["row_number"][0], rows=beyond.height, columns=shown)
