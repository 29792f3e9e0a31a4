"""Bytes to cells: one `Sheet` per worksheet, HTML table or text file.

The first bytes decide what a file is; its extension never does. Row i of a sheet (from 0) is the sender's row
i + 1: the spreadsheet row, or the record of a text file, blank lines counted.
"""

import io
import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

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
from hearth.reading.archive import NO_FORMULAS, OTHER_ARCHIVES, is_archive, refuse_bad_archive
from hearth.reading.decoding import NO_FAULTS, as_utf8, is_marked, marked_cells, without_null_bytes
from hearth.reading.delimited import read_delimited
from hearth.reading.html_table import read_tables
from hearth.reading.limits import (
    CELLS_DEARER_IN_A_WORKBOOK,
    DAMAGED,
    corrupt,
    not_a_table,
    refuse_big,
    refuse_vast,
    refuse_wide,
)
from hearth.reading.old_workbook import refuse_bad_old_workbook
from hearth.reading.problems import DeliveryProblem
from hearth.reading.typed_cells import texts_and_numbers

CHUNK_RECORDS = 50_000
MOST_COLUMNS = {"xlsx": 16_384, "xls": 256}
"""What a workbook of that kind can have; a cell beyond is a broken address, with all columns up to it unfolded."""
FEWEST_BYTES = 10
"""The shortest header there can be: two names of two characters in two bytes each, a comma and a line's end."""

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, inclusive."""


@dataclass(frozen=True)
class Sheet:
    """Cells as text (columns c0, c1, …; an empty cell is null), which of them were numbers, and merges.

    `numbers` is None where cells have no type (text, HTML). `kind` is what the file really is: xlsx, xls, html, text.
    `faults` has the cells of which something is known to be wrong: row and position from 0, code. `uncalculated` has
    the formulas without a stored value: row and position.
    """

    name: str
    cells: pl.DataFrame
    numbers: pl.DataFrame | None = None
    merges: tuple[Merge, ...] = ()
    is_visible: bool = True
    kind: str = "text"
    faults: pl.DataFrame = field(default_factory=NO_FAULTS.clone)
    uncalculated: pl.DataFrame = field(default_factory=NO_FORMULAS.clone)

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
    formulas = refuse_bad_archive(data, extract)
    sheets = _read_workbook(data, "xlsx", extract)
    return [_with_formulas(sheet, formulas[sheet.name]) if sheet.name in formulas else sheet for sheet in sheets]


def _with_formulas(sheet: Sheet, formulas: pl.DataFrame) -> Sheet:
    """The sheet down to its last formula: where that has no value the library ends before it."""
    below = formulas.sort("row")["row"][-1] + 1 - sheet.cells.height
    if below <= 0 or not sheet.cells.width or sheet.numbers is None:
        return replace(sheet, uncalculated=formulas)
    cells, numbers = (pl.concat([whole, whole.clear(below)]) for whole in (sheet.cells, sheet.numbers))
    return replace(sheet, cells=cells, numbers=numbers, uncalculated=formulas)


def _read_xls(data: bytes, extract: Extract) -> list[Sheet]:
    if "EncryptedPackage".encode("utf-16-le") in data or _asks_for_a_password(data):
        raise DeliveryProblem("encrypted")
    for stream, what in (("WordDocument", "word/"), ("PowerPoint Document", "ppt/")):
        if stream.encode("utf-16-le") in data:
            raise not_a_table(OTHER_ARCHIVES[what])
    refuse_bad_old_workbook(data)
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
    if sheet.total_width > MOST_COLUMNS[kind]:
        raise corrupt(DAMAGED[kind])
    refuse_vast(sheet.total_height, sheet.total_width, extract, meta.name, CELLS_DEARER_IN_A_WORKBOOK)
    cells, numbers = _typed_cells(sheet)
    refuse_wide(cells.width, extract, meta.name)
    merges = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    return Sheet(meta.name, cells, numbers, merges, meta.visible is SheetVisibleEnum.Visible, kind)


def _typed_cells(sheet: CalamineSheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Text, and what was a number; in pieces, because a cell as a Python object is as dear as ten in a column."""
    rows = sheet.iter_rows()
    pieces = iter(lambda: list(zip(*itertools.islice(rows, CHUNK_RECORDS), strict=True)), [])
    framed = [[_as_frame(part) for part in zip(*map(texts_and_numbers, columns), strict=True)] for columns in pieces]
    if not framed:
        return pl.DataFrame(), pl.DataFrame()
    cells, numbers = (pl.concat(frames) for frames in zip(*framed, strict=True))
    # Rows begin with the first column that has a cell anywhere.
    left = sheet.start[1] if sheet.start else 0
    cells = without_empty_columns(_shifted(cells, left, pl.lit(None, pl.String)))
    return cells, _shifted(numbers, left, pl.lit(False)).select(cells.columns)


def _as_frame(columns: Iterable[pl.Series]) -> pl.DataFrame:
    return pl.DataFrame({f"c{n}": column for n, column in enumerate(columns)})


def _shifted(cells: pl.DataFrame, left: int, blank: pl.Expr) -> pl.DataFrame:
    moved = pl.all().name.map(lambda name: f"c{int(name[1:]) + left}")
    return cells.select([blank.alias(f"c{n}") for n in range(left)] + [moved])


# Text and HTML


def _read_text(data: bytes, extract: Extract) -> list[Sheet]:
    text = without_null_bytes(as_utf8(data, extract)).rstrip(b"\x1a")
    if not text.strip():
        raise DeliveryProblem("empty_file", expected=[column.path for column in extract.columns if column.required])
    has_marks = is_marked(text)
    if is_page(text):
        return [_without_marks(sheet) if has_marks else sheet for sheet in _read_html(text, extract)]
    cells, may_have_marks = read_delimited(text, extract)
    sheet = Sheet("", without_empty_columns(cells))
    return [_without_marks(sheet) if has_marks or may_have_marks else sheet]


def is_text(data: bytes) -> bool:
    """Whether a file's first bytes are none of a workbook's or of another kind of file."""
    try:
        return _reader(data) is _read_text
    except DeliveryProblem:
        return False


def is_page(text: bytes) -> bool:
    """Whether a text begins as HTML or XML does."""
    return _PAGE.match(text) is not None


def _without_marks(sheet: Sheet) -> Sheet:
    cells, faults = marked_cells(sheet.cells)
    return replace(sheet, cells=cells, faults=faults)


_PAGE = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|meta|style|body|table|div|center|form|\w+:)[\s>:]", re.IGNORECASE
)


def without_empty_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """Without empty columns at the right."""
    filled = [n for n, name in enumerate(cells.columns) if cells[name].null_count() < cells.height]
    return cells.select(cells.columns[: max(filled, default=-1) + 1])


def _read_html(text: bytes, extract: Extract) -> list[Sheet]:
    _refuse_other_pages(text)

    def check(rows: int, columns: int) -> None:
        refuse_wide(columns, extract)
        refuse_vast(rows, columns, extract, dearer=CELLS_DEARER_IN_A_WORKBOOK)

    tables = enumerate(read_tables(text, extract.max_columns, check), 1)
    return [Sheet(f"表格{n}", without_empty_columns(cells), None, merges, kind="html") for n, (cells, merges) in tables]


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
