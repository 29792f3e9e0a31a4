"""Bytes to cells: one `Sheet` per worksheet, HTML table or text file.

The first bytes decide what a file is; its extension never does. Row i of a sheet (from 0) is the sender's row
i + 1: the spreadsheet row, or the record of a text file, blank lines counted.
"""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from hearth.contracts.model import Extract
from hearth.language import Words
from hearth.reading.archive import OTHER_ARCHIVES, is_archive, refuse_bad_archive
from hearth.reading.html_table import read_tables
from hearth.reading.limits import (
    CELLS_DEARER_IN_A_WORKBOOK,
    CHUNK_BYTES,
    DAMAGED,
    corrupt,
    not_a_table,
    refuse_big,
    refuse_vast,
    refuse_wide,
)
from hearth.reading.problems import DeliveryProblem, letter

SPARE_COLUMNS = 8
HEAD_LINES = 60
HEAD_BYTES = 500_000
CHUNK_RECORDS = 50_000
NEWLINES_IN_A_CELL = 20
FEWEST_BYTES = 10
"""The shortest header there can be: two names of two characters in two bytes each, a comma and a line's end."""

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, inclusive."""


@dataclass(frozen=True)
class Sheet:
    """Cells as text (columns c0, c1, …; an empty cell is null), which of them were numbers, and merges.

    `numbers` is None where cells have no type (text, HTML). `kind` is what the file really is: xlsx, xls, html, text.
    """

    name: str
    cells: pl.DataFrame
    numbers: pl.DataFrame | None = None
    merges: tuple[Merge, ...] = ()
    is_visible: bool = True
    kind: str = "text"

    def top(self, rows: int) -> list[list[str]]:
        """The first rows, cells stripped, empty ones ''."""
        return [[(cell or "").strip() for cell in row] for row in self.cells.head(rows).iter_rows()]


def read_sheets(path: Path, extract: Extract) -> list[Sheet]:
    """Every sheet of a file that has a cell, in the file's order.

    Raises:
        DeliveryProblem: empty, encrypted, damaged, not a table, in no known encoding, or larger than the extract's
            limits.
    """
    refuse_big(path.stat().st_size, extract)
    data = path.read_bytes()
    required = [column.path for column in extract.columns if column.required]
    if not data.strip(b"\0 \t\r\n"):
        raise DeliveryProblem("empty_file", expected=required)
    if len(data) < FEWEST_BYTES:
        raise DeliveryProblem("too_short", count=len(data), expected=required)
    sheets = [sheet for sheet in _reader(data)(data, extract) if sheet.cells.width and sheet.cells.height]
    if not sheets:
        raise DeliveryProblem("empty_file", expected=required)
    return sheets


_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_KINDS = {
    b"%PDF": Words("PDF 文档", "a PDF document"),
    b"Rar!": Words("RAR 压缩包", "a RAR archive"),
    b"7z\xbc\xaf": Words("7-Zip 压缩包", "a 7-Zip archive"),
    b"\x1f\x8b": Words("gzip 压缩包", "a gzip archive"),
    b"\x89PNG": Words("PNG 图片", "a PNG picture"),
    b"\xff\xd8\xff": Words("JPEG 图片", "a JPEG picture"),
    b"GIF8": Words("GIF 图片", "a GIF picture"),
    b"{\\rtf": Words("RTF 文档", "an RTF document"),
    b"MIME-Version": Words("MHTML 网页", "an MHTML page"),
}
_BINARY = Words("无法识别的二进制文件", "an unknown binary file")
_CUT_PAGE = Words("HTML 表格", "HTML table")


def _reader(data: bytes) -> Callable[[bytes, Extract], list[Sheet]]:
    beginning = data[:1024].lstrip()
    for signature, kind in _OTHER_KINDS.items():
        if beginning.startswith(signature):
            raise not_a_table(kind)
    if is_archive(data):
        return _read_xlsx
    return _read_xls if data.startswith(_OLE2) else _read_text


# Workbooks


def _read_xlsx(data: bytes, extract: Extract) -> list[Sheet]:
    refuse_bad_archive(data, extract)
    return _read_workbook(data, "xlsx", extract)


def _read_xls(data: bytes, extract: Extract) -> list[Sheet]:
    if "EncryptedPackage".encode("utf-16-le") in data or _asks_for_a_password(data):
        raise DeliveryProblem("encrypted")
    for stream, what in (("WordDocument", "word/"), ("PowerPoint Document", "ppt/")):
        if stream.encode("utf-16-le") in data:
            raise not_a_table(OTHER_ARCHIVES[what])
    return _read_workbook(data, "xls", extract)


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


def _read_workbook(data: bytes, kind: str, extract: Extract) -> list[Sheet]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        worksheets = [meta for meta in workbook.sheets_metadata if meta.typ is SheetTypeEnum.WorkSheet]
        return [_worksheet(workbook, meta, kind, extract) for meta in worksheets]
    except DeliveryProblem:
        raise
    except PasswordError as error:
        raise DeliveryProblem("encrypted") from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust library is no Exception
        raise corrupt(DAMAGED[kind]) from error


def _worksheet(workbook: CalamineWorkbook, meta: SheetMetadata, kind: str, extract: Extract) -> Sheet:
    sheet = workbook.get_sheet_by_name(meta.name)
    refuse_vast(sheet.total_height, sheet.total_width, extract, meta.name, CELLS_DEARER_IN_A_WORKBOOK)
    cells, numbers = _typed_cells(sheet)
    refuse_wide(cells.width, extract, meta.name)
    merges = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    return Sheet(meta.name, cells, numbers, merges, meta.visible is SheetVisibleEnum.Visible, kind)


def _typed_cells(sheet: CalamineSheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Text, and what was a number; in pieces, because a cell as a Python object is as dear as ten in a column."""
    rows = sheet.iter_rows()
    pieces = iter(lambda: list(zip(*itertools.islice(rows, CHUNK_RECORDS), strict=True)), [])
    framed = [(_as_frame(map(_as_text, columns)), _as_frame(map(_are_numbers, columns))) for columns in pieces]
    if not framed:
        return pl.DataFrame(), pl.DataFrame()
    cells, numbers = (pl.concat(frames) for frames in zip(*framed, strict=True))
    # Rows begin with the first column that has a cell anywhere.
    left = sheet.start[1] if sheet.start else 0
    cells = _without_empty_columns(_shifted(cells, left, pl.lit(None, pl.String)))
    return cells, _shifted(numbers, left, pl.lit(False)).select(cells.columns)


def _as_frame(columns: Iterable[pl.Series]) -> pl.DataFrame:
    return pl.DataFrame({f"c{n}": column for n, column in enumerate(columns)})


def _shifted(cells: pl.DataFrame, left: int, blank: pl.Expr) -> pl.DataFrame:
    moved = pl.all().name.map(lambda name: f"c{int(name[1:]) + left}")
    return cells.select([blank.alias(f"c{n}") for n in range(left)] + [moved])


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


def _read_text(data: bytes, extract: Extract) -> list[Sheet]:
    text = _without_null_bytes(_as_utf8(data)).rstrip(b"\x1a")
    if not text.strip():
        raise DeliveryProblem("empty_file", expected=[column.path for column in extract.columns if column.required])
    if _PAGE.match(text):
        return _read_html(text, extract)
    return [_read_delimited(text, extract)]


_PAGE = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|meta|style|body|table|div|center|form|\w+:)[\s>:]", re.IGNORECASE
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_NO_TEXT = bytes(set(range(32)) - set(b"\0\t\n\v\f\r\x1a\x1b"))


def _as_utf8(data: bytes) -> bytes:
    """The text in UTF-8, read strictly: a byte order mark, UTF-16 where every other byte is plainly 0, UTF-8, GB18030.

    Never a detector: one called a short GB18030 file Korean.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _recoded(data[len(mark) :], encoding)
    if unmarked := _unmarked_utf16(data):
        return _recoded(data, unmarked)
    sample = data[:8192]
    if len(sample) - len(sample.translate(None, _NO_TEXT)) > len(sample) // 50:
        raise not_a_table(_BINARY)
    return _recoded(data, "utf-8", "gb18030")


def _unmarked_utf16(data: bytes) -> str | None:
    sample = data[:8192]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 20 > len(sample) and even * 20 <= odd:
        return "utf-16-le"
    if even * 20 > len(sample) and odd * 20 <= even:
        return "utf-16-be"
    return None


def _recoded(data: bytes, *encodings: str) -> bytes:
    """In UTF-8 from the first encoding that fits without a fault, in pieces: the whole as a str would be dear."""
    for encoding in encodings:
        try:
            return _checked(data) if encoding == "utf-8" else _transcoded(data, encoding)
        except UnicodeDecodeError:
            continue
    raise _undecodable(data, encodings)


def _pieces(data: bytes) -> Iterator[tuple[bytes, bool]]:
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES], start + CHUNK_BYTES >= len(data)


def _checked(data: bytes) -> bytes:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece, is_last in _pieces(data):
        decoder.decode(piece, is_last)
    return data


def _transcoded(data: bytes, encoding: str) -> bytes:
    decoder = codecs.getincrementaldecoder(encoding)()
    text = io.BytesIO()
    for piece, is_last in _pieces(data):
        text.write(decoder.decode(piece, is_last).encode())
    return text.getvalue()


def _undecodable(data: bytes, encodings: Sequence[str]) -> DeliveryProblem:
    """Refused where the encoding with the fewest faults meets its first."""
    encoding = min(encodings, key=lambda name: data.decode(name, errors="replace").count("\ufffd"))
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        line = data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode(encoding, errors="replace")
    return DeliveryProblem(
        "undecodable",
        row=row,
        column=_column_at(line),
        expected=("UTF-8", "GB18030", "UTF-16"),
        encoding=encoding.upper(),
    )


def _without_null_bytes(text: bytes) -> bytes:
    count = text.count(b"\0")
    if count * 100 > len(text):
        first = text.index(b"\0")
        raise DeliveryProblem("null_bytes", row=text.count(b"\n", 0, first) + 1, count=count)
    return text.replace(b"\0", b"") if count else text


def _column_at(line: str) -> str:
    """The letter of the column in which a line breaks off."""
    return letter(max(line.count(mark) for mark in ",\t;")) if line else "A"


def _read_delimited(text: bytes, extract: Extract) -> Sheet:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = _first_lines(text, extract)
    delimiter = _delimiter(lines)
    width = _head_width(lines, delimiter, extract) + SPARE_COLUMNS
    refuse_vast(text.count(b"\n"), width, extract)
    if not _polars_can_split(text, delimiter):
        return Sheet("", _without_empty_columns(_blanks_as_null(_split_by_csv(text, delimiter, width))))
    cells = pl.read_csv(
        text,
        has_header=False,
        schema={f"c{n}": pl.String for n in range(width)},
        separator=delimiter,
        quote_char='"' if b'"' in text else None,
        missing_columns="insert",
        extra_columns="ignore",
    )
    return Sheet("", _without_empty_columns(_blanks_as_null(cells) if b'"' in text else cells))


def _first_lines(text: bytes, extract: Extract) -> list[str]:
    """The lines of the head; one that is longer than a head has too many columns, or a cell without end."""
    lines: list[str] = []
    for line in itertools.islice(io.BytesIO(text), HEAD_LINES):
        if len(line) > HEAD_BYTES:
            refuse_wide(max(map(line.count, (b",", b"\t", b";"))) + 1, extract, row=len(lines) + 1)
            raise _long_cell(len(lines) + 1)
        lines.append(line.decode())
        if sum(map(len, lines)) > HEAD_BYTES:
            break
    return lines


def _long_cell(row: int) -> DeliveryProblem:
    return DeliveryProblem("long_cell", row=row, limit=csv.field_size_limit())


def _delimiter(lines: Sequence[str]) -> str:
    """What splits the head into the most cells evenly; full-width and other marks only where no usual one does."""
    if match := re.match(r"sep=(.)\n", lines[0]):
        return match[1]
    for candidates in ((",", "\t", ";"), ("|", "，", "；", "、")):
        best = max(candidates, key=lambda candidate: _evenness(lines, candidate))
        if _evenness(lines, best):
            return best
    return ","


def _evenness(lines: Sequence[str], delimiter: str) -> int:
    widths: Counter[int] = Counter()
    try:
        widths.update(len(record) for record in csv.reader(lines, delimiter=delimiter))
    except csv.Error:  # what it splits has a cell without end
        return 0
    return max(((width - 1) * times for width, times in widths.items()), default=0)


def _head_width(lines: Sequence[str], delimiter: str, extract: Extract) -> int:
    widest = row = 0
    try:
        for row, record in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            refuse_wide(len(record), extract, row=row)
            widest = max(widest, len(record))
    except csv.Error as error:
        raise _long_cell(row + 1) from error
    return widest


def _polars_can_split(text: bytes, delimiter: str) -> bool:
    """Whether every quotation mark opens or closes a whole field, as polars takes for granted."""
    if len(delimiter.encode()) > 1:
        return False
    if b'"' not in text:
        return True
    mark = re.escape(delimiter.encode())
    quoted = re.compile(rb'"(?<![^%b\n]")[^"]*(?:""[^"]*)*"(?![^%b\n])|"' % (mark, mark))
    return all(1 < match.end() - match.start() < 200 or _is_a_cell(match[0]) for match in quoted.finditer(text))


def _is_a_cell(quoted: bytes) -> bool:
    return len(quoted) > 1 and quoted.count(b"\n") <= NEWLINES_IN_A_CELL


def _split_by_csv(text: bytes, delimiter: str, width: int) -> pl.DataFrame:
    """As Excel splits: a mark inside a field is a letter. Slower by an order of magnitude than polars."""
    lines = io.TextIOWrapper(io.BytesIO(text if text.endswith(b"\n") else text + b"\n"), "utf-8", newline="\n")
    frames: list[pl.DataFrame] = []
    records: list[list[str]] = []
    row, record, line = 0, [""], 0
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for row, record in enumerate(reader, 1):
            _refuse_run_on(record, row)
            line = reader.line_num
            records.append((record + [""] * (width - len(record)))[:width])
            if len(records) == CHUNK_RECORDS:
                frames.append(_framed(records))
                records.clear()
    except csv.Error as error:
        raise _open_quotation(row + 1, next(itertools.islice(io.BytesIO(text), line, None)), delimiter) from error
    if record and record[-1].endswith("\n") and not text.rstrip().endswith(b'"'):
        raise DeliveryProblem("open_quotation", row=row, column=letter(len(record) - 1))
    return pl.concat([*frames, _framed(records)]) if records else pl.concat(frames)


def _open_quotation(row: int, line: bytes, delimiter: str) -> DeliveryProblem:
    """The mark without its pair, in the line in which a record begins."""
    unpaired = [n for n, cell in enumerate(line.split(delimiter.encode())) if cell.count(b'"') % 2]
    return DeliveryProblem("open_quotation", row=row, column=letter(unpaired[0]) if unpaired else "")


def _refuse_run_on(record: Sequence[str], row: int) -> None:
    for n, cell in enumerate(record):
        if cell.count("\n") > NEWLINES_IN_A_CELL:
            raise DeliveryProblem("open_quotation", row=row, column=letter(n))


def _framed(records: Sequence[Sequence[str]]) -> pl.DataFrame:
    columns = zip(*records, strict=True)
    return pl.DataFrame({f"c{n}": pl.Series(column, dtype=pl.String) for n, column in enumerate(columns)})


def _blanks_as_null(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(pl.all().replace("", None))


def _without_empty_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """Without empty columns at the right."""
    filled = [n for n, name in enumerate(cells.columns) if cells[name].null_count() < cells.height]
    return cells.select(cells.columns[: max(filled, default=-1) + 1])


def _read_html(text: bytes, extract: Extract) -> list[Sheet]:
    _refuse_other_pages(text)

    def check(rows: int, columns: int) -> None:
        refuse_wide(columns, extract)
        refuse_vast(rows, columns, extract, dearer=CELLS_DEARER_IN_A_WORKBOOK)

    tables = enumerate(read_tables(text, extract.max_columns, check), 1)
    return [
        Sheet(f"表格{n}", _without_empty_columns(cells), None, merges, kind="html") for n, (cells, merges) in tables
    ]


def _refuse_other_pages(text: bytes) -> None:
    """What begins like a page and has no table, or one that breaks off."""
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text[:4096] and b"<Worksheet" in text:
        raise not_a_table(Words("XML 表格 2003", "an XML Spreadsheet 2003"))
    if not re.search(rb"<table[\s>]", text, re.IGNORECASE):
        is_page = re.search(rb"<(?:!doctype html|html|body|head)[\s>]", text[:4096], re.IGNORECASE)
        page, other = (
            Words("没有表格的网页（可能是登录页面）", "a web page without a table (a login page?)"),
            Words("XML 文件", "XML"),
        )
        raise not_a_table(page if is_page else other)
    lowered = text.lower()
    if lowered.rfind(b"</table") < max(lowered.rfind(b"<tr"), lowered.rfind(b"<table")):
        raise corrupt(_CUT_PAGE)
