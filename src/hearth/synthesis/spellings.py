"""How one file writes its values: the usual way of each column, and the other spellings deliveries.md names."""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hearth.contracts.model import Column, Kind
from hearth.synthesis.doses import Chance
from hearth.synthesis.records import Record


@dataclass(frozen=True)
class Style:
    """How one file writes its values."""

    is_sheet: bool
    ten_thousand: frozenset[str]  # columns headed 万元
    numbers_as_cells: bool
    dates_as_cells: bool
    flags: tuple[str, str]
    codes_as_numbers: bool


def spell(columns: Sequence[Column], records: Sequence[Record], style: Style, chance: Chance) -> list[list[Any]]:
    """The cells of the records, column by column, each with the spelling drawn for it."""
    rows = [record.values for record in records]
    by_column = [_spelled(column, [row.get(column.name) for row in rows], style, chance) for column in columns]
    index = {column.name: place for place, column in enumerate(columns)}
    for row, record in enumerate(records):
        if record.cells:
            for name, text in record.cells.items():
                by_column[index[name]][row] = text
    return by_column


def _spelled(column: Column, values: list[Any], style: Style, chance: Chance) -> list[Any]:
    cells = _usually_spelled(values, _usual(column, style))
    if column.name not in style.ten_thousand:
        _respell(column, values, cells, style, chance)
    if column.kind is Kind.AMOUNT:
        blank = [place for place, value in enumerate(values) if value is None]
        for place in chance.drawn("dash-for-nothing", blank):
            cells[place] = chance.stream("dash-for-nothing").choice(("—", "无", "-"))
    return cells


def _usually_spelled(values: list[Any], written: Callable[[Any], object]) -> list[Any]:
    if written is _same:
        return ["" if value is None else value for value in values]
    usual = {value: written(value) for value in set(values) - {None, ""}} | {None: "", "": ""}
    return [usual[value] for value in values]


def _respell(column: Column, values: list[Any], cells: list[Any], style: Style, chance: Chance) -> None:
    faults = OTHERS.get(column.kind, {})
    if not faults:
        return
    filled = [place for place, value in enumerate(values) if value is not None and value != ""]
    done: set[int] = set()
    for fault, (fits, respell) in faults.items():
        fitting = filled if fits is _any else [place for place in filled if fits(column, values[place])]
        for place in chance.drawn(fault, fitting):
            if place not in done:
                cells[place] = respell(column, values[place], chance.stream(fault))
                done.add(place)
    if style.is_sheet and column.kind is Kind.DATE:  # in a sheet a date's serial is a number
        for place in done:
            if isinstance(cells[place], str) and cells[place].isdigit() and len(cells[place]) == 5:
                cells[place] = int(cells[place])


def _usual(column: Column, style: Style) -> Callable[[Any], object]:
    """How the file writes a column's values when nothing odd happens to the cell."""
    if column.name in style.ten_thousand:
        return _ten_thousand
    match column.kind:
        case Kind.DATE:
            return _same if style.dates_as_cells else str
        case Kind.TIMESTAMP:
            return str
        case Kind.AMOUNT:
            return (lambda fen: fen / 100) if style.numbers_as_cells else (lambda fen: f"{fen / 100:.2f}")
        case Kind.NUMBER:
            return _same if style.is_sheet else str
        case Kind.FLAG:
            return dict(zip(("是", "否"), style.flags, strict=True)).__getitem__
        case Kind.DIVISION:
            return int if style.codes_as_numbers else _same
    return _same


def _same(value: object) -> object:
    return value


def _ten_thousand(fen: int) -> str:
    whole, rest = divmod(abs(fen), 1_000_000)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if fen < 0 else text


# the other spellings, by kind of column


def _any(column: Column, value: Any) -> bool:
    return True


def _is_whole_thousands(column: Column, fen: int) -> bool:
    return bool(fen) and fen % 100_000 == 0


def _variants(column: Column, value: str) -> list[str]:
    return [text for text, meaning in column.values.items() if meaning == value]


def _has_variants(column: Column, value: str) -> bool:
    return value in column.values.values()


def _date_of(form: str) -> Callable[[Column, dt.date, random.Random], object]:
    return lambda column, day, rng: form.format(day)


def _time(column: Column, at: dt.datetime, rng: random.Random) -> str:
    forms = (f"{at:%Y/%m/%d %H:%M:%S}", f"{at:%Y-%m-%d}", f"{at:%Y%m%d}", f"{at.year}年{at.month}月{at.day}日")
    return rng.choice(forms)


def _month(column: Column, month: str, rng: random.Random) -> object:
    year, number = month[:4], month[4:]
    return rng.choice((int(month), f"{year}-{number}", f"{year}年{int(number)}月", f"{year}/{number}"))


Spelling = tuple[Callable[[Column, Any], bool], Callable[[Column, Any, random.Random], object]]

OTHERS: Mapping[Kind, Mapping[str, Spelling]] = {
    Kind.DATE: {
        "date-compact": (_any, _date_of("{0:%Y%m%d}")),
        "date-slashes": (_any, _date_of("{0.year}/{0.month}/{0.day}")),
        "date-dots": (_any, _date_of("{0:%Y.%m.%d}")),
        "date-chinese": (_any, _date_of("{0.year}年{0.month}月{0.day}日")),
        "date-with-time": (_any, _date_of("{0} 00:00:00")),
        "date-serial": (_any, lambda column, day, rng: str((day - dt.date(1899, 12, 30)).days)),
    },
    Kind.TIMESTAMP: {"time-variant": (_any, _time)},
    Kind.MONTH: {"month-variant": (_any, _month)},
    Kind.AMOUNT: {
        "amount-thousands": (_any, lambda c, fen, rng: f"{rng.choice(('', '', '¥'))}{fen / 100:,.2f}"),
        "amount-sign": (_any, lambda c, fen, rng: f"￥{fen / 100:.2f}"),
        "amount-yuan": (_any, lambda c, fen, rng: f"{fen / 100:.2f}元"),
        "amount-ten-thousand": (_is_whole_thousands, lambda c, fen, rng: f"{_ten_thousand(fen)}万"),
        "amount-blanks": (_any, lambda c, fen, rng: f" {fen / 100:.2f} "),
    },
    Kind.FLAG: {
        "flag-variant": (
            _any,
            lambda c, value, rng: rng.choice(("√", "1", "Y", "是 ") if value == "是" else ("0", "N", "×", " 否")),
        )
    },
    Kind.CODE: {"code-variant": (_has_variants, lambda c, value, rng: rng.choice(_variants(c, value)))},
    Kind.NUMBER: {"number-blanks": (_any, lambda c, value, rng: rng.choice((f"{value}.0", f" {value}", f"{value} ")))},
    Kind.KEY: {"key-blanks": (_any, lambda c, value, rng: rng.choice((f" {value}", f"{value} ", f"{value}\t")))},
}
