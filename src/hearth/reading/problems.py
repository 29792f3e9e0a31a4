"""Why a file cannot be read as it is, and what was noticed in one that can, in words for its sender.

A message says where (sheet, row, column), what is wrong, what was expected and what to do, on one line. The wordings
are the catalogue's.
"""

from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from hearth.errors import HearthError
from hearth.language import Listed, Words, filled
from hearth.reading.catalogue import NOTES, PROBLEMS, Wording

LISTED = 40
"""As many headers are named in a message; a sheet of 2,000 columns has more."""

Names = str | Sequence[str]
"""One name or several."""


class DeliveryProblem(HearthError):
    """A file that is rejected, with the place and what was expected there.

    `expected` and `found` hold headers. `sheet` is a sheet's name or several, `row` the sender's row number, `column`
    a letter, or the headers of columns that are not there. `zh` and `en` are whole messages: place, fault,
    expectation, advice.
    """

    def __init__(
        self,
        code: str,
        *,
        sheet: Names = "",
        row: int | None = None,
        column: Names = "",
        expected: Sequence[str] = (),
        found: Sequence[str] = (),
        **facts: Any,
    ) -> None:
        self.code = code
        self.sheet = sheet
        self.row = row
        self.column = column
        self.expected = tuple(expected)
        self.found = tuple(found)
        place = place_of(sheet, row, column)
        self.zh, self.en = worded(PROBLEMS[code], place, required=expected, **facts)
        super().__init__(self.en)


def note(code: str, *, sheet: str = "", row: int | None = None, **facts: Any) -> Words:
    """What is told about a file that was read."""
    return worded(NOTES[code], place_of(sheet, row), **facts)


def worded(wording: Wording, place: Words, **facts: Any) -> Words:
    """The whole message: place, what is wrong, what was expected, what to do."""
    fault, expected, advice = (filled(words, **facts) for words in (wording.fault, wording.expected, wording.advice))
    return Words(
        f"{_before(place.zh, '：')}{_ended(fault.zh, '。')}应为：{expected.zh}。{advice.zh}",
        f"{_before(place.en, ': ')}{_ended(fault.en, '.')} Expected: {expected.en}. {advice.en}",
    )


def place_of(sheet: Names = "", row: int | None = None, column: Names = "") -> Words:
    """Where in a file: sheet, row, column, as far as they are known."""
    sheets = _several(sheet)
    place = Words("工作表{sheets}", "{sheets:sheet|sheets} {sheets}") if sheets else Words("", "")
    if row:
        place = Words(f"{place.zh}第 {row} 行", f"{place.en}, row {row}")
    if column:
        is_letter = isinstance(column, str) and column.isascii()
        named = Words("{columns}列", "{columns:column|columns} {columns}")
        zh, en = Words("{letter} 列", "column {letter}") if is_letter else named
        gap = " " if is_letter or isinstance(column, Listed) else ""
        place = Words(f"{place.zh}{gap}{zh}", f"{place.en}, {en}")
    found = filled(place, sheets=sheets, columns=_several(column), letter=column)
    return Words(found.zh, found.en.removeprefix(", "))


def letter(column: int) -> str:
    """A spreadsheet's name of a column that is counted from 0."""
    return str(xl_col_to_name(column))


def lettered(headers: Sequence[str], columns: Sequence[int]) -> Listed:
    """Headers with their letters: `C 救助原因`, `D 发放日期`."""
    return Listed([f"{letter(n)} {headers[n]}" for n in columns[:LISTED]] + ["…"] * (len(columns) > LISTED))


def _several(names: Names) -> Sequence[str]:
    return [names] * bool(names) if isinstance(names, str) else names


def _before(place: str, colon: str) -> str:
    return f"{place}{colon}" if place else ""


def _ended(sentence: str, stop: str) -> str:
    return sentence if sentence.endswith(stop) else sentence + stop
