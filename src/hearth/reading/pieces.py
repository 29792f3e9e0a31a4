"""A long text file as tables of a few megabytes each, so that a load never holds it as a whole.

Only of what is plain through and through: one encoding without a fault, quotation marks around whole fields, one
header, rows that nobody need be told of. All of it together are the rows that `read_table` gives. Anything else is
`NotPlain`: such a file is read whole, which tells what is odd about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from hearth.contracts.model import Extract
from hearth.reading.decoding import is_marked, plain_encoding, plain_text
from hearth.reading.delimited import Layout, layout_of, whole_fields, with_plain_line_ends
from hearth.reading.furniture import JUST_BELOW, data_rows
from hearth.reading.grid import Sheet, is_page, is_text, without_empty_columns
from hearth.reading.header import Header, best_header
from hearth.reading.limits import refuse_big, refuse_vast
from hearth.reading.problems import DeliveryProblem
from hearth.reading.table import Table, table_of

PIECE_BYTES = 1 << 23
LONG_BYTES = 2 * PIECE_BYTES
"""What is shorter gains nothing by being read in pieces."""


class NotPlain(Exception):
    """The file must be read as a whole."""


def is_long(path: Path) -> bool:
    """Whether a file is worth being read in pieces."""
    return path.stat().st_size >= LONG_BYTES


def read_pieces(path: Path, extract: Extract) -> Iterator[Table]:
    """The data rows of a delivery, in order: tables that differ in their rows only.

    Raises:
        NotPlain: the file is no text, or something about it is odd.
    """
    try:
        yield from _tables(path, extract)
    except DeliveryProblem as problem:
        raise NotPlain from problem


def _tables(path: Path, extract: Extract) -> Iterator[Table]:
    refuse_big(path.stat().st_size, extract)
    texts = _texts(path)
    text = next(texts, b"")
    if not text or is_page(text):
        raise NotPlain
    layout = layout_of(text, extract)
    refuse_vast(_count_lines(path), layout.width, extract)
    cells = without_empty_columns(_cells(text, layout))
    if not cells.width:
        raise NotPlain
    header = best_header([Sheet("", cells)], extract)
    first = table_of(path, [header.sheet], extract)
    if first.reasons_position is not None or first.faults.height or not first.rows.height:
        raise NotPlain
    _require_plain(header, cells, 0, extract)
    yield first
    head = cells.head(header.last + 1 + JUST_BELOW)
    row = cells.height
    for text in texts:
        cells = _of_width(_cells(text, layout), head.width)
        yield replace(first, rows=_rows_below(head, header, cells, row, extract))
        row += cells.height


def _rows_below(head: pl.DataFrame, header: Header, cells: pl.DataFrame, row: int, extract: Extract) -> pl.DataFrame:
    """The data rows among cells that stand `row` rows below the file's first, judged beside the head of the file."""
    whole = replace(header, sheet=replace(header.sheet, cells=pl.concat([head, cells])))
    is_data = _require_plain(whole, cells, head.height, extract)
    numbers = pl.int_range(row + 1, row + cells.height + 1, dtype=pl.Int32, eager=True).alias("row_number")
    return cells.insert_column(0, numbers).filter(is_data.slice(head.height))


def _require_plain(header: Header, cells: pl.DataFrame, begin: int, extract: Extract) -> pl.Series:
    """Which rows are data rows; no row from `begin` on is a header again, or has a cell in a column without one."""
    is_data, headers_again = data_rows(header, extract)
    nameless = [n for n, text in enumerate(header.headers) if not text]
    if any(n > begin for n in headers_again):
        raise NotPlain
    beyond = cells.filter(is_data.slice(begin)).select(pl.col([f"c{n}" for n in nameless]).is_not_null().any())
    if any(beyond.row(0) if nameless else ()):
        raise NotPlain
    return is_data


def _cells(text: bytes, layout: Layout) -> pl.DataFrame:
    cells = whole_fields(with_plain_line_ends(text), layout)
    if cells is None:
        raise NotPlain
    return cells


def _of_width(cells: pl.DataFrame, width: int) -> pl.DataFrame:
    if without_empty_columns(cells).width > width:
        raise NotPlain
    return cells.select(cells.columns[:width])


def _texts(path: Path) -> Iterator[bytes]:
    """The file in UTF-8, a few megabytes of whole records at a time."""
    encoding = ""
    for piece in _records(path):
        if not encoding:
            if not is_text(piece) or (known := plain_encoding(piece)) is None:
                raise NotPlain
            encoding, mark = known
            piece = piece[mark:]
        text = plain_text(piece, encoding)
        if text is None or is_marked(text):
            raise NotPlain
        yield text


def _records(path: Path) -> Iterator[bytes]:
    """The file's bytes, cut where a line ends outside of quotation marks."""
    rest = b""
    with path.open("rb") as file:
        while data := file.read(PIECE_BYTES):
            data = rest + data
            end = _end_of_records(data)
            if end:
                yield data[:end]
            rest = data[end:]
            if len(rest) > PIECE_BYTES:
                raise NotPlain
    if rest := rest.rstrip(b"\x1a"):
        yield rest


def _end_of_records(data: bytes) -> int:
    """Neither of the encodings uses the bytes of a line's end and a quotation mark within a character."""
    end = data.rfind(b"\n") + 1
    while data.count(b'"', 0, end) % 2:
        end = data.rfind(b"\n", 0, data.rfind(b'"', 0, end)) + 1
    return end


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(data.count(b"\n") for data in iter(lambda: file.read(PIECE_BYTES), b""))
