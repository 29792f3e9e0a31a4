"""Who a damaged record is about: the tiers of rules.md, written down a second time.

Not used by the warehouse and not derived from its SQL.
"""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from hearth.synthesis.people import check_digit

_AS_PRINTED = re.compile(r"[0-9]{17}[0-9X]")
_DOTS = str.maketrans(dict.fromkeys("·•.．‧・･∙⋅", "·"))


class Identifier(NamedTuple):
    """What an ID cell tells: the number when valid, its first 17 digits, the birth date in it."""

    valid: str = ""
    seventeen: str = ""
    birth: dt.date | None = None
    is_number: bool = False  # a number cell: its last digits are lost, the birth date in it is not


NOTHING = Identifier()


@cache
def read_identifier(cell: object) -> Identifier:
    """Reads an ID cell in any of the spellings of deliveries.md; a number cell keeps the birth date at most."""
    if isinstance(cell, float):
        return Identifier(birth=_date(f"{cell:.0f}"[6:14]), is_number=True)
    if not isinstance(cell, str):
        return NOTHING
    text = cell if _AS_PRINTED.fullmatch(cell) else _number_in(cell)
    if not text or text.startswith("999999"):
        return NOTHING
    born = _date(text[6:14])
    is_valid = born is not None and check_digit(text[:17]) == text[17]
    return Identifier(text if is_valid else "", text[:17], born)


def _number_in(cell: str) -> str:
    """The eighteen characters inside another spelling, if they are there."""
    text = re.sub(r"[\s=\"'‘’“”`]", "", unicodedata.normalize("NFKC", cell)).upper().removeprefix("G")
    if re.fullmatch(r"\d{15}", text):
        text = text[:6] + "19" + text[6:]
        text += check_digit(text)
    found = re.fullmatch(r"(\d{17}[\dX])(\d\d(B\d)?)?", text)
    return found[1] if found else ""


def _date(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


@cache
def name_key(name: str | None) -> str:
    """A name for comparing: width, blanks and middle dots unified."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", (name or "").translate(_DOTS))).translate(_DOTS)


def names_equal(one: str, other: str) -> bool:
    """Equal, where `?` matches any one character."""
    return (
        bool(one) and len(one) == len(other) and all(a == b or "?" in (a, b) for a, b in zip(one, other, strict=True))
    )


def names_compatible(one: str, other: str) -> bool:
    """Equal, or of one length and different in one character."""
    if one == other:
        return bool(one)
    if not one or len(one) != len(other):
        return False
    return sum(a != b and "?" not in (a, b) for a, b in zip(one, other, strict=True)) <= 1


@dataclass(slots=True)
class Trace:
    """What a record says about who it is about, read once."""

    identifier: Identifier
    name: str
    birth: dt.date | None
    village: str
    household_no: str = ""
    insured_no: str = ""


@dataclass(slots=True)
class SpinePerson:
    """A person of the roster, as the rosters up to M tell."""

    no: str
    household_no: str = ""
    village: str = ""
    name: str = ""
    names: set[str] = field(default_factory=set)
    birth: dt.date | None = None
    identifiers: set[str] = field(default_factory=set)
    seventeens: set[str] = field(default_factory=set)


class Outcome(NamedTuple):
    """The tier that linked a record (5: the queue), to whom, and whether rules.md leaves room for doubt."""

    tier: int
    person: str = ""
    household: str = ""
    is_doubtful: bool = False


QUEUE = Outcome(5)

Plain = tuple[frozenset[str], Outcome]
_NOBODY: Plain = (frozenset(), QUEUE)


def _plain_link(person: SpinePerson) -> Plain:
    """The names under which the roster knew somebody, and the link of a record that gives number and name alike."""
    return frozenset(person.names), Outcome(1, person.no, person.household_no)


class Resolver:
    """Resolves records against the spine of one month."""

    def __init__(self, spine: dict[str, SpinePerson], names_by_household: dict[str, set[str]]) -> None:
        """Indexes the spine by ID, by 17 digits, by birth date and village."""
        self.spine = spine
        self.names_by_household = names_by_household
        self.by_id: dict[str, list[SpinePerson]] = defaultdict(list)
        self.by_seventeen: dict[str, list[SpinePerson]] = defaultdict(list)
        self.by_birth: dict[tuple[dt.date | None, str], list[SpinePerson]] = defaultdict(list)
        for person in spine.values():
            for number in person.identifiers:
                self.by_id[number].append(person)
            for digits in person.seventeens:
                self.by_seventeen[digits].append(person)
            self.by_birth[person.birth, person.village].append(person)
        self._plain = {number: _plain_link(persons[0]) for number, persons in self.by_id.items() if len(persons) == 1}
        self.evidence: list[dict[str, set[str]]] = []
        self._direct: dict[int, tuple[Trace, Outcome]] = {}  # a record is evidence by several readings

    def learn_insured_numbers(self, *readings: Iterable[Trace]) -> None:
        """Remembers to whom each 个人编号 links directly, by each reading of which records are evidence."""
        self.evidence = [self._owners(traces) for traces in readings]

    def _owners(self, traces: Iterable[Trace]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for trace in traces:
            _, outcome = self._direct.get(id(trace)) or self._direct.setdefault(id(trace), (trace, self.direct(trace)))
            if outcome.tier < 4:
                found[trace.insured_no].add(outcome.person)
        return found

    def at_once(self, valid: str, name: str, household_no: str) -> Outcome | None:
        """The plain case of tiers 0 and 1, names and numbers equal: what nine in ten records are."""
        if household_no and name in self.names_by_household.get(household_no, ()):
            return Outcome(0, household=household_no)
        names, outcome = self._plain.get(valid, _NOBODY)
        return outcome if name in names and not household_no else None

    def resolve(self, trace: Trace) -> Outcome:
        """The first tier that links, or the queue."""
        if trace.household_no and any(
            names_compatible(trace.name, name) for name in self.names_by_household.get(trace.household_no, ())
        ):
            return Outcome(0, household=trace.household_no)
        outcome = self.direct(trace)
        if outcome.tier < 4 or not trace.insured_no:
            return outcome
        known = [owners.get(trace.insured_no, set()) for owners in self.evidence]
        agreed = [next(iter(persons)) for persons in known if len(persons) == 1]
        if not agreed or not self._compatible(trace, self.spine[agreed[0]]):
            return QUEUE
        # rules.md leaves open which records are evidence, and whether somebody else's valid ID is in the way.
        is_open = any(persons != {agreed[0]} for persons in known) or bool(self.by_id.get(trace.identifier.valid))
        return self._link(4, self.spine[agreed[0]], is_doubtful=is_open)

    def direct(self, trace: Trace) -> Outcome:
        """Tiers 1 to 3."""
        number = trace.identifier
        for tier, candidates in (
            (1, self.by_id.get(number.valid, ()) if number.valid else ()),
            (2, self.by_seventeen.get(number.seventeen, ()) if number.seventeen else ()),
        ):
            fitting = [p for p in candidates if self._compatible(trace, p)]
            exactly = [p for p in fitting if trace.name == p.name] if len(fitting) > 1 else fitting
            if len(exactly) == 1:
                return self._link(tier, exactly[0], is_doubtful=len(fitting) > 1)
        if number.valid and self.by_id.get(number.valid):
            return QUEUE
        birth = trace.birth or number.birth
        if birth and trace.village:
            fitting = [p for p in self.by_birth.get((birth, trace.village), ()) if names_equal(trace.name, p.name)]
            if len(fitting) == 1:
                return self._link(3, fitting[0], is_doubtful=number.is_number and not trace.birth)
        return QUEUE

    def _compatible(self, trace: Trace, person: SpinePerson) -> bool:
        return any(names_compatible(trace.name, name) for name in person.names)

    def _link(self, tier: int, person: SpinePerson, is_doubtful: bool = False) -> Outcome:
        return Outcome(tier, person.no, person.household_no, is_doubtful)
