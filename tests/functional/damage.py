"""Files as they arrive damaged, each made here by code; nobody in them exists."""

import io
import itertools
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

HEADER = ["姓名", "身份证号", "救助原因", "救助金额", "发放日期"]
PERSON = ["损坏某", "990121196309053850", "火灾", "5200.00", "2025-01-09"]
ROWS = [PERSON, ["错乱某", "990121198306104076", "水灾", "3700.00", "2025-01-10"]]
TITLE = ["示例县2025年1月临时救助发放表"]
OTHER_HEADER = ["姓名", "残疾人证号", "残疾类别", "残疾等级", "乡镇", "行政村"]
OTHER_ROW = ["损坏某", "99012119630905385011", "肢体", "一级", "示例镇", "甲村"]
WIDE = 10_000

Rows = Sequence[Sequence[Any]]


def csv(rows: Rows, delimiter: str = ",") -> bytes:
    """Text with commas."""
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows).encode()


def xlsx(sheets: dict[str, Rows]) -> bytes:
    """A workbook of these sheets."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    return content.getvalue()


def xls(rows: Rows) -> bytes:
    """An old workbook of one sheet."""
    book, content = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Sheet1")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    book.save(content)
    return content.getvalue()


def html(rows: Rows) -> bytes:
    """What an office system calls an xls."""
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<html><meta charset="gb2312"><body><table border=1>{cells}</table></body></html>'.encode("gb18030")


def with_password(workbook: bytes) -> bytes:
    """The workbook, encrypted as Excel does it."""
    content = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt("abc123", content)
    return content.getvalue()


def old_with_password() -> bytes:
    """An old workbook whose first record after the beginning asks for a password."""
    content = bytearray(xls([HEADER, *ROWS]))
    second_record = content.find(b"\x09\x08\x10\x00\x00\x06") + 20
    content[second_record : second_record + 2] = b"\x2f\x00"
    return bytes(content)


def archive(**files: bytes) -> bytes:
    """A ZIP that is no workbook."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return content.getvalue()


def bomb(*, is_admitted: bool) -> bytes:
    """A workbook of one or two megabytes that unpacks to more than a thousand; its directory may or may not say so."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    megabyte = packing.compress(b" " * 1_000_000) + packing.flush(zlib.Z_FULL_FLUSH)
    packed = megabyte * 1_100 + packing.flush()
    content = bytearray(archive(**{"xl/workbook.xml": b"<workbook/>", "xl/sharedStrings.xml": packed}))
    name, stated = b"xl/sharedStrings.xml", 1_100_000_000 if is_admitted else 1_000
    for header, at, length in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        first = content.rindex(header, 0, content.rindex(name) if length == 46 else content.index(name))
        assert content[first + length :].startswith(name)
        content[first + at : first + at + 2] = struct.pack("<H", zipfile.ZIP_DEFLATED)
        content[first + at + 14 : first + at + 18] = struct.pack("<I", stated)
    return bytes(content)


def stray_cell() -> bytes:
    """A workbook with one cell in the last column of its last row."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, HEADER)
        sheet.write(1_048_575, 16_383, "x")
    return content.getvalue()


def without(column: int, rows: Rows) -> list[list[Any]]:
    """The rows without a column."""
    return [[cell for n, cell in enumerate(row) if n != column] for row in rows]


def wide(columns: int) -> list[list[str]]:
    """The rows with that many more columns."""
    return [[*HEADER, *(f"列{n}" for n in range(columns))], *([*row, *["x"] * columns] for row in ROWS)]


def many_rows(megabytes: float) -> Iterator[bytes]:
    """A csv of that size in pieces: its header, then ten thousand rows at a time, all of them different and valid."""
    yield csv([HEADER])
    written = 0
    for first in itertools.count(0, 10_000):
        rows = (
            [f"大量{n}", PERSON[1], "住院费用较高", "5200.00", f"2025-01-{1 + n % 28:02d}"]
            for n in range(first, first + 10_000)
        )
        piece = csv(list(rows))
        yield piece
        written += len(piece)
        if written > megabytes * 1_000_000:
            return


def noise(byte_count: int) -> bytes:
    """Bytes of no kind."""
    return random.Random(7).randbytes(byte_count)
