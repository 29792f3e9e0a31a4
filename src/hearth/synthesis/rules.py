"""The twenty rules of rules.md in plain Python: one function a rule, read from the text alone.

Never derived from the warehouse's SQL: this is the second opinion. Amounts are whole fen.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from hearth.synthesis.months import birthday, month_after, month_end, school_year_start
from hearth.synthesis.parameters import Parameters
from hearth.synthesis.people import LABOURERS

FLAGGED, CLEAR, EXEMPT, UNKNOWN = "flagged", "clear", "exempt", "unknown"
Values = Mapping[str, Any]
Rows = Mapping[str, Sequence[Values]]


@dataclass
class Facts:
    """What counts for one month, by person or by household."""

    month: str
    parameters: Parameters
    fresh: Mapping[str, bool]
    pupils: Rows
    not_in_school: Rows
    students: Rows
    enrolments: Rows
    settlements: Rows
    dwellings: Rows
    disaster_rebuilds: Rows
    household_water: Rows
    allowances: Rows
    allowances_before: Sequence[Rows]  # the rosters that counted for the two months before
    extreme_poverty: Rows
    disability_allowances: Rows
    deaths: Rows
    incomes: Mapping[str, Values]
    tests: Mapping[str, tuple[dt.date, str]]  # the scheme's latest up to D
    first_delivered: Mapping[str, str]
    scarce_villages: frozenset[str]
    refunded: frozenset[str] = frozenset()

    @cached_property
    def end(self) -> dt.date:
        """D, the month's last day."""
        return month_end(self.month)

    @cached_property
    def start(self) -> dt.date:
        """The month's first day."""
        return self.end.replace(day=1)


@dataclass
class Home:
    """A household of the month: its head's row, its members, and who was last seen in it."""

    facts: Facts
    no: str
    village: str
    head: Values
    members: list[Values] = field(default_factory=list)
    past_members: list[str] = field(default_factory=list)

    def parameter(self, name: str, group: str = "") -> Decimal | None:
        """A parameter for this household's village on D."""
        return self.facts.parameters.number(name, group, self.village, self.facts.end)

    def of_members(self, rows: Rows) -> list[Values]:
        """The members' rows of an extract."""
        return [row for member in self.members for row in rows.get(member["person_no"], ())]

    @property
    def bills(self) -> list[tuple[dt.date, Values]]:
        """The members' settlements, each with its day."""
        return [(row["settled_at"].date(), row) for row in self.of_members(self.facts.settlements)]

    @property
    def people(self) -> list[str]:
        """Members' person numbers."""
        return [member["person_no"] for member in self.members]

    @property
    def is_cleared(self) -> bool:
        """The risk is cleared on or before D."""
        month = self.head["cleared_month"]
        return self.head["is_risk_cleared"] == "是" and month is not None and month <= self.facts.month

    @property
    def is_monitored(self) -> bool:
        """Actively monitored."""
        return bool(self.head["monitored_category"]) and not self.is_cleared

    @property
    def group(self) -> str:
        """assisted or other."""
        return "assisted" if self.head["household_type"] == "脱贫户" or self.is_monitored else "other"

    @property
    def has_labour(self) -> bool:
        """Somebody can work."""
        return any(member["labour_skill"] in LABOURERS for member in self.members)

    def is_supported(self) -> bool:
        """A member stands on the allowance or extreme-poverty roster of M."""
        return any(no in self.facts.allowances or no in self.facts.extreme_poverty for no in self.people)

    @property
    def income(self) -> Values | None:
        """The household's income row."""
        return self.facts.incomes.get(self.no)


def _state(is_flagged: bool) -> str:
    return FLAGGED if is_flagged else CLEAR


def _own(row: Values) -> int:
    return row["own_share_yuan"] + row["own_outside_yuan"]


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def edu01(home: Home) -> str:
    """A member of compulsory age is neither on the register as 在读 nor a student."""
    facts, end = home.facts, home.facts.end
    age_from, age_to = home.parameter("compulsory_age_from"), home.parameter("compulsory_age_to")
    cutoff_text = facts.parameters.text("compulsory_cutoff", "", home.village, end)
    assert age_from is not None and age_to is not None and cutoff_text is not None
    cutoff = dt.date.fromisoformat(f"{school_year_start(end)}-{cutoff_text}")
    states = set()
    for member in home.members:
        no, birth = member["person_no"], member["birth_date"]
        if birthday(birth, int(age_from)) > cutoff or birthday(birth, int(age_to)) <= end:
            continue
        rows = facts.pupils.get(no, ())
        if no in facts.students or any(row["register_status"] == "在读" for row in rows):
            continue
        is_excused = any(row["register_status"] == "休学" for row in rows) or any(
            row["reason"] in ("身体原因", "延缓入学", "外省就读") for row in facts.not_in_school.get(no, ())
        )
        states.add(EXEMPT if is_excused else FLAGGED)
    return FLAGGED if FLAGGED in states else EXEMPT if states else CLEAR


def edu02(home: Home) -> str:
    """Two full-time tertiary students, one without aid or dear together."""
    limit = home.parameter("tertiary_own_cost")
    found = {}
    for no in home.people:
        rows = [
            row
            for row in home.facts.students.get(no, ())
            if row["study_form"] == "全日制" and row["education_level"] in ("高职高专", "本科")
        ]
        if rows:
            found[no] = rows
    if len(found) < 2 or limit is None:
        return CLEAR
    rows = [row for rows in found.values() for row in rows]
    is_without_aid = any(not row["aid_yuan"] for row in rows)
    return _state(is_without_aid or _yuan(sum(row["own_cost_yuan"] or 0 for row in rows)) > limit)


def edu03(home: Home) -> str:
    """A pupil without aid in a household that ought to have it."""
    is_entitled = home.head["household_type"] == "脱贫户" or home.is_monitored or home.is_supported()
    pupils = home.of_members(home.facts.pupils)
    return _state(is_entitled and any(row["register_status"] == "在读" and row["is_aided"] == "否" for row in pupils))


def _paid_enrolments(home: Home, person: str) -> list[Values]:
    rows = home.facts.enrolments.get(person, ())
    year = home.facts.end.year
    return [row for row in rows if row["enrolment_year"] == year and row["payment_status"] == "已缴费"]


def med01(home: Home) -> str:
    """A member past the newborn's grace is not insured for the year."""
    grace = home.parameter("newborn_grace_days")
    assert grace is not None
    old_enough = [m for m in home.members if (home.facts.end - m["birth_date"]).days >= grace]
    return _state(any(not _paid_enrolments(home, member["person_no"]) for member in old_enough))


def med02(home: Home) -> str:
    """The members' own payments of the year reach the line."""
    limit = home.parameter("out_of_pocket_year_to_date", home.group)
    if limit is None:
        return UNKNOWN
    first, end = home.facts.end.replace(month=1, day=1), home.facts.end
    rows = [row for day, row in home.bills if first <= day <= end]
    return _state(_yuan(sum(map(_own, rows))) >= limit)


def med03(home: Home) -> str:
    """One admission above the line, new this month."""
    limit, back = home.parameter("single_admission", home.group), home.parameter("late_admission_months")
    if limit is None or back is None:
        return UNKNOWN
    facts = home.facts
    earliest = month_end(month_after(facts.month, -1 - int(back))) + dt.timedelta(days=1)

    def counts(day: dt.date, row: Values) -> bool:
        is_late = facts.first_delivered[row["settlement_no"]] == facts.month and earliest <= day < facts.start
        return (facts.start <= day <= facts.end) or is_late

    return _state(
        any(
            row["medical_type"] == "21" and row["is_refund"] == "0" and row["settlement_no"] not in facts.refunded
            and counts(day, row) and _yuan(_own(row)) > limit
            for day, row in home.bills
        )
    )  # fmt: skip


def med04(home: Home) -> str:
    """A premium above what the subsidy leaves."""
    standard = home.parameter("premium_standard")
    if standard is None:
        return UNKNOWN
    for no in home.people:
        if no in home.facts.extreme_poverty:
            ratio = home.parameter("premium_subsidy_ratio", "extreme_poverty")
        elif no in home.facts.allowances:
            ratio = home.parameter("premium_subsidy_ratio", "allowance")
        elif home.is_monitored:
            ratio = home.parameter("premium_subsidy_ratio", "monitored")
        else:
            continue
        assert ratio is not None
        for row in _paid_enrolments(home, no):
            if row["insurance_type"] == "390" and _yuan(row["premium_paid_yuan"] or 0) > standard * (1 - ratio):
                return FLAGGED
    return CLEAR


def hou01(home: Home) -> str:
    """The only dwelling is C or D and its works are not accepted."""
    rows = home.facts.dwellings.get(home.no, ())
    if not rows:
        return UNKNOWN
    end = home.facts.end
    return _state(
        any(
            row["grade"] in ("C", "D") and row["is_only_dwelling"] == "是"
            and not (row["accepted_on"] and row["accepted_on"] <= end)
            for row in rows
        )
    )  # fmt: skip


def hou02(home: Home) -> str:
    """Aid for the dwelling twice."""
    is_aided = any((row["subsidy_yuan"] or 0) > 0 for row in home.facts.dwellings.get(home.no, ()))
    return _state(is_aided and (home.head["is_relocated"] == "是" or home.no in home.facts.disaster_rebuilds))


def wat01(home: Home) -> str:
    """Bad, scarce, far or failing water, or a scheme whose latest test failed."""
    rows = home.facts.household_water.get(home.no, ())
    if not rows:
        return UNKNOWN
    litres = home.parameter("water_litres_minimum", "scarce" if home.village in home.facts.scarce_villages else "")
    minutes, days = home.parameter("water_minutes_maximum"), home.parameter("water_shortage_days_maximum")
    assert litres is not None and minutes is not None and days is not None
    for row in rows:
        test = home.facts.tests.get(row["scheme_no"])
        too_little = row["litres_per_day"] is not None and row["litres_per_day"] < litres
        too_far = (row["minutes_round_trip"] or 0) > minutes
        too_often_dry = (row["shortage_days"] or 0) > days
        has_failed = test is not None and test[1] == "不合格" and not _is_overdue(home, test[0])
        if row["quality"] == "不达标" or too_little or too_far or too_often_dry or has_failed:
            return FLAGGED
    return CLEAR


def wat02(home: Home) -> str:
    """The scheme's latest test is too old, or there is none."""
    rows = home.facts.household_water.get(home.no, ())
    if not rows:
        return UNKNOWN
    tests = [home.facts.tests.get(row["scheme_no"]) for row in rows]
    return _state(any(test is None or _is_overdue(home, test[0]) for test in tests))


def _is_overdue(home: Home, sampled: dt.date) -> bool:
    interval = home.parameter("water_test_interval_days")
    assert interval is not None
    return (home.facts.end - sampled).days > interval


def civ01(home: Home) -> str:
    """Somebody died before the month and still stands on a roster."""
    facts = home.facts
    for no in (*home.people, *home.past_members):
        has_died = any(row["died_on"] < facts.start for row in facts.deaths.get(no, ()))
        if has_died and (no in facts.allowances or no in facts.extreme_poverty or no in facts.disability_allowances):
            return FLAGGED
    return CLEAR


def _per_capita(home: Home) -> int | None:
    return home.income["income_per_capita_yuan"] if home.income else None


def civ02(home: Home) -> str:
    """Poorer than the allowance line, nobody who can work, and no support."""
    income, line = _per_capita(home), home.parameter("allowance_line")
    if income is None or line is None:
        return UNKNOWN
    return _state(_yuan(income) < line and not home.has_labour and not home.is_supported())


def civ04(home: Home) -> str:
    """Off the allowance and still under the line."""
    income, line = _per_capita(home), home.parameter("income_line")
    if income is None or line is None:
        return UNKNOWN
    was_on = any(no in roster for no in home.people for roster in home.facts.allowances_before)
    is_on = any(no in home.facts.allowances for no in home.people)
    return _state(was_on and not is_on and _yuan(income) < line)


def inc01(home: Home) -> str:
    """Income under the line."""
    income, line = _per_capita(home), home.parameter("income_line")
    return UNKNOWN if income is None or line is None else _state(_yuan(income) < line)


def inc02(home: Home) -> str:
    """Income fell by the share or more."""
    share = home.parameter("income_drop_share")
    if home.income is None or share is None:
        return UNKNOWN
    now, before = home.income["income_per_capita_yuan"], home.income["previous_income_per_capita_yuan"]
    if before is not None and before <= 0:
        return CLEAR
    return UNKNOWN if before is None or now is None else _state(before - now >= share * before)


def inc03(home: Home) -> str:
    """Twelve months' own payments and the students' costs exceed the income."""
    if home.income is None or home.income["net_income_yuan"] is None:
        return UNKNOWN
    first = month_end(month_after(home.facts.month, -12)) + dt.timedelta(days=1)
    bills = [row for day, row in home.bills if first <= day <= home.facts.end]
    studies = sum(row["own_cost_yuan"] or 0 for row in home.of_members(home.facts.students))
    return _state(sum(map(_own, bills)) + studies > home.income["net_income_yuan"])


def lab01(home: Home) -> str:
    """Nobody can work."""
    return _state(not home.has_labour)


def mon02(home: Home) -> str:
    """Cleared too soon after identification."""
    minimum, identified = home.parameter("clearing_months_minimum"), home.head["identified_month"]
    if not home.head["monitored_category"] or not home.is_cleared or not identified or minimum is None:
        return CLEAR
    cleared = home.head["cleared_month"]
    months = (int(cleared[:4]) - int(identified[:4])) * 12 + int(cleared[4:]) - int(identified[4:])
    return _state(months < minimum)


def mon03(home: Home) -> str:
    """Cleared though nobody can work."""
    return _state(bool(home.head["monitored_category"]) and home.is_cleared and not home.has_labour)


@dataclass(frozen=True)
class Rule:
    """A rule with its severity and the snapshots without which it is unknown."""

    code: str
    severity: str
    needs: tuple[str, ...]
    state: Callable[[Home], str]


RULES = (
    Rule("EDU01", "red", ("pupils", "students"), edu01),
    Rule("EDU02", "yellow", ("students",), edu02),
    Rule("EDU03", "yellow", ("pupils", "allowances", "extreme_poverty"), edu03),
    Rule("MED01", "red", ("enrolments",), med01),
    Rule("MED02", "red", (), med02),
    Rule("MED03", "yellow", (), med03),
    Rule("MED04", "yellow", ("enrolments", "allowances", "extreme_poverty"), med04),
    Rule("HOU01", "red", ("dwellings",), hou01),
    Rule("HOU02", "yellow", (), hou02),
    Rule("WAT01", "red", ("household_water",), wat01),
    Rule("WAT02", "yellow", ("household_water",), wat02),
    Rule("CIV01", "yellow", ("allowances", "extreme_poverty", "disability_allowances"), civ01),
    Rule("CIV02", "red", ("income", "allowances", "extreme_poverty"), civ02),
    Rule("CIV04", "yellow", ("income", "allowances"), civ04),
    Rule("INC01", "yellow", ("income",), inc01),
    Rule("INC02", "yellow", ("income",), inc02),
    Rule("INC03", "red", ("income", "students"), inc03),
    Rule("LAB01", "yellow", (), lab01),
    Rule("MON02", "yellow", (), mon02),
    Rule("MON03", "yellow", (), mon03),
)
"""In the order of the truth's columns."""

_COMPANIONS = ("EDU01", "EDU02", "MED02", "MED03", "HOU01", "WAT01", "INC02", "INC03", "LAB01")
_GUARANTEES = ("EDU01", "MED01", "HOU01", "WAT01", "INC01")


def states(home: Home) -> dict[str, str]:
    """Each rule's state for a household."""
    fresh = home.facts.fresh
    return {rule.code: rule.state(home) if all(fresh[need] for need in rule.needs) else UNKNOWN for rule in RULES}


def level(found: Mapping[str, str]) -> str:
    """Red, yellow, grey or green."""
    flagged = {rule.severity for rule in RULES if found[rule.code] == FLAGGED}
    if flagged:
        return "red" if "red" in flagged else "yellow"
    return "grey" if any(found[code] == UNKNOWN for code in _GUARANTEES) else "green"


def category(home: Home, found: Mapping[str, str]) -> str:
    """The category worth verifying; empty for an actively monitored household."""
    if home.is_monitored:
        return ""
    if found["INC01"] == FLAGGED and any(found[code] == FLAGGED for code in _COMPANIONS):
        return "unstable" if home.head["household_type"] == "脱贫户" else "marginal"
    if found["INC01"] == CLEAR and FLAGGED in (found["INC03"], found["MED02"]):
        return "sudden_hardship"
    return ""
