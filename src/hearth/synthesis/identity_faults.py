"""What happens to ID numbers and names on their way into a file.

They are damaged in a record's values, so that the truth reads what the file will say.
"""

import random
from collections.abc import Callable, Mapping, Sequence

from hearth.contracts.model import Extract
from hearth.synthesis.doses import Chance
from hearth.synthesis.names import RARE, SURNAMES
from hearth.synthesis.people import Person
from hearth.synthesis.records import Record
from hearth.synthesis.truth import PERSON_COLUMNS

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_DOTS = "•.．‧・"
_DIGITS = "0123456789"

Change = Callable[[str, random.Random], str]
Loss = Callable[[str, random.Random], str | float]


def damage_identities(extract: Extract, records: Sequence[Record], everybody: Sequence[Person], chance: Chance) -> None:
    """Damages names and ID numbers in place; the cases on a boundary are spared."""
    is_roster = extract.name == "members"
    if extract.name not in PERSON_COLUMNS and not is_roster:
        return
    name, number = ("person_name", "citizen_id") if is_roster else PERSON_COLUMNS[extract.name]
    open_to_damage = unprotected(records)
    if is_roster:
        _take_relatives_numbers(open_to_damage, chance)
    _lose_numbers(extract, open_to_damage, number, everybody, chance)
    _respell_numbers(open_to_damage, number, chance)
    _respell_names(open_to_damage, name, chance)


def unprotected(records: Sequence[Record]) -> list[Record]:
    """The records without the cases on a boundary, which are spared."""
    return [record for record in records if record.home is None or not record.home.protected]


# the number is lost, in part or wholly


def _wrong_check(number: str, rng: random.Random) -> str:
    return number[:17] + rng.choice([c for c in "0123456789X" if c != number[17]]) + number[18:]


def _typo(number: str, rng: random.Random) -> str:
    place = rng.choice((14, 15, 16, 16, 3, 13))
    return number[:place] + rng.choice([c for c in _DIGITS if c != number[place]]) + number[place + 1 :]


def _swapped(number: str, rng: random.Random) -> str:
    place = rng.randrange(6, 16)
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]


def _masked(number: str, rng: random.Random) -> str:
    return number[:6] + "********" + number[14:]


def _scientific(number: str, rng: random.Random) -> str:
    return f"{_number_cell(number, rng):.5E}"


def _number_cell(number: str, rng: random.Random) -> float:
    return float(number[:17] + "0")


def _blank(number: str, rng: random.Random) -> str:
    return ""


def _placeholder(number: str, rng: random.Random) -> str:
    return rng.choice(("999999999999999999", "99999999", f"999999{number[6:14]}0000"))


def _other_document(number: str, rng: random.Random) -> str:
    return f"E99{rng.randrange(10**6):06d}"


def _too_long(number: str, rng: random.Random) -> str:
    return number[:8] + number[7:]


LOSSES: Mapping[str, Loss] = {
    "wrong-check-digit": _wrong_check,
    "id-typo": _typo,
    "id-swapped": _swapped,
    "id-too-long": _too_long,
    "masked-middle": _masked,
    "scientific": _scientific,
    "number-cell": _number_cell,
    "blank-id": _blank,
    "placeholder": _placeholder,
    "other-document": _other_document,
}


def _lose_numbers(
    extract: Extract, records: Sequence[Record], column: str, everybody: Sequence[Person], chance: Chance
) -> None:
    whole = [r for r in records if r.about and str(r.values[column])[:18] == r.about.citizen_id]
    losses = dict(LOSSES)
    if extract.name != "members":
        losses["somebody-elses"] = lambda number, rng: rng.choice(everybody).citizen_id + number[18:]
        losses["several-numbers"] = lambda number, rng: f"{number[:18]}、{rng.choice(everybody).citizen_id}"
    for fault, lose in losses.items():
        for record in chance.drawn(fault, whole):
            if not record.is_damaged:
                record.values[column] = lose(record.values[column], chance.stream(fault))
                record.is_damaged = True
                if extract.name == "pupils":  # a number made of the ID goes with it, as schools do
                    record.values["pupil_no"] = f"L{chance.stream('pupil_no').randrange(10**12):018d}"


def _take_relatives_numbers(records: Sequence[Record], chance: Chance) -> None:
    """On the roster somebody else's number is that of another member."""
    with_relatives = [r for r in records if r.home and len(r.home.members) > 1 and r.values["citizen_id"]]
    rng = chance.stream("relatives")
    for record in chance.drawn("somebody-elses", with_relatives):
        assert record.home is not None
        record.values["citizen_id"] = rng.choice([p for p in record.home.members if p is not record.about]).number
        record.is_damaged = True


def write_numbers_out(records: Sequence[Record]) -> None:
    """In a text file a number cell is the text a spreadsheet showed for it."""
    for record in records:
        if record.is_damaged:
            for column in ("citizen_id", "head_citizen_id"):
                if isinstance(record.values.get(column), float):
                    record.values[column] = f"{record.values[column]:.5E}"


# the same number, spelled otherwise


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
    return number[:6] + number[8:17]


def _with_g(number: str, rng: random.Random) -> str:
    return f"G{number}"


def _ends_in_x(number: str) -> bool:
    return number[17] == "X"


def _is_of_the_last_century(number: str) -> bool:
    return len(number) == 18 and number[6:8] == "19"


def _any(number: str) -> bool:
    return True


SPELLINGS: Mapping[str, tuple[Callable[[str], bool], Change]] = {
    "lower-case-x": (_ends_in_x, _lower),
    "full-width-digits": (_any, _full_width),
    "id-blanks": (_any, _blanks),
    "id-quoted": (_any, _quoted),
    "id-of-15": (_is_of_the_last_century, _fifteen),
    "id-with-g": (_any, _with_g),
}


def _respell_numbers(records: Sequence[Record], column: str, chance: Chance) -> None:
    whole = [r for r in records if not r.is_damaged and len(r.values[column]) >= 18]
    for fault, (fits, respell) in SPELLINGS.items():
        if fault == "id-with-g" and chance.where[1] != "pupils":
            continue
        fitting = whole if fits is _any else [r for r in whole if fits(r.values[column])]
        respelled = chance.drawn(fault, fitting)
        for record in respelled:
            record.values[column] = respell(record.values[column], chance.stream(fault))
        done = set(map(id, respelled))
        whole = [r for r in whole if id(r) not in done] if done else whole


# names


def _space(name: str, rng: random.Random) -> str:
    blank = rng.choice((" ", "\u3000", "\u3000"))
    return rng.choice((f"{name[0]}{blank}{name[1:]}", f"{name}{blank}", f" {name}"))


def _one_off(name: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(name)) if len(name) > 1 else 0
    return name[:place] + "某" + name[place + 1 :] if name[place] not in "·?" else name


def _other_name(name: str, rng: random.Random) -> str:
    return f"{rng.choice(SURNAMES)}小{rng.choice('毛妹宝')}"


def _dotted(name: str, rng: random.Random) -> str:
    return name.replace("·", rng.choice(_DOTS))


def _unprintable(name: str, rng: random.Random) -> str:
    return "".join(rng.choice("?？") if character in RARE else character for character in name)


NAMES: Mapping[str, Change] = {
    "name-blanks": _space,
    "name-one-off": _one_off,
    "name-of-another": _other_name,
    "name-dots": _dotted,
    "name-question-mark": _unprintable,
}
_SIGNS = {"name-dots": frozenset("·"), "name-question-mark": frozenset(RARE)}


def _respell_names(records: Sequence[Record], column: str, chance: Chance) -> None:
    for fault, respell in NAMES.items():
        signs = _SIGNS.get(fault)
        fitting = [r for r in records if not signs.isdisjoint(r.values[column])] if signs else records
        for record in chance.drawn(fault, fitting):
            record.values[column] = respell(record.values[column], chance.stream(fault))
