"""The faults that real deliveries have, each with a rate, all scaled by `dirt`.

Identity is damaged in a record's values, so that the truth reads what the file will say. Everything else is a
spelling of the same value, or a cell for which the whole row goes to quarantine.
"""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hearth.contracts.model import Column, Extract, ExtractKind, Kind
from hearth.synthesis.people import RARE, SURNAMES, Person
from hearth.synthesis.records import Record
from hearth.synthesis.truth import PERSON_COLUMNS

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
DOTS = "•.．‧・"


# identity: the same number, spelled otherwise


def _lower(number: str, rng: random.Random) -> str:
    return number.lower()


def _full_width(number: str, rng: random.Random) -> str:
    return number.translate(_FULL_WIDTH)


def _blanks(number: str, rng: random.Random) -> str:
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    return rng.choice((f" {number}", f"{number} ", f"{number}\t", f"{number}\u3000", spaced))


def _quoted(number: str, rng: random.Random) -> str:
    return rng.choice((f'="{number}"', f"'{number}"))


def _fifteen(number: str, rng: random.Random) -> str:
    return number[:6] + number[8:17] if len(number) == 18 and number[6:8] == "19" else number


SPELLINGS: Sequence[tuple[float, Callable[[str, random.Random], str]]] = (
    (0.25, _lower),
    (0.004, _full_width),
    (0.005, _blanks),
    (0.004, _quoted),
    (0.002, _fifteen),
)


# identity: the number is lost, in part or wholly


def _wrong_check(number: str, rng: random.Random) -> str:
    return number[:17] + rng.choice([c for c in "0123456789X" if c != number[17]]) + number[18:]


def _typo(number: str, rng: random.Random) -> str:
    place = rng.choice((14, 15, 16, 16, 3, 13))
    return number[:place] + rng.choice([c for c in "0123456789" if c != number[place]]) + number[place + 1 :]


def _swapped(number: str, rng: random.Random) -> str:
    place = rng.randrange(6, 16)
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]


def _masked(number: str, rng: random.Random) -> str:
    return number[:6] + "********" + number[14:]


def _scientific(number: str, rng: random.Random) -> str | float:
    digits = float(number[:17] + "0")
    return digits if rng.random() < 0.4 else f"{digits:.5E}"


def _blank(number: str, rng: random.Random) -> str:
    return ""


def _placeholder(number: str, rng: random.Random) -> str:
    return rng.choice(("999999999999999999", "99999999", f"999999{number[6:14]}0000"))


def _passport(number: str, rng: random.Random) -> str:
    return f"E99{rng.randrange(10**6):06d}"


def _too_long(number: str, rng: random.Random) -> str:
    return number[:8] + number[7:]


def _somebody_elses(number: str, rng: random.Random, other: str) -> str:
    return other + number[18:]


def _several(number: str, rng: random.Random, other: str) -> str:
    return f"{number[:18]}、{other}"


LOSSES: Sequence[tuple[float, Callable[[str, random.Random], str | float]]] = (
    (0.004, _wrong_check),
    (0.003, _typo),
    (0.0005, _swapped),
    (0.003, _masked),
    (0.003, _scientific),
    (0.003, _blank),
    (0.001, _placeholder),
    (0.0003, _passport),
    (0.0005, _too_long),
)


# identity: names


def _space(name: str, rng: random.Random) -> str:
    blank = rng.choice((" ", "\u3000", "\u3000"))
    return rng.choice((f"{name[0]}{blank}{name[1:]}", f"{name}{blank}", f" {name}"))


def _one_off(name: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(name)) if len(name) > 1 else 0
    return name[:place] + "某" + name[place + 1 :] if name[place] not in "·?" else name


def _other_name(name: str, rng: random.Random) -> str:
    return f"{rng.choice(SURNAMES)}小{rng.choice('毛妹宝')}"


def _dotted(name: str, rng: random.Random) -> str:
    return name.replace("·", rng.choice(DOTS))


def _unprintable(name: str, rng: random.Random) -> str:
    return "".join(rng.choice("?？") if character in RARE else character for character in name)


NAMES: Sequence[tuple[float, Callable[[str, random.Random], str]]] = (
    (0.01, _space),
    (0.002, _one_off),
    (0.0008, _other_name),
    (0.4, _dotted),
    (0.4, _unprintable),
)

ROSTER_SHARE = 0.15
"""The roster's own IDs are lost less often than the departments'."""


def damage_identities(
    extract: Extract, records: list[Record], everybody: list[Person], dirt: float, rng: random.Random
) -> None:
    """Damages names and ID numbers in place; the cases on a boundary are spared."""
    is_roster = extract.name == "members"
    if extract.name not in PERSON_COLUMNS and not is_roster:
        return
    name, number = ("person_name", "citizen_id") if is_roster else PERSON_COLUMNS[extract.name]
    open_to_damage = _open(records)
    for rate, change in SPELLINGS:
        for record in _drawn(open_to_damage, rate * dirt, rng):
            if isinstance(record.values[number], str) and len(record.values[number]) >= 18:
                record.values[number] = change(record.values[number], rng)
    for rate, lose in LOSSES:
        for record in _drawn(open_to_damage, rate * dirt * (ROSTER_SHARE if is_roster else 1), rng):
            _lose(extract, record, number, lose, rng)
    if not is_roster and everybody:
        for rate, join in ((0.001, _somebody_elses), (0.0004, _several)):
            for record in _drawn(open_to_damage, rate * dirt, rng):
                _lose(extract, record, number, partial(join, other=rng.choice(everybody).citizen_id), rng)
    for rate, respell in NAMES:
        for record in _drawn(open_to_damage, min(1.0, rate * dirt), rng):
            if not (is_roster and respell is _other_name):
                record.values[name] = respell(record.values[name], rng)
    if extract.name == "pupils":
        for record in _drawn(open_to_damage, 0.01 * dirt, rng):
            if record.about and record.values[number] == record.about.citizen_id:
                record.values[number] = f"G{record.values[number]}"


def _drawn(records: list[Record], rate: float, rng: random.Random) -> list[Record]:
    """A sample of about this rate; the fraction of one is drawn too."""
    wanted = len(records) * rate
    count = int(wanted) + (rng.random() < wanted % 1)
    return rng.sample(records, min(count, len(records)))


def _lose(
    extract: Extract, record: Record, column: str, lose: Callable[[str, random.Random], str | float], rng: random.Random
) -> None:
    """Loses an ID; a pupil number made of it goes with it, as schools do."""
    if record.is_damaged or not record.about:
        return
    number = record.values[column]
    if not isinstance(number, str) or number[:18] != record.about.citizen_id:
        return
    record.values[column] = lose(number, rng)
    record.is_damaged = True
    if extract.name == "pupils":
        record.values["pupil_no"] = f"L{rng.randrange(10**12):018d}"


def write_numbers_out(records: list[Record]) -> None:
    """In a text file a number cell is the text a spreadsheet showed for it."""
    for record in records:
        for column in ("citizen_id", "head_citizen_id"):
            if isinstance(record.values.get(column), float):
                record.values[column] = f"{record.values[column]:.5E}"


# numbers of departments, and cells left blank

BLANKABLE = {
    "pupils": ("register_status", "is_aided"),
    "students": ("study_form", "aid_yuan", "own_cost_yuan"),
    "enrolments": ("payment_status", "premium_paid_yuan"),
    "dwellings": ("grade", "is_only_dwelling"),
    "household_water": ("litres_per_day", "minutes_round_trip", "shortage_days", "quality"),
    "income": ("net_income_yuan", "income_per_capita_yuan", "previous_income_per_capita_yuan"),
}


def blank_some(extract: Extract, records: list[Record], dirt: float, rng: random.Random) -> None:
    """Leaves required columns blank here and there, which quarantines nothing in a snapshot."""
    for column in BLANKABLE.get(extract.name, ()):
        for record in _drawn(_open(records), 0.0007 * dirt, rng):
            record.values[column] = None


def mistake_numbers(extract: Extract, records: list[Record], dirt: float, rng: random.Random) -> None:
    """Another household's 户编号, another insured person's 个人编号, a sibling's ID on the roster."""
    taken = {"household_water": ("household_no", 0.006), "settlements": ("insured_no", 0.001)}.get(extract.name)
    open_to_damage = _open(records)
    if taken and open_to_damage:
        column, rate = taken
        for record in _drawn(open_to_damage, rate * dirt, rng):
            other = rng.choice(records).values[column]
            record.values[column] = (
                f"889{rng.randrange(10**13):013d}" if column == "household_no" and rng.random() < 0.3 else other
            )
    if extract.name == "members":
        for record in _drawn(open_to_damage, 0.0004 * dirt, rng):
            household = record.home.members if record.home else []
            if len(household) > 1:
                record.values["citizen_id"] = rng.choice([p for p in household if p is not record.about]).number


def _open(records: list[Record]) -> list[Record]:
    """The cases on a boundary are spared."""
    return [r for r in records if r.home is None or not r.home.protected]


# rows that go to quarantine

UNREADABLE = {
    Kind.DATE: ("2025-02-30", "2024-13-01", "不详"),
    Kind.TIMESTAMP: ("2025-02-30 10:20:11", "时间不详"),
    Kind.AMOUNT: ("待核实", "壹仟余", "见附件"),
}
OUTSIDE = {
    "register_status": "状态不明",
    "reason": "其他",
    "insurance_type": "999",
    "is_refund": "9",
    "grade": "E",
    "quality": "一般般",
    "result": "待检",
}
QUARANTINE_RATE = 0.002


def quarantine_some(extract: Extract, records: list[Record], end: dt.date, dirt: float, rng: random.Random) -> None:
    """Makes a few rows faulty, always fewer than the tolerance."""
    if extract.name in ("divisions", "division_changes", "schemes"):
        return
    sound = [record for record in _open(records) if not _is_head(extract, record)]
    rate = QUARANTINE_RATE * (1.0 if extract.kind is ExtractKind.EVENT else 0.5 if extract.name != "members" else 0.1)
    faults = _faults(extract, end)
    for record in _drawn(sound, rate * dirt, rng)[: len(records) // 25] if faults else ():
        column, text = rng.choice(faults)
        record.cells[column] = text
        record.is_faulty = True


def _is_head(extract: Extract, record: Record) -> bool:
    return extract.name == "members" and record.values["relation_to_head"] == "户主"


def _faults(extract: Extract, end: dt.date) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for column in extract.columns:
        if column.required and column.kind in UNREADABLE:
            found += [(column.name, text) for text in UNREADABLE[column.kind]]
        if column.future_is_a_fault:
            found.append((column.name, f"{end + dt.timedelta(days=40):%Y-%m-%d}"))
        if column.name in OUTSIDE and column.required and column.allowed:
            found.append((column.name, OUTSIDE[column.name]))
        if column.name in extract.key and column.kind is not Kind.IDENTIFIER and column.required:
            found.append((column.name, ""))
    return found


# spellings of a value


@dataclass(frozen=True)
class Style:
    """How one file writes its values."""

    is_sheet: bool
    dirt: float
    ten_thousand: frozenset[str]  # columns headed 万元
    numbers_as_cells: bool
    dates_as_cells: bool
    flags: tuple[str, str]
    codes_as_numbers: bool


def plain(column: Column, style: Style) -> Callable[[Any], object]:
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
    text = f"{fen // 1_000_000}.{fen % 1_000_000:06d}" if fen >= 0 else f"-{-fen // 1_000_000}.{-fen % 1_000_000:06d}"
    return text.rstrip("0").rstrip(".")


def odd(column: Column, value: object, rng: random.Random) -> object:
    """One of the other spellings of a value that deliveries.md names, or the value's usual one."""
    match column.kind:
        case Kind.DATE:
            return _odd_date(value, rng)  # type: ignore[arg-type]
        case Kind.TIMESTAMP:
            return _odd_time(value, rng)  # type: ignore[arg-type]
        case Kind.AMOUNT:
            return _odd_amount(value, rng)  # type: ignore[arg-type]
        case Kind.FLAG:
            return rng.choice(("√", "1", "Y", "是 ") if value == "是" else ("0", "N", "×", " 否"))
        case Kind.CODE:
            spellings = [text for text, meaning in column.values.items() if meaning == value]
            return rng.choice(spellings) if spellings else value
        case Kind.MONTH:
            year, month = str(value)[:4], str(value)[4:]
            return rng.choice((int(str(value)), f"{year}-{month}", f"{year}年{int(month)}月", f"{year}/{month}"))
        case Kind.NUMBER:
            return rng.choice((f"{value}.0", f" {value}", f"{value} "))
        case Kind.KEY:
            return rng.choice((f" {value}", f"{value} ", f"{value}\t"))
    return value


def _odd_date(day: dt.date, rng: random.Random) -> object:
    serial = (day - dt.date(1899, 12, 30)).days
    short = f"{day.year}/{day.month}/{day.day}"
    chinese = f"{day.year}年{day.month}月{day.day}日"
    return rng.choice((f"{day:%Y%m%d}", short, f"{day:%Y.%m.%d}", chinese, f"{day} 00:00:00", str(serial), f" {day}"))


def _odd_time(at: dt.datetime, rng: random.Random) -> str:
    return rng.choice(
        (f"{at:%Y/%m/%d %H:%M:%S}", f"{at:%Y-%m-%d}", f"{at:%Y%m%d}", f"{at.year}年{at.month}月{at.day}日")
    )


def _odd_amount(fen: int, rng: random.Random) -> str:
    text = f"{fen / 100:.2f}"
    forms = [f" {text} ", f"￥{text}", f"{text}元", f"{fen / 100:,.2f}", f"¥{fen / 100:,.2f}"]
    if fen and fen % 100_000 == 0:
        forms.append(f"{_ten_thousand(fen)}万")
    return rng.choice(forms)


ODD_RATES = {
    Kind.DATE: 0.08,
    Kind.TIMESTAMP: 0.02,
    Kind.AMOUNT: 0.06,
    Kind.FLAG: 0.01,
    Kind.MONTH: 0.02,
    Kind.CODE: 0.02,
    Kind.NUMBER: 0.01,
    Kind.KEY: 0.002,
}


def spell(columns: Sequence[Column], records: list[Record], style: Style, rng: random.Random) -> list[list[Any]]:
    """The cells of the records in the file's column order, each with the spelling drawn for it."""
    by_column: list[list[Any]] = []
    for column in columns:
        written, name = plain(column, style), column.name
        values = [record.values.get(name) for record in records]
        cells = ["" if value is None or value == "" else written(value) for value in values]
        for place in _places(len(records), ODD_RATES.get(column.kind, 0) * style.dirt, rng):
            value = values[place]
            if value not in (None, "") and column.name not in style.ten_thousand:
                cells[place] = _as_number(odd(column, value, rng), column, style)
        if column.kind is Kind.AMOUNT and style.dirt:
            _say_nothing(column, cells, records, style, rng)
        by_column.append(cells)
    rows = [list(row) for row in zip(*by_column, strict=True)]
    index = {column.name: place for place, column in enumerate(columns)}
    for row, record in zip(rows, records, strict=True):
        for name, text in record.cells.items():
            row[index[name]] = text
    return rows


def _as_number(cell: object, column: Column, style: Style) -> object:
    """In a sheet a date's serial is a number."""
    is_serial = style.is_sheet and column.kind is Kind.DATE and isinstance(cell, str) and len(cell) == 5
    return int(cell) if is_serial else cell  # type: ignore[call-overload]


def _places(count: int, rate: float, rng: random.Random) -> list[int]:
    wanted = count * min(rate, 1.0)
    return rng.sample(range(count), min(count, int(wanted) + (rng.random() < wanted % 1)))


def _say_nothing(column: Column, cells: list[Any], records: list[Record], style: Style, rng: random.Random) -> None:
    """A dash or 无 where a cell has nothing to say."""
    empty = [place for place, record in enumerate(records) if record.values.get(column.name) is None]
    for place in rng.sample(empty, min(len(empty), int(len(empty) * 0.05 * style.dirt))):
        cells[place] = rng.choice(("—", "无", "-"))
