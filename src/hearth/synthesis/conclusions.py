"""What is true of a month: whom its records are about, and the states, levels and categories that follow.

Three readings are held together: by the tiers of rules.md as written (exact), without the records whose link
rules.md leaves open (stern), and with every record given to the person it is really about (kind). Where they
differ, the truth names every state; the exact truth does without the kind reading.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hearth.synthesis import rules
from hearth.synthesis.identity import QUEUE, Outcome, Resolver, Trace, name_key, read_identifier
from hearth.synthesis.months import month_after, month_end
from hearth.synthesis.records import Record
from hearth.synthesis.rules import Facts, Home, Values
from hearth.synthesis.truth import PERSON_COLUMNS, SNAPSHOTS, Truth

BLANK_CELLS = {
    ("pupils", "register_status"): ("EDU01", "EDU03"),
    ("pupils", "is_aided"): ("EDU03",),
    ("students", "study_form"): ("EDU02",),
    ("students", "own_cost_yuan"): ("EDU02", "INC03"),
    ("enrolments", "payment_status"): ("MED01", "MED04"),
    ("enrolments", "premium_paid_yuan"): ("MED04",),
    ("dwellings", "grade"): ("HOU01",),
    ("dwellings", "is_only_dwelling"): ("HOU01",),
    ("household_water", "litres_per_day"): ("WAT01",),
    ("household_water", "minutes_round_trip"): ("WAT01",),
    ("household_water", "shortage_days"): ("WAT01",),
    ("household_water", "quality"): ("WAT01",),
}
"""Where a required cell is blank, rules.md as written takes it for "not so"; `unknown` is a fair reading too."""
INSURED = ("enrolments", "settlements")
BY_HOUSEHOLD = ("dwellings", "disaster_rebuilds", "household_water")


@dataclass(frozen=True, slots=True)
class HouseholdMonth:
    """One row of the truth: the rules' states in their order, by the tiers as written and by every reading."""

    month: str
    household_no: str
    village: str
    member_count: int
    level: str
    category: str
    exact: tuple[str, ...]
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class MatchCount:
    """How many loaded rows of a month can be matched, and how many are beyond it."""

    source: str
    extract: str
    month: str
    recoverable: int
    beyond: int


def conclude(truth: Truth, month: str) -> tuple[list[HouseholdMonth], list[MatchCount]]:
    """Everything the warehouse must conclude for `month`; no household-months without a usable roster."""
    return _Month(truth, month).conclude() if truth.is_fresh("members", month) else ([], [])


Linked = list[tuple[Record, Outcome]]


class _Month:
    """The work on one month."""

    def __init__(self, truth: Truth, month: str) -> None:
        self.truth, self.month = truth, month
        self.scarce = truth._learn_divisions(month)
        self.now = truth._changes(month)
        self.outcomes: dict[int, Outcome] = {}
        self.open: set[int] = set()  # the records about which readings differ
        self.resolver = Resolver(*truth._spine(month, self.now))
        self._learn_insured_numbers()
        self.linked = {extract: self._linked(truth.rows(extract, month), extract) for extract in PERSON_COLUMNS}
        self.incomes = {record.values["household_no"]: record.values for record in truth.rows("income", month)}
        self.tests, self.first_delivered = self._tests(), self._first_delivered()
        self.before = [
            self._linked(truth.rows("allowances", month_after(month, -back)), "allowances") for back in (1, 2)
        ]

    def _learn_insured_numbers(self) -> None:
        """To whom each 个人编号 links directly: only of those numbers that some record needs.

        By what counts, settlements of any age among it; and by every delivery so far.
        """
        truth = self.truth
        counting = [record for extract in INSURED for record in truth.rows(extract, self.month)]
        in_need = {r.values["insured_no"] for r in counting if not self._at_once("enrolments", r)}
        given = [one for one in truth.deliveries if one.extract in INSURED and one.month <= self.month]
        needed = [r for r in counting if r.values["insured_no"] in in_need]
        every = [r for one in given for r in one.rows if r.values["insured_no"] in in_need]
        readings = ([self._placed("enrolments", r) for r in records] for records in (needed, every))
        self.resolver.learn_insured_numbers(*readings)

    def _placed(self, extract: str, record: Record) -> Trace:
        return self.truth._placed(extract, record, self.now)

    def _at_once(self, extract: str, record: Record) -> Outcome | None:
        """The link of a record that gives name and number as the roster has them."""
        name, number = PERSON_COLUMNS[extract]
        values = record.values
        valid = read_identifier(values[number]).valid
        found = self.resolver.at_once(valid, name_key(values[name]), values.get("household_no") or "")
        if found:
            self.outcomes[id(record)] = found
        return found

    def _linked(self, records: Iterable[Record], extract: str) -> Linked:
        return [(record, self._outcome(extract, record)) for record in records]

    def _outcome(self, extract: str, record: Record) -> Outcome:
        found = self.outcomes.get(id(record))
        if found is None:
            found = self._at_once(extract, record) or self.resolver.resolve(self._placed(extract, record))
            self.outcomes[id(record)] = found
        return found

    def _owner(self, record: Record) -> tuple[str, str]:
        """The person and the household a record is really about, where the roster knows them."""
        person = self.resolver.spine.get(record.about.no) if record.about else None
        return (person.no, person.household_no) if person else ("", "")

    def _is_open(self, record: Record, outcome: Outcome) -> bool:
        """Whether readings differ about a record: queued though of somebody on the roster, doubtful, or misled."""
        tier, linked, _, is_doubtful = outcome
        if is_doubtful:
            return True
        if tier and record.about and linked == record.about.no:
            return False
        person, household = self._owner(record)
        if tier == 0:
            is_of_its_home = record.home is not None and record.home.no == outcome.household
            return bool(household) and household != outcome.household and not is_of_its_home
        return linked != person

    def conclude(self) -> tuple[list[HouseholdMonth], list[MatchCount]]:
        homes = self._homes()
        exact = self._facts("exact", self.linked)
        affected = self._affected()
        near = {extract: self._near(affected, linked) for extract, linked in self.linked.items()}
        others = [self._facts(reading, near) for reading in ("stern", "kind")] if affected else []
        blanks = self._blanks()
        rows = []
        for home in homes:
            home.facts = exact
            found = rules.states(home)
            level, category = rules.level(found), rules.category(home, found)
            seen = [found]
            if home.no in blanks:
                seen.append(found | dict.fromkeys(blanks[home.no], rules.UNKNOWN))
            allowed = as_written = _union(seen)
            if home.no in affected:
                for home.facts in others:
                    seen.append(rules.states(home))
                as_written, allowed = _union(seen[:-1]), _union(seen)
            size = len(home.members)
            rows.append(HouseholdMonth(self.month, home.no, home.village, size, level, category, as_written, allowed))
        return rows, list(self._match_counts())

    def _homes(self) -> list[Home]:
        homes: dict[str, Home] = {}
        for record in self.truth.rows("members", self.month):
            values = record.values
            home = homes.setdefault(values["household_no"], Home(None, values["household_no"], "", values))  # type: ignore[arg-type]
            home.members.append(dict(values))
            if values["relation_to_head"] == "户主" or not home.village:
                home.head, home.village = values, self.truth._village(values, self.now)
        present = {no for home in homes.values() for no in home.people}
        for person in self.resolver.spine.values():
            if person.no not in present and person.household_no in homes:
                homes[person.household_no].past_members.append(person.no)
        return list(homes.values())

    def _affected(self) -> set[str]:
        found: set[str] = set()
        for linked in (*self.linked.values(), *self.before):
            for record, outcome in linked:
                if self._is_open(record, outcome):
                    found |= {outcome.household, self._owner(record)[1]}
                    self.open.add(id(record))
        return found - {""}

    def _blanks(self) -> dict[str, set[str]]:
        """The rules a blank cell bears on, by household."""
        found: dict[str, set[str]] = defaultdict(set)
        for (extract, column), codes in BLANK_CELLS.items():
            for record, outcome in self.linked[extract]:
                is_usual = column == "premium_paid_yuan" and record.values["insurance_type"] == "310"
                if record.values[column] is None and not is_usual:
                    found[outcome.household].update(codes)
        return found

    def _place(self, record: Record, outcome: Outcome, reading: str) -> tuple[str, str]:
        """The person and household of a record by one reading."""
        if reading == "exact" or id(record) not in self.open:
            return outcome.person, outcome.household
        if reading == "kind":
            return self._owner(record)
        return ("", "") if outcome.is_doubtful else (outcome.person, outcome.household)

    def _near(self, homes: set[str], linked: Linked) -> Linked:
        """The records that are, or might be, of these households."""
        return [(record, outcome) for record, outcome in linked if outcome[2] in homes or id(record) in self.open]

    def _index(self, linked: Linked, reading: str, by_household: bool = False) -> dict[str, list[Values]]:
        index: dict[str, list[Values]] = defaultdict(list)
        for record, outcome in linked:
            person, household = self._place(record, outcome, reading)
            owner = household if by_household else person
            if owner:
                index[owner].append(record.values)
        return dict(index)

    def _facts(self, reading: str, all_linked: Mapping[str, Linked]) -> Facts:
        """What counts of these records by one reading."""
        truth, month = self.truth, self.month
        index: dict[str, dict[str, list[Values]]] = {
            extract: self._index(linked, reading, extract in BY_HOUSEHOLD) for extract, linked in all_linked.items()
        }
        index.pop("temporary_relief")
        return Facts(
            month=month,
            parameters=truth.parameters,
            fresh={extract: truth.is_fresh(extract, month) for extract in SNAPSHOTS},
            allowances_before=[self._index(linked, reading) for linked in self.before],
            incomes=self.incomes,
            tests=self.tests,
            first_delivered=self.first_delivered,
            scarce_villages=self.scarce,
            refunded=_refunded(index["settlements"]),
            **index,
        )

    def _tests(self) -> dict[str, tuple[dt.date, str]]:
        latest: dict[str, tuple[dt.date, str]] = {}
        for record in self.truth.rows("quality_tests", self.month):
            scheme, day, result = (record.values[name] for name in ("scheme_no", "sampled_on", "result"))
            known = latest.get(scheme)
            if day <= month_end(self.month) and (
                known is None or (day, result == "不合格") > (known[0], known[1] == "不合格")
            ):
                latest[scheme] = day, result
        return latest

    def _first_delivered(self) -> dict[str, str]:
        first: dict[str, str] = {}
        for one in self.truth.counting("settlements", self.month):
            for record in one.rows:
                first.setdefault(record.values["settlement_no"], one.month)
        return first

    def _match_counts(self) -> Iterator[MatchCount]:
        loaded: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for one in self.truth.deliveries:
            if one.month == self.month and one.extract in PERSON_COLUMNS:
                loaded[one.source, one.extract].extend(one.rows)
        for (source, extract), records in sorted(loaded.items()):
            counted = {id(r) for one in self.truth.counting(extract, self.month) for r in one.rows}
            sure = sum(
                outcome is not QUEUE and outcome.tier < 5 and not self._is_open(record, outcome)
                for record in records
                if id(record) in counted
                for outcome in (self._outcome(extract, record),)
            )
            yield MatchCount(source, extract, self.month, sure, len(records) - sure)


def _union(seen: list[dict[str, str]]) -> tuple[str, ...]:
    """Every state that some reading gives, rule by rule, joined by `|`."""
    if all(states == seen[0] for states in seen):
        return tuple(seen[0].values())
    return tuple("|".join(sorted({states[code] for states in seen})) for code in seen[0])


def _refunded(settlements: dict[str, list[Values]]) -> frozenset[str]:
    """The settlements that refunds cancel: each one of the same person, day and opposite total."""
    cancelled: set[str] = set()
    for rows in settlements.values():
        for refund in (row for row in rows if row["is_refund"] == "1"):
            for row in rows:
                is_open = row["is_refund"] == "0" and row["settlement_no"] not in cancelled
                same_day = row["settled_at"].date() == refund["settled_at"].date()
                if is_open and same_day and row["total_yuan"] == -refund["total_yuan"]:
                    cancelled.add(row["settlement_no"])
                    break
    return frozenset(cancelled)


def as_csv(rows: list[HouseholdMonth], is_exact: bool) -> Iterator[tuple[Any, ...]]:
    """The rows of truth/household_month.csv: exact, or with every state that some reading allows."""
    for row in rows:
        states = row.exact if is_exact else row.allowed
        is_strict = is_certain(states)
        yield (
            f"{row.month[:4]}-{row.month[4:]}-01",
            row.household_no,
            row.village,
            row.member_count,
            int(is_strict),
            row.level if is_strict else "green|grey|red|yellow",
            row.category if is_strict else "*",
            *states,
        )


def is_certain(states: tuple[str, ...]) -> bool:
    """Whether each rule has one state only."""
    return not any("|" in state for state in states)
