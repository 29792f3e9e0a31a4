"""What a file without the header that was expected holds instead, so that its sender is told that."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from hearth.contracts.model import Extract
from hearth.language import Words, one_line
from hearth.reading.grid import Sheet
from hearth.reading.header import SCANNED_ROWS, Header, best_header, is_printable, plain
from hearth.reading.problems import DeliveryProblem, letter, lettered

SIMILAR = 0.6
_DATUM = re.compile(r"\d{6}|\d{4}[-/.年]\d{1,2}|\d+\.\d+")


def explained(sheets: Sequence[Sheet], best: Header, extract: Extract) -> DeliveryProblem:
    """Why none of the sheets can be read as the extract; `best` is the header that came nearest."""
    required = [column.path for column in extract.columns if column.required]
    if (merged := _unseparated(sheets, required)) is not None:
        return DeliveryProblem("wrong_delimiter", row=merged, column="A", expected=required)
    if (other := _other_table(sheets, best, extract)) is not None:
        return _named(*other, extract, required)
    if len(best.positions) >= 2:
        return _missing_columns(best, required)
    return _without_header(sheets, required)


def _unseparated(sheets: Sequence[Sheet], required: Sequence[str]) -> int | None:
    """The row whose first cell holds several headers, where nothing was split."""
    words = [plain(path.rsplit("/", 1)[-1]) for path in required]
    for sheet in sheets:
        for row, cells in enumerate(sheet.top(SCANNED_ROWS), 1):
            filled = [cell for cell in cells if cell]
            if len(filled) == 1 and len(required) > 1 and sum(word in plain(filled[0]) for word in words) >= 2:
                return row
    return None


def _other_table(sheets: Sequence[Sheet], best: Header, extract: Extract) -> tuple[Header, str, Extract] | None:
    """The extract whose header is complete and fits better, as its sheet's."""
    found = [
        (header, title, other)
        for title, other in _others(extract)
        if not (header := best_header(sheets, other)).missing
    ]
    fitting = [one for one in found if len(one[0].positions) > max(2, len(best.positions))]
    return max(fitting, key=lambda one: len(one[0].positions), default=None)


def _others(extract: Extract) -> Iterator[tuple[str, Extract]]:
    from hearth.contracts import SOURCES

    for source in SOURCES:
        yield from ((source.title, other) for other in source.extracts if other.name != extract.name)


def _named(header: Header, source: str, other: Extract, extract: Extract, required: Sequence[str]) -> DeliveryProblem:
    return DeliveryProblem(
        "other_table",
        sheet=header.sheet.name,
        row=header.last + 1,
        expected=required,
        title=other.title,
        source=source,
        wanted=extract.title,
    )


def _missing_columns(best: Header, required: Sequence[str]) -> DeliveryProblem:
    shown = [n for n, header in enumerate(best.headers) if header and is_printable(header)]
    unknown = {header: n for n in shown if (header := best.headers[n]) in best.unknown}
    guesses = [
        (missing, near[0])
        for missing in best.missing
        if (near := difflib.get_close_matches(missing, unknown, n=1, cutoff=SIMILAR))
    ]
    return DeliveryProblem(
        "missing_columns",
        sheet=best.sheet.name,
        row=best.last + 1,
        column=best.missing,
        expected=best.missing,
        found=[best.headers[n] for n in shown],
        missing=best.missing,
        has=lettered(best.headers, shown),
        similar=_similar(guesses, unknown),
    )


def _similar(guesses: Sequence[tuple[str, str]], places: Mapping[str, int]) -> Words:
    """Which of the headers that are there may be meant as one that is missing."""
    near_ones = [(letter(places[near]), one_line(near), missing) for missing, near in guesses]
    return Words(
        "".join(f"；{place} 列“{near}”可能应为“{missing}”" for place, near, missing in near_ones),
        "".join(f"; column {place} “{near}” may be meant as “{missing}”" for place, near, missing in near_ones),
    )


def _without_header(sheets: Sequence[Sheet], required: Sequence[str]) -> DeliveryProblem:
    tops = [(sheet, [(n, row) for n, row in enumerate(sheet.top(SCANNED_ROWS), 1) if any(row)]) for sheet in sheets]
    filled = [(sheet, rows) for sheet, rows in tops if rows]
    if not filled:
        return DeliveryProblem("empty_file", expected=required)
    names = [sheet.name for sheet, _ in filled if sheet.name]
    is_short = all(sheet.cells.height <= SCANNED_ROWS for sheet, _ in filled)
    if is_short and all(sum(map(bool, row)) == 1 for _, rows in filled for _, row in rows):
        return DeliveryProblem("only_title", sheet=names, row=filled[0][1][0][0], expected=required)
    for sheet, rows in filled:
        first = next((n for n, row in rows if sum(map(bool, row)) > 1), None)
        if first and any(map(_DATUM.search, dict(rows)[first])):
            return DeliveryProblem("header_absent", row=first, sheet=sheet.name, expected=required)
    return DeliveryProblem("no_header", sheet=names, expected=required, rows=SCANNED_ROWS)
