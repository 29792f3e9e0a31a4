"""What is wrong with rows: cells for which a row goes to quarantine, blanks, wrong numbers, twins."""

import datetime as dt
from collections.abc import Sequence

from hearth.contracts.model import Column, Extract, ExtractKind, Kind
from hearth.synthesis.doses import Chance
from hearth.synthesis.identity_faults import unprotected
from hearth.synthesis.records import Record

BLANKABLE = {
    "pupils": ("register_status", "is_aided"),
    "students": ("study_form", "aid_yuan", "own_cost_yuan"),
    "enrolments": ("payment_status", "premium_paid_yuan"),
    "dwellings": ("grade", "is_only_dwelling"),
    "household_water": ("litres_per_day", "minutes_round_trip", "shortage_days", "quality"),
    "income": ("net_income_yuan", "income_per_capita_yuan", "previous_income_per_capita_yuan"),
}
NEUTRAL_CELLS: dict[str, tuple[str, object]] = {
    "pupils": ("class_name", "2班"),
    "members": ("work_months", 3),
    "settlements": ("admission_division", "990199"),
}
"""A cell in which two rows of one key may differ without changing anything that counts."""

IMPOSSIBLE_DATES = ("2025-02-30", "2024-13-01", "不详")
IMPOSSIBLE_TIMES = ("2025-02-30 10:20:11", "时间不详")
WORDS = ("待核实", "壹仟余", "见附件")
OUTSIDE = {
    "register_status": "状态不明",
    "reason": "其他",
    "insurance_type": "999",
    "is_refund": "9",
    "grade": "E",
    "quality": "一般般",
    "result": "待检",
}
_NEVER_FAULTY = ("divisions", "division_changes", "schemes")
_FAULTY_AT_MOST = 1 / 25
"""Of a file's rows: always fewer than the tolerance."""


def blank_some(extract: Extract, records: Sequence[Record], chance: Chance) -> None:
    """Leaves required columns blank here and there, which quarantines nothing in a snapshot."""
    if extract.name in BLANKABLE:
        open_to_damage = unprotected(records)
        for column in BLANKABLE[extract.name]:
            for record in chance.drawn("blank-cell", open_to_damage):
                record.values[column] = None


def mistake_numbers(extract: Extract, records: Sequence[Record], chance: Chance) -> None:
    """Another household's 户编号, or one that nobody has; another insured person's 个人编号."""
    match extract.name:
        case "household_water":
            rng = chance.stream("household numbers")
            numbered = [r for r in unprotected(records) if r.values["household_no"]]
            for record in chance.drawn("wrong-household-no", numbered):
                other = rng.choice(numbered).values["household_no"]
                record.values["household_no"] = f"889{rng.randrange(10**13):013d}" if rng.random() < 0.3 else other
        case "settlements":
            rng = chance.stream("insured numbers")
            for record in chance.drawn("wrong-insured-no", unprotected(records)):
                record.values["insured_no"] = rng.choice(records).values["insured_no"]


def with_key_twins(extract: Extract, records: Sequence[Record], chance: Chance) -> list[Record]:
    """A key twice in one file, the rows alike in all that counts."""
    out = list(records)
    if extract.name in NEUTRAL_CELLS:
        column, value = NEUTRAL_CELLS[extract.name]
        for place in reversed(chance.places("key-twin", len(records))):
            twin = records[place].copy()
            twin.values[column] = value
            out.insert(place + 1, twin)
    return out


def with_exact_twins(records: Sequence[Record], chance: Chance) -> list[Record]:
    """Rows that stand in the file twice."""
    sound = [place for place, record in enumerate(records) if not record.is_faulty]
    out, rng = list(records), chance.stream("places of twins")
    for place in reversed(chance.drawn("exact-twin", sound)):
        out.insert(rng.randrange(place + 1, min(len(records), place + 40) + 1), records[place].twin())
    return out


def quarantine_some(extract: Extract, records: Sequence[Record], end: dt.date, chance: Chance) -> None:
    """Makes a few rows faulty, always fewer than the tolerance; a head of the roster never is."""
    if extract.name in _NEVER_FAULTY:
        return
    sound = [r for r in unprotected(records) if extract.name != "members" or r.values["relation_to_head"] != "户主"]
    left = int(len(records) * _FAULTY_AT_MOST)
    for fault, cells in _faulty_cells(extract, end).items():
        for record in chance.drawn(fault, sound) if cells else ():
            if left and not record.is_faulty:
                column, text = chance.stream(fault).choice(cells)
                record.cells = {column: text}
                record.is_faulty = True
                left -= 1


def _faulty_cells(extract: Extract, end: dt.date) -> dict[str, list[tuple[str, str]]]:
    """By fault the columns and the texts that quarantine a row of the extract."""
    required = [column for column in extract.columns if column.required]
    future = f"{end + dt.timedelta(days=40):%Y-%m-%d}"
    return {
        "impossible-date": [
            *((c.name, text) for c in required if c.kind is Kind.DATE for text in IMPOSSIBLE_DATES),
            *((c.name, text) for c in required if c.kind is Kind.TIMESTAMP for text in IMPOSSIBLE_TIMES),
        ],
        "future-date": [(c.name, future) for c in extract.columns if c.future_is_a_fault],
        "amount-in-words": [(c.name, text) for c in required if c.kind is Kind.AMOUNT for text in WORDS],
        "missing-key": [(c.name, "") for c in required if _is_key(extract, c)],
        "code-outside": [(c.name, OUTSIDE[c.name]) for c in required if c.name in OUTSIDE and c.allowed],
    }


def _is_key(extract: Extract, column: Column) -> bool:
    return column.name in extract.key and column.kind is not Kind.IDENTIFIER


def too_many_faulty_rows(extract: Extract, records: Sequence[Record]) -> None:
    """A third of the rows with an impossible date: more than any tolerance."""
    column = next(c.name for c in extract.columns if c.required and c.kind is Kind.DATE)
    assert extract.kind is ExtractKind.EVENT
    for record in records[::3]:
        record.cells = {column: IMPOSSIBLE_DATES[0]}
