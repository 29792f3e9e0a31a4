"""Lines of text to cells: which mark separates them, and quotation marks as Excel reads them."""

import csv
import io
import itertools
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from hearth.contracts.model import Extract
from hearth.reading.decoding import MARKS
from hearth.reading.limits import refuse_vast, refuse_wide
from hearth.reading.problems import DeliveryProblem, letter

SPARE_COLUMNS = 8
HEAD_LINES = 60
HEAD_BYTES = 500_000
CHUNK_RECORDS = 50_000
NEWLINES_IN_A_CELL = 20
FEWEST_TELLING_CELLS = 3
"""A line of fewer cells may well be a line of a cell."""


@dataclass(frozen=True)
class Layout:
    """What splits a text's lines, the most cells taken of one, and the cells that most of its first lines have."""

    delimiter: str
    width: int
    usual: int


def read_delimited(text: bytes, extract: Extract) -> tuple[pl.DataFrame, bool]:
    """The cells of a text in UTF-8, an empty one null; and whether some may have been marked (`decoding.MARKS`).

    Raises:
        DeliveryProblem: more columns or cells than the extract's limits, or a quotation mark that does not close and
            takes in what are no whole rows.
    """
    text = with_plain_line_ends(text)
    layout = layout_of(text, extract)
    refuse_vast(text.count(b"\n"), layout.width, extract)
    cells = whole_fields(text, layout)
    if cells is None:
        return _blanks_as_null(_split_by_csv(text, layout.delimiter, layout.width, layout.usual)), True
    return cells, False


def with_plain_line_ends(text: bytes) -> bytes:
    """The text with a line feed alone at the end of each line."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def layout_of(text: bytes, extract: Extract) -> Layout:
    """How a text is to be split, by its first lines.

    Raises:
        DeliveryProblem: one of these has more columns than the extract's limit, or a cell without end.
    """
    lines = _first_lines(text, extract)
    delimiter = _delimiter(lines)
    width = _head_width(lines, delimiter, extract) + SPARE_COLUMNS
    return Layout(delimiter, width, _usual_width(lines, delimiter))


def whole_fields(text: bytes, layout: Layout) -> pl.DataFrame | None:
    """The cells of a text of which every quotation mark opens or closes a whole field, an empty cell null; None of any
    other text."""
    if not _polars_can_split(text, layout.delimiter, layout.usual):
        return None
    cells = pl.read_csv(
        text,
        has_header=False,
        schema={f"c{n}": pl.String for n in range(layout.width)},
        separator=layout.delimiter,
        quote_char='"' if b'"' in text else None,
        missing_columns="insert",
        extra_columns="ignore",
    )
    return _blanks_as_null(cells) if b'"' in text else cells


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


def _usual_width(lines: Sequence[str], delimiter: str) -> int:
    """The cells that most of the first lines have, each by itself."""
    widths = Counter(_cells_in(line, delimiter) for line in lines)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _head_width(lines: Sequence[str], delimiter: str, extract: Extract) -> int:
    widest = row = 0
    try:
        for row, record in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            refuse_wide(len(record), extract, row=row)
            widest = max(widest, len(record))
    except csv.Error as error:
        raise _long_cell(row + 1) from error
    return widest


def _polars_can_split(text: bytes, delimiter: str, usual: int) -> bool:
    """Whether every quotation mark opens or closes a whole field, as polars takes for granted."""
    if len(delimiter.encode()) > 1:
        return False
    if b'"' not in text:
        return True
    mark = re.escape(delimiter.encode())
    quoted = re.compile(rb'"(?<![^%b\n]")[^"]*(?:""[^"]*)*"(?![^%b\n])|"' % (mark, mark))
    mark = delimiter.encode()
    cells = (match[0] for match in quoted.finditer(text))
    return all(_is_a_cell(cell, mark, usual) if b"\n" in cell else len(cell) > 1 for cell in cells)


def _is_a_cell(quoted: bytes, mark: bytes, usual: int) -> bool:
    """Whether a pair of marks holds one cell of several lines, and not the rows between the stray marks of two."""
    _, *between, _ = quoted.split(b"\n")
    are_rows = bool(between) and all(line.count(mark) + 1 == usual for line in between)
    return len(between) < NEWLINES_IN_A_CELL and not are_rows


# Quotation marks inside fields, and those without a pair


class _RunsOn(Exception):
    """A quotation mark does not close, or only in another row."""


class _Lines(Iterator[str]):
    """Lines for a csv reader; those that it took for one record can be given back."""

    def __init__(self, text: bytes) -> None:
        text = text if text.endswith(b"\n") else text + b"\n"
        self._stream = io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="\n")
        self._given_back: deque[str] = deque()
        self.taken: list[str] = []

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else next(self._stream, None)
        if line is None:
            if self.taken:
                raise _RunsOn
            raise StopIteration
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """All lines that were taken but the first."""
        self._given_back.extendleft(reversed(self.taken[1:]))
        self.taken.clear()


def _split_by_csv(text: bytes, delimiter: str, width: int, usual: int) -> pl.DataFrame:
    """As Excel splits: a mark inside a field is a letter. Slower by an order of magnitude than polars."""
    frames: list[pl.DataFrame] = []
    records: list[list[str]] = []
    for record in _records(_Lines(text), delimiter, usual):
        records.append((record + [""] * (width - len(record)))[:width])
        if len(records) == CHUNK_RECORDS:
            frames.append(_framed(records))
            records.clear()
    return pl.concat([*frames, _framed(records)]) if records else pl.concat(frames)


def _records(lines: _Lines, delimiter: str, usual: int) -> Iterator[list[str]]:
    """Every record. One whose quotation mark takes in whole rows is the line in which it opens, and is marked."""
    row = 0
    while True:
        reader = csv.reader(lines, delimiter=delimiter)
        try:
            for record in reader:
                if len(lines.taken) > 1:
                    _stop_where_it_runs_on(record, lines.taken, delimiter, usual)
                row += 1
                lines.taken.clear()
                yield record
            return
        except (_RunsOn, csv.Error):
            row += 1
            yield _with_open_mark(row, lines.taken, delimiter, usual)
            lines.give_back()


def _stop_where_it_runs_on(record: Sequence[str], taken: Sequence[str], delimiter: str, usual: int) -> None:
    if any(cell.count("\n") > NEWLINES_IN_A_CELL for cell in record) or _are_rows(taken, delimiter, usual):
        raise _RunsOn


def _with_open_mark(row: int, taken: Sequence[str], delimiter: str, usual: int) -> list[str]:
    """The first of the lines as it stands, the cell in which the quotation mark opens marked.

    Raises:
        DeliveryProblem: the lines behind it are no rows by themselves, so that nobody can tell where the cell ends.
    """
    cells = taken[0].rstrip("\n").split(delimiter)
    unpaired = [n for n, cell in enumerate(cells) if cell.count('"') % 2]
    if not unpaired or (len(taken) > 1 and not _are_rows(taken[1:], delimiter, usual)):
        raise DeliveryProblem("open_quotation", row=row, column=letter(unpaired[0]) if unpaired else "")
    cells[unpaired[0]] = MARKS["open_quotation"] + cells[unpaired[0]]
    return cells


def _are_rows(lines: Sequence[str], delimiter: str, usual: int) -> bool:
    """Whether each line is a whole row by itself."""
    return usual >= FEWEST_TELLING_CELLS and all(_cells_in(line, delimiter) == usual for line in lines)


def _cells_in(line: str, delimiter: str) -> int:
    """As many cells as the line has by itself, its quotation marks letters where one of them has no pair."""
    if line.count('"') % 2:
        return line.count(delimiter) + 1
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0


def _framed(records: Sequence[Sequence[str]]) -> pl.DataFrame:
    columns = zip(*records, strict=True)
    return pl.DataFrame({f"c{n}": pl.Series(column, dtype=pl.String) for n, column in enumerate(columns)})


def _blanks_as_null(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(pl.all().replace("", None))
