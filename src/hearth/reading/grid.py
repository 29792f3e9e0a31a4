"""Bytes to cells: one `Sheet` per worksheet, HTML table or text file.

The first bytes decide what a file is; its extension never does. Row i of a sheet (from 0) is the sender's row
i + 1: the spreadsheet row, or the record of a text file, blank lines counted.
"""

import codecs
import csv
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import polars as pl
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from hearth.reading import problems

MAX_COLUMNS = 2_000
MAX_AREA = 200_000_000
SPARE_COLUMNS = 8
HEAD_LINES = 60
HEAD_CHARACTERS = 500_000

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, inclusive."""


@dataclass(frozen=True)
class Sheet:
    """Cells as text (columns c0, c1, …; an empty cell is null), which of them were numbers, and merges.

    `numbers` is None where cells have no type (text, HTML).
    """

    name: str
    cells: pl.DataFrame
    numbers: pl.DataFrame | None = None
    merges: tuple[Merge, ...] = ()
    is_visible: bool = True

    def top(self, rows: int) -> list[list[str]]:
        """The first rows, cells stripped, empty ones ''."""
        return [[(cell or "").strip() for cell in row] for row in self.cells.head(rows).iter_rows()]


def read_sheets(path: Path) -> list[Sheet]:
    """Every sheet of a file that has a cell, in the file's order.

    Raises:
        DeliveryProblem: empty, encrypted, damaged, not a table, in no known encoding, or absurdly large.
    """
    data = path.read_bytes()
    if not data.strip(b"\0 \t\r\n"):
        raise problems.empty_file()
    sheets = [sheet for sheet in _reader(data)(data) if sheet.cells.width and sheet.cells.height]
    if not sheets:
        raise problems.empty_file()
    return sheets


_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_KINDS = {
    b"%PDF": "PDF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"\x1f\x8b": "gzip",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"{\\rtf": "RTF",
    b"MIME-Version": "MHTML",
}


def _reader(data: bytes) -> Callable[[bytes], list[Sheet]]:
    for signature, kind in _OTHER_KINDS.items():
        if data.startswith(signature):
            raise problems.not_a_table(kind)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_xlsx
    return _read_xls if data.startswith(_OLE2) else _read_text


# Workbooks


def _read_xlsx(data: bytes) -> list[Sheet]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.namelist()
    except zipfile.BadZipFile as error:
        raise problems.corrupt("xlsx") from error
    if not any(name.startswith("xl/") or name == "content.xml" for name in members):
        raise problems.not_a_table("ZIP")
    _refuse_vast_sheets(archive)
    return _read_workbook(data, "xlsx")


def _refuse_vast_sheets(archive: zipfile.ZipFile) -> None:
    """A stray cell in the last column of the last row would be unfolded to billions of cells."""
    for name in archive.namelist():
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            continue
        try:
            with archive.open(name) as part:
                match = re.search(rb'<dimension ref="[A-Z]+\d+:([A-Z]{1,3})(\d+)"', part.read(4096))
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise problems.corrupt("xlsx") from error
        if match:
            rows, columns = int(match[2]), _column_number(match[1].decode())
            if rows * columns > MAX_AREA:
                raise problems.too_large("", rows, columns)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _read_xls(data: bytes) -> list[Sheet]:
    if "EncryptedPackage".encode("utf-16-le") in data or _asks_for_a_password(data):
        raise problems.encrypted()
    if "WordDocument".encode("utf-16-le") in data:
        raise problems.not_a_table("Word")
    return _read_workbook(data, "xls")


def _asks_for_a_password(data: bytes) -> bool:
    """Whether a FILEPASS record (0x2F) is among the first records of the workbook's stream (BIFF8)."""
    at = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    for _ in range(8):
        if at < 0 or at + 4 > len(data):
            return False
        kind, length = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == 0x2F:
            return True
        at += 4 + length
    return False


def _read_workbook(data: bytes, what: str) -> list[Sheet]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        worksheets = [meta for meta in workbook.sheets_metadata if meta.typ is SheetTypeEnum.WorkSheet]
        return [_worksheet(workbook, meta.name, meta.visible is SheetVisibleEnum.Visible) for meta in worksheets]
    except problems.DeliveryProblem:
        raise
    except PasswordError as error:
        raise problems.encrypted() from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust library is no Exception
        raise problems.corrupt(what) from error


def _worksheet(workbook: CalamineWorkbook, name: str, is_visible: bool) -> Sheet:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.total_width * sheet.total_height > MAX_AREA:
        raise problems.too_large(name, sheet.total_height, sheet.total_width)
    columns = list(zip(*sheet.to_python(skip_empty_area=False), strict=True))
    while columns and not any(value != "" for value in columns[-1]):
        columns.pop()
    if len(columns) > MAX_COLUMNS:
        raise problems.too_large(name, sheet.total_height, len(columns))
    cells = pl.DataFrame({f"c{n}": _as_text(column) for n, column in enumerate(columns)})
    numbers = pl.DataFrame({f"c{n}": _are_numbers(column) for n, column in enumerate(columns)})
    merges = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    return Sheet(name, cells, numbers, merges, is_visible)


def _as_text(column: Sequence[Any]) -> pl.Series:
    if set(map(type, column)) == {str}:
        return pl.Series(column, dtype=pl.String).replace("", None)
    return pl.Series([_TEXT.get(type(value), str)(value) or None for value in column], dtype=pl.String)


def _are_numbers(column: Sequence[Any]) -> pl.Series:
    if set(map(type, column)) == {str}:
        return pl.repeat(False, len(column), eager=True)
    return pl.Series([type(value) in (float, int) for value in column], dtype=pl.Boolean)


def _number_text(value: float) -> str:
    """As Excel shows it: 123 rather than 123.0, at most 15 digits behind an inexact sum."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return f"{value:.15g}"


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: _number_text,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment_text,
    time: time.isoformat,
    timedelta: str,
}


# Text and HTML


def _read_text(data: bytes) -> list[Sheet]:
    text = _decoded(data)
    if text.count("\0") * 100 > len(text):
        raise problems.not_a_table("binary")
    text = text.replace("\0", "").rstrip("\x1a")
    if re.match(r"\s*<", text) and re.search(r"<table[\s>]", text, re.IGNORECASE):
        return _read_html(text)
    return [_read_delimited(text)]


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


def _decoded(data: bytes) -> str:
    """Strictly: a byte order mark, UTF-16 where every other byte is plainly 0, UTF-8, GB18030.

    Never a detector: one called a short GB18030 file Korean.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding)
    if unmarked := _unmarked_utf16(data):
        return _strictly(data, unmarked)
    return _strictly(data, "utf-8", "gb18030")


def _unmarked_utf16(data: bytes) -> str | None:
    sample = data[:8192]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 20 > len(sample) and even * 20 <= odd:
        return "utf-16-le"
    if even * 20 > len(sample) and odd * 20 <= even:
        return "utf-16-be"
    return None


def _strictly(data: bytes, *encodings: str) -> str:
    """Decoded by the first encoding without a fault; else refused at the row that the best of them reached."""
    reached = 0
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            reached = max(reached, error.start)
    raise problems.undecodable(data[:reached].count(b"\n") + 1)


def _read_delimited(text: str) -> Sheet:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = _delimiter(text)
    width = min(_head_width(text, delimiter) + SPARE_COLUMNS, MAX_COLUMNS + 1)
    if width > MAX_COLUMNS:
        raise problems.too_large("", text.count("\n"), width)
    if not _polars_can_split(text, delimiter):
        return Sheet("", _without_empty_columns(_blanks_as_null(_split_by_csv(text, delimiter, width))))
    cells = pl.read_csv(
        text.encode(),
        has_header=False,
        schema={f"c{n}": pl.String for n in range(width)},
        separator=delimiter,
        quote_char='"' if '"' in text else None,
        missing_columns="insert",
        extra_columns="ignore",
    )
    return Sheet("", _without_empty_columns(_blanks_as_null(cells) if '"' in text else cells))


def _head(text: str) -> str:
    return "".join(itertools.islice(io.StringIO(text[:HEAD_CHARACTERS]), HEAD_LINES))


def _delimiter(text: str) -> str:
    """What splits the head into the most cells evenly; full-width and other marks only where no usual one does."""
    if match := re.match(r"sep=(.)\n", text):
        return match[1]
    head = _head(text)
    for candidates in ((",", "\t", ";"), ("|", "，", "；", "、")):
        best = max(candidates, key=lambda candidate: _evenness(head, candidate))
        if _evenness(head, best):
            return best
    return ","


def _evenness(head: str, delimiter: str) -> int:
    widths = Counter(len(record) for record in csv.reader(io.StringIO(head), delimiter=delimiter))
    return max(((width - 1) * times for width, times in widths.items()), default=0)


def _head_width(text: str, delimiter: str) -> int:
    return max(len(record) for record in csv.reader(io.StringIO(_head(text)), delimiter=delimiter))


def _polars_can_split(text: str, delimiter: str) -> bool:
    """Whether every quotation mark opens or closes a whole field, as polars takes for granted."""
    if len(delimiter.encode()) > 1:
        return False
    if '"' not in text:
        return True
    mark = re.escape(delimiter)
    quoted = re.compile(rf'"(?<![^{mark}\n]")[^"]*(?:""[^"]*)*"(?![^{mark}\n])|"')
    return all(match.end() - match.start() > 1 for match in quoted.finditer(text))


def _split_by_csv(text: str, delimiter: str, width: int) -> pl.DataFrame:
    """As Excel splits: a mark inside a field is a letter. Slower by an order of magnitude than polars."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text), delimiter=delimiter):
            if any(cell.count("\n") > 20 for cell in record):
                raise problems.open_quotation(len(records) + 1)
            records.append((record + [""] * (width - len(record)))[:width])
    except csv.Error as error:
        raise problems.open_quotation(len(records) + 1) from error
    columns = zip(*records, strict=True)
    return pl.DataFrame({f"c{n}": pl.Series(column, dtype=pl.String) for n, column in enumerate(columns)})


def _blanks_as_null(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(pl.all().replace("", None))


def _without_empty_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """Without empty columns at the right."""
    filled = [n for n, name in enumerate(cells.columns) if cells[name].null_count() < cells.height]
    return cells.select(cells.columns[: max(filled, default=-1) + 1])


def _read_html(text: str) -> list[Sheet]:
    page = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    tables = [table for table in page.iter("table") if table.find(".//table") is None]
    return [_html_sheet(table, f"表格{n}") for n, table in enumerate(tables, 1)]


def _html_sheet(table: lxml.html.HtmlElement, name: str) -> Sheet:
    cells: dict[tuple[int, int], str] = {}
    merges: list[Merge] = []
    rows = list(table.iter("tr"))
    for r, row in enumerate(rows):
        c = 0
        for element in row.iterchildren("td", "th"):
            while (r, c) in cells:
                c += 1
            down, right = _span(element, "rowspan", len(rows) - r), _span(element, "colspan", MAX_COLUMNS)
            cells.update({(r + i, c + j): "" for i in range(down) for j in range(right)})
            cells[r, c] = _html_text(element)
            if down > 1 or right > 1:
                merges.append((r, c, r + down - 1, c + right - 1))
            c += right
    width = 1 + max((column for _, column in cells), default=-1)
    if width > MAX_COLUMNS:
        raise problems.too_large(name, len(rows), width)
    columns = {f"c{c}": [cells.get((r, c), "") for r in range(len(rows))] for c in range(width)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return Sheet(name, _without_empty_columns(_blanks_as_null(frame)), merges=tuple(merges))


def _span(element: lxml.html.HtmlElement, attribute: str, most: int) -> int:
    stated = element.get(attribute, "1").strip()
    return max(1, min(int(stated), most)) if stated.isdecimal() else 1


def _html_text(element: lxml.html.HtmlElement) -> str:
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return element.text_content().replace("\xa0", " ").strip()
