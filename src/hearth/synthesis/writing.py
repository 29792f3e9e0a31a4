"""Writes a page as csv, as a workbook, or as what calls itself one; the same page gives the same bytes."""

import csv
import datetime as dt
import html
import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from hearth.synthesis.layout import Layout
from hearth.synthesis.page import Page

_COVER = "填报说明"
_COVER_TEXT = "填报说明：请勿改动表头"
_LARGEST_EXACT = 1e15
_CORE = "docProps/core.xml"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def write(path: Path, layout: Layout, page: Page) -> None:
    """Writes the page in the layout's format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match layout.kind:
        case "xlsx":
            _write_xlsx(path, layout, page)
        case "xls":
            _write_xls(path, layout, page)
        case "html":
            encoding = "gb18030" if layout.encoding == "gb18030" else "utf-8"
            path.write_bytes("".join(_html(page, encoding)).encode(encoding))
        case _:
            _write_text(path, layout, page)


def _write_text(path: Path, layout: Layout, page: Page) -> None:
    with path.open("w", encoding=layout.encoding, newline="") as file:
        csv.writer(file, delimiter=layout.delimiter, lineterminator="\r\n").writerows(page.rows)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell > _LARGEST_EXACT:
        return f"{cell:.5E}"
    return "" if cell is None else str(cell)


def _html(page: Page, encoding: str) -> Iterator[str]:
    charset = "gb2312" if encoding == "gb18030" else encoding
    yield f'<html><head><meta charset="{charset}"></head><body><table border="1">\n'
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in page.merges}
    hidden = {
        (row, column)
        for top, left, bottom, right in page.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    rows_with_spans = {row for row, _ in (*spans, *hidden)}
    for number, row in enumerate(page.rows):
        if number not in rows_with_spans:
            yield f"<tr><td>{'</td><td>'.join(html.escape(_text(cell), quote=False) for cell in row)}</td></tr>\n"
            continue
        yield "<tr>"
        for place, cell in enumerate(row):
            if (number, place) not in hidden:
                down, across = spans.get((number, place), (1, 1))
                span = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
                yield f"<td{span}>{html.escape(_text(cell), quote=False)}</td>"
        yield "</tr>\n"
    yield "</table></body></html>\n"


# workbooks


def _write_xlsx(path: Path, layout: Layout, page: Page) -> None:
    import xlsxturbo

    merges = [(_range(merge), _text(page.rows[merge[0]][merge[1]])) for merge in page.merges]
    data = pl.DataFrame([_series(str(place), column) for place, column in enumerate(zip(*page.rows, strict=True))])
    options = {"merged_ranges": merges} if merges else {}
    sheets: list[tuple[Any, ...]] = [(data, "数据" if layout.has_cover else "Sheet1", options)]
    if layout.has_cover:
        sheets.insert(0, (pl.DataFrame({"0": [_COVER_TEXT]}), _COVER))
    try:
        xlsxturbo.dfs_to_xlsx(sheets, str(path), header=False, constant_memory=not merges)
    except OSError as error:
        raise _numbered(error, path) from error
    _forget_the_hour(path)


def _numbered(error: OSError, path: Path) -> OSError:
    """The library gives the system's error number in its text only."""
    number = re.search(r"os error (\d+)", str(error))
    return OSError(int(number[1]), os.strerror(int(number[1])), str(path)) if number else error


def _series(name: str, cells: tuple[Any, ...]) -> pl.Series:
    try:
        return pl.Series(name, cells, dtype=pl.String)
    except TypeError:  # numbers and dates among them
        return pl.Series(name, cells, dtype=pl.Object)


def _range(merge: tuple[int, int, int, int]) -> str:
    top, left, bottom, right = merge
    return f"{_column(left)}{top + 1}:{_column(right)}{bottom + 1}"


def _column(place: int) -> str:
    high, low = divmod(place, 26)
    return (_LETTERS[high - 1] if high else "") + _LETTERS[low]


def _forget_the_hour(path: Path) -> None:
    """A workbook says when it was made; the same county shall have the same bytes at any hour.

    The note stands at the archive's end, so that the sheets before it are left as they are.
    """
    with zipfile.ZipFile(path) as book:
        infos = book.infolist()
        place = next(place for place, info in enumerate(infos) if info.filename == _CORE)
        rest = {info.filename: book.read(info) for info in infos[place:]}
        end, kept = infos[place].header_offset, infos[:place]
    rest[_CORE] = _without_hour(rest[_CORE])
    _append(path, end, kept, rest)


def _without_hour(core: bytes) -> bytes:
    before, rest = core.split(b"<dcterms:created", 1)
    return before + rest.split(b"</dcterms:modified>", 1)[1]


def _append(path: Path, end: int, kept: list[zipfile.ZipInfo], rest: Mapping[str, bytes]) -> None:
    """Keeps an archive's first entries, and writes others after them."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.filelist, book.NameToInfo = list(kept), {info.filename: info for info in kept}
        book.start_dir = end
        for name, content in rest.items():
            book.writestr(zipfile.ZipInfo(name), content)


def _write_xls(path: Path, layout: Layout, page: Page) -> None:
    import xlwt  # needed for this format only

    book = xlwt.Workbook(encoding="utf-8")
    as_date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    plain = xlwt.easyxf()
    if layout.has_cover:
        book.add_sheet(_COVER).write(0, 0, _COVER_TEXT)
    sheet = book.add_sheet("数据" if layout.has_cover else "Sheet1")
    merged = {(top, left) for top, left, _, _ in page.merges}
    for number, row in enumerate(page.rows):
        for place, cell in enumerate(row):
            if cell not in ("", None) and (number, place) not in merged:
                sheet.write(number, place, cell, as_date if isinstance(cell, dt.date) else plain)
    for top, left, bottom, right in page.merges:
        sheet.write_merge(top, bottom, left, right, _text(page.rows[top][left]), plain)
    book.save(str(path))


def write_locked(path: Path) -> None:
    """A workbook behind a password, as far as a reader can tell: a compound file with an encrypted package."""
    import xlwt

    book, buffer = xlwt.Workbook(), io.BytesIO()
    book.add_sheet("Sheet1").write(0, 0, "x" * 64)
    book.save(buffer)
    old, new = "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    data = bytearray(buffer.getvalue())
    place = data.rindex(old)
    data[place : place + len(new)] = new
    data[place + 64 : place + 66] = (len(new) + 2).to_bytes(2, "little")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(data))


def write_no_workbook(path: Path) -> None:
    """A PDF that calls itself a workbook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n")
