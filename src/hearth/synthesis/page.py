"""The lines of a file: headers, rows, and everything around and between them."""

import random
from dataclasses import dataclass
from typing import Any

from hearth.contracts.model import SEQUENCE
from hearth.synthesis.layout import Layout

MERGED_DOWN = (
    "township_name",
    "village_name",
    "county_name",
    "household_no",
    "head_name",
    "head_citizen_id",
    "allowance_no",
)

Merge = tuple[int, int, int, int]


@dataclass
class Page:
    """Rows of cells with merged ranges (first row, first column, last row, last column)."""

    rows: list[Any]
    merges: list[Merge]


def compose(layout: Layout, by_column: list[list[Any]], rng: random.Random) -> Page:
    """Puts the columns on a page with everything around and between the rows."""
    headers, names = list(layout.headers), [column.name for column in layout.columns]
    if layout.strange:
        name, text = layout.strange
        headers.append(name)
        names.append("")
        by_column = [*by_column, [text] * len(by_column[0])]
    page = Page([], [])
    for text in layout.above:
        if text and layout.kind != "csv" and rng.random() < 0.5:
            page.merges.append((len(page.rows), 0, len(page.rows), len(headers) - 1))
        page.rows.append(_line(text, len(headers)))
    _head(layout, headers, page)
    if layout.has_numbering:
        first = "栏次" if names[0] == SEQUENCE else "1"
        page.rows.append([first] + [str(n) for n in range(2, len(headers) + 1)])
    rows: list[Any] = list(zip(*by_column, strict=True))
    if layout.merges_down:  # which empties cells
        rows = [list(row) for row in rows]
    segments = _body(layout, headers, names, rows, page, rng)
    if layout.merges_down:
        _merge_down(page, names, segments)
    if layout.total:
        page.rows.append(_sums(layout.total, names, rng))
    page.rows += [_line(text, len(headers)) for text in layout.below]
    return page


def _line(text: str, width: int) -> list[Any]:
    return [text] + [""] * (width - 1)


def _body(
    layout: Layout, headers: list[str], names: list[str], rows: list[list[Any]], page: Page, rng: random.Random
) -> list[tuple[int, int]]:
    """The rows with page breaks and blank rows between them; returns the stretches without a break."""
    blanks = set(rng.sample(range(1, len(rows)), min(layout.blank_rows, len(rows) - 1))) if len(rows) > 1 else set()
    breaks = set(range(layout.repeat_every, len(rows), layout.repeat_every)) if layout.repeat_every else set()
    segments: list[tuple[int, int]] = []
    start = 0
    for place in [*sorted(blanks | breaks), len(rows)]:
        segments.append((len(page.rows), len(page.rows) + place - start))
        page.rows += rows[start:place]
        start = place
        if place in breaks:
            if layout.page_total:
                page.rows.append(_sums(layout.page_total, names, rng))
            _head(layout, headers, page)
        elif place in blanks:
            page.rows.append(_line("", len(headers)))
    return segments


def _sums(label: str, names: list[str], rng: random.Random) -> list[Any]:
    """A row of sums: figures under the amounts, or none at all."""
    with_figures = rng.random() < 0.6
    sums = [str(rng.randrange(10**4, 10**6)) if with_figures and name.endswith("_yuan") else "" for name in names]
    return [label, *sums[1:]]


def _head(layout: Layout, headers: list[str], page: Page) -> None:
    """One header row, or two with the group above."""
    if not layout.has_groups:
        page.rows.append(list(headers))
        return
    top = len(page.rows)
    groups = [column.group for column in layout.columns] + [""] * (len(headers) - len(layout.columns))
    over: list[Any] = []
    under: list[Any] = []
    for place, (group, header) in enumerate(zip(groups, headers, strict=True)):
        if not group:
            page.merges.append((top, place, top + 1, place))
            over.append(header)
            under.append("")
            continue
        is_first = place == 0 or groups[place - 1] != group
        over.append(group if is_first else "")
        under.append(header)
        if is_first:
            length = next((n for n, g in enumerate(groups[place:]) if g != group), len(groups) - place)
            if length > 1:
                page.merges.append((top, place, top, place + length - 1))
    page.rows += [over, under]


def _merge_down(page: Page, names: list[str], segments: list[tuple[int, int]]) -> None:
    """Merges equal values of neighbouring rows in the columns where clerks do it."""
    for place in (place for place, name in enumerate(names) if name in MERGED_DOWN):
        for first, end in segments:
            row = first
            while row < end:
                value, last = page.rows[row][place], row
                while last + 1 < end and page.rows[last + 1][place] == value:
                    last += 1
                if last > row and value and isinstance(value, str):
                    page.merges.append((row, place, last, place))
                    for covered in range(row + 1, last + 1):
                        page.rows[covered][place] = ""
                row = last + 1
