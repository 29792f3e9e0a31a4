"""The tables of an HTML page, row by row: a county's roster as one page would need gigabytes as a tree."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

import lxml.etree
import polars as pl

CHUNK_ROWS = 20_000
CELLS = ("td", "th")

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, inclusive."""

Check = Callable[[int, int], None]
"""Told the rows and columns so far; raises where a table is larger than can be."""


@dataclass
class HtmlTable:
    """The cells as text (columns c0, c1, …; an empty cell is null) and what is merged, of one innermost table."""

    most_columns: int
    check: Check
    holds_another: bool = False
    height: int = 0
    width: int = 0
    merges: list[Merge] = field(default_factory=list)
    _chunks: list[pl.DataFrame] = field(default_factory=list)
    _rows: list[list[str | None]] = field(default_factory=list)
    _covered: dict[int, int] = field(default_factory=dict)

    def add(self, row: lxml.etree._Element) -> None:
        """Take a row's cells; those that a cell above reaches over are blank."""
        cells: list[str | None] = []
        for element in row:
            if element.tag in CELLS:
                self._skip_covered(cells)
                cells.append(_text(element) if len(element) else element.text)
                if element.attrib:
                    self._span(element, cells)
        self._skip_covered(cells)
        self._covered = {column: rows - 1 for column, rows in self._covered.items() if rows > 1}
        self._rows.append(cells)
        self.height += 1
        if len(cells) > self.width:
            self.width = len(cells)
            self.check(self.height, self.width)
        if len(self._rows) == CHUNK_ROWS:
            self.check(self.height, self.width)
            self._flush()

    def end(self) -> tuple[pl.DataFrame, tuple[Merge, ...]]:
        """Everything that was added. A cell that reaches below the last row ends with it."""
        self._flush()
        cells = pl.concat(self._chunks, how="diagonal") if self._chunks else pl.DataFrame()
        merges = ((top, left, min(bottom, self.height - 1), right) for top, left, bottom, right in self.merges)
        return cells, tuple(merge for merge in merges if merge[:2] != merge[2:])

    def _skip_covered(self, cells: list[str | None]) -> None:
        while self._covered and len(cells) in self._covered:
            cells.append(None)

    def _span(self, element: lxml.etree._Element, cells: list[str | None]) -> None:
        """Room to the right of the cell just added, and below it."""
        down, right = _stated(element, "rowspan"), min(_stated(element, "colspan"), self.most_columns + 1)
        if down == right == 1:
            return
        row, column = self.height, len(cells) - 1
        cells.extend([None] * (right - 1))
        if down > 1:  # one more than the rows below: the end of this row takes one off
            reach = {n: max(down, self._covered.get(n, 0)) for n in range(column, column + right)}
            self._covered.update(reach)
        self.merges.append((row, column, row + down - 1, column + right - 1))

    def _flush(self) -> None:
        if self._rows:
            columns = zip_longest(*self._rows)
            frame = pl.DataFrame({f"c{n}": pl.Series(column, dtype=pl.String) for n, column in enumerate(columns)})
            self._chunks.append(frame.with_columns(_tidied(pl.all())))
            self._rows = []


def read_tables(page: bytes, most_columns: int, check: Check) -> Iterator[tuple[pl.DataFrame, tuple[Merge, ...]]]:
    """Every table of a page in UTF-8 that holds no other table, in the order in which they end."""
    tables: list[HtmlTable] = []
    events = lxml.etree.iterparse(
        io.BytesIO(page), events=("start", "end"), tag=("table", "tr"), html=True, encoding="utf-8", huge_tree=True
    )
    for event, element in events:
        if element.tag == "table" and event == "start":
            for outer in tables:
                outer.holds_another = True
            tables.append(HtmlTable(most_columns, check))
        elif element.tag == "table" and tables:
            table = tables.pop()
            if not table.holds_another:
                yield table.end()
        elif event == "end":
            if tables and not tables[-1].holds_another:
                tables[-1].add(element)
            _forget(element)


def _forget(element: lxml.etree._Element) -> None:
    """Take a row that was read, and what stands before it, out of the tree, which otherwise grows to the whole page."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _stated(element: lxml.etree._Element, attribute: str) -> int:
    stated = (element.get(attribute) or "1").strip()
    return max(1, int(stated)) if stated.isdecimal() and len(stated) < 8 else 1


def _text(element: lxml.etree._Element) -> str:
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return "".join(element.itertext("*"))


def _tidied(text: pl.Expr) -> pl.Expr:
    """Without hard spaces and what surrounds the text; an empty cell is null."""
    return text.str.replace_all("\xa0", " ", literal=True).str.strip_chars().replace("", None)
