"""Households that stand exactly on a rule's line, and one step to either side of it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from hearth.synthesis.bills import Bill, Bills
from hearth.synthesis.life import Life
from hearth.synthesis.months import month_after, month_end, school_year_start
from hearth.synthesis.parameters import Parameters
from hearth.synthesis.people import County, Household, Person
from hearth.synthesis.schooling import LAST_GRADE, costless_senior_high

DAY = dt.timedelta(days=1)


class Boundaries:
    """Takes ordinary households aside and sets each on a line."""

    def __init__(self, county: County, life: Life, bills: Bills, parameters: Parameters, months: list[str]) -> None:
        """`months` are all months of the county: cases that hang on D are made for each."""
        self.county, self.life, self.bills, self.parameters, self.months = county, life, bills, parameters, months
        self.tests: list[tuple[str, dt.date, str, str]] = []
        self._free = self._plain_households()

    def _plain_households(self) -> Iterator[Household]:
        """Ordinary households with income, water and a dwelling, two members and more."""
        for household in list(self.county.households.values()):
            if len(household.members) >= 2 and household.net_income and household.water and household.dwellings:
                yield household

    def _take(self, pick: Callable[[Household], bool] = lambda household: True) -> Household | None:
        for household in self._free:
            if pick(household):
                return self._made_plain(household)
        return None

    def _made_plain(self, household: Household) -> Household:
        """Nothing but the case shall be odd about the household."""
        household.protected = True
        household.type, household.relocated, household.rebuild = "一般农户", False, None
        household.category = household.risk = household.identified = household.cleared = household.cleared_month = ""
        household.per_capita, household.previous_per_capita = 1_500_000, 1_600_000
        household.net_income = household.per_capita * len(household.members)
        household.dwellings = [{"grade": "B", "only": True, "subsidy": None, "accepted": None, "built": 2001}]
        household.water = [
            {"scheme": household.village.scheme, "litres": 60, "minutes": 0, "days": 0, "quality": "达标"}
        ]
        for person in household.members:
            person.pupil = person.student = person.disability = person.extreme = None
            person.allowance, person.ledger_reason, person.roster_id = 0, "", None
            person.insured = {
                "type": "390",
                "paid": 40_000,
                "subsidy": 0,
                "status": "已缴费",
                "year": self._year,
                "group": "",
            }
            self.county.schools.admit(person, self.county.start)
            if person.pupil:
                person.pupil["status"] = "在读"
            elif not person.student:
                person.ledger_reason = ""
        household.head.skill = "普通劳动力"
        return household

    @property
    def _year(self) -> int:
        return self.county.start.year

    def plant(self) -> int:
        """Sets every case once (those of D once a month); returns how many found a household."""
        planted = 0
        for case in self._cases():
            household = self._take()
            if household is None:
                break
            case(household)
            planted += 1
        for month in self.months:
            for case in self._cases_of_the_month(month):
                household = self._take()
                if household is None:
                    return planted
                case(household)
                planted += 1
        return planted

    def _cases(self) -> list[Callable[[Household], None]]:
        return [
            *(lambda h, fen=fen: self._income_at_line(h, fen) for fen in (-1, 0, 1)),
            *(lambda h, fen=fen: self._drop(h, fen) for fen in (-1, 0, 1)),
            *(lambda h, b=b: setattr(h, "previous_per_capita", b) for b in (0, None)),
            *(lambda h, fen=fen: self._allowance_line(h, fen) for fen in (-1, 0)),
            *(lambda h, n=n: h.water[0].update(litres=n) for n in (19, 20, 24, 25, 34, 35)),
            *(lambda h, n=n: h.water[0].update(minutes=n) for n in (15, 16, 20, 21)),
            *(lambda h, n=n: h.water[0].update(days=n) for n in (36, 37)),
            *(lambda h, n=n: self._year_to_date(h, n) for n in (-1, 0)),
            *(lambda h, n=n: self._tertiary(h, n) for n in (0, 1)),
            *(lambda h, n=n: self._premium(h, n) for n in (0, 1)),
            *(lambda h, n=n: self._cleared(h, n) for n in (5, 6)),
            self._renovated_and_relocated,
            self._two_dwellings,
            self._refunded_admission,
            self._half_refunded,
            self._uninsured_leap_child,
            *(lambda h, fen=fen: self._premium_of_the_poorest(h, fen) for fen in (0, 1)),
            *(lambda h, fen=fen: self._off_the_allowance(h, fen) for fen in (-1, 0)),
            self._partly_refunded,
            *((self._known_by_an_old_bill,) if len(self.months) > 1 else ()),
            *(
                lambda h, w=w: self._out_of_school(h, *w)
                for w in (("身体原因",), ("休学",), ("外省就读", ""), ("失学",))
            ),
        ]

    def _cases_of_the_month(self, month: str) -> list[Callable[[Household], None]]:
        end = month_end(month)
        start = end.replace(day=1)
        year = school_year_start(end)
        return [
            *(
                lambda h, d=d: self._child(h, d, at_school=False)
                for d in (dt.date(year - 6, 8, 31), dt.date(year - 6, 9, 1))
            ),
            *(
                lambda h, d=d: self._child(h, d, at_school=False)
                for d in (_years_before(end, 16), _years_before(end, 16) + DAY)
            ),
            *(lambda h, n=n: self._newborn(h, end - n * DAY, month) for n in (89, 90)),
            *(lambda h, n=n: self._accepted(h, end + n * DAY) for n in (0, 1)),
            *(lambda h, n=n: self._death(h, start + n * DAY, month) for n in (-1, 0)),
            *(lambda h, n=n: self._tested(h, end - n * DAY, "不合格", month) for n in (183, 184)),
            *(lambda h, n=n: self._admission(h, n, month) for n in (0, 1)),
            *(lambda h, back=back: self._late_admission(h, back, month) for back in (2, 3)),
            *(lambda h, n=n: self._rigid_spending(h, n, month) for n in (0, 1)),
            lambda h: self._retested(h, end - 30 * DAY, month),
            *self._cases_of_the_turn(month, end),
        ]

    def _cases_of_the_turn(self, month: str, end: dt.date) -> list[Callable[[Household], None]]:
        """What belongs to the old year and what to the new: in January, and at school in September."""
        first = end.replace(day=1)
        if end.month == 1:
            return [
                *(lambda h, day=day: self._year_spent_on(h, day, month) for day in (first - DAY, first)),
                lambda h: self._lapsed(h, month),
            ]
        if end.month == 9:
            return [
                *(lambda h, on=on: self._graduate(h, month, goes_on=on) for on in (True, False)),
                lambda h: self._enters_school(h, month),
            ]
        return []

    # income

    def _line(self, household: Household, name: str, group: str = "") -> int:
        value = self.parameters.number(name, group, household.village.code, self.county.start)
        assert value is not None
        return int(value * 100)

    def _set_income(self, household: Household, per_capita: int) -> None:
        household.per_capita = per_capita
        household.net_income = per_capita * len(household.members)
        household.previous_per_capita = per_capita

    def _income_at_line(self, household: Household, fen: int) -> None:
        self._set_income(household, self._line(household, "income_line") + fen)

    def _drop(self, household: Household, fen: int) -> None:
        household.previous_per_capita = 2_000_000
        household.per_capita = 1_400_000 + fen
        household.net_income = household.per_capita * len(household.members)

    def _allowance_line(self, household: Household, fen: int) -> None:
        self._set_income(household, self._line(household, "allowance_line") + fen)
        for person in household.members:
            person.skill = "丧失劳动力"

    # money

    def _pays(self, household: Household, kind: str, day: dt.date, fen: int, delivered: str) -> None:
        last = day == month_end(f"{day:%Y%m}")
        at = dt.datetime.combine(day, dt.time(23, 59, 59) if last else dt.time(0, 0, 0))
        self.bills.add(household.head, kind, at, fen - fen // 3, fen // 3, delivered)

    def _year_to_date(self, household: Household, fen: int) -> None:
        limit = self._line(household, "out_of_pocket_year_to_date", "other")
        first = self.county.start.replace(day=1)
        self._pays(household, "11", first, limit - 10_000, self.months[0])
        self._pays(household, "11", self.county.start, 10_000 + fen, self.months[0])

    def _year_spent_on(self, household: Household, day: dt.date, month: str) -> None:
        """The year's limit spent on one day, told of in January."""
        self._pays(household, "11", day, self._line(household, "out_of_pocket_year_to_date", "other"), month)

    def _lapsed(self, household: Household, month: str) -> None:
        """Insured until December, and not from January."""
        head = household.head
        self._in(month, lambda: setattr(head, "insured", None))

    def _admission(self, household: Household, fen: int, month: str) -> None:
        limit = self._line(household, "single_admission", "other")
        self._pays(household, "21", month_end(month), limit + fen, month)

    def _late_admission(self, household: Household, back: int, month: str) -> None:
        limit = self._line(household, "single_admission", "other")
        day = month_end(month_after(month, -back)).replace(day=1)
        self._pays(household, "21", day, limit + 100, month)

    def _rigid_spending(self, household: Household, fen: int, month: str) -> None:
        """Twelve months' spending just at the income: the day before the twelve months does not count."""
        income = household.net_income
        assert income is not None
        first = month_end(month_after(month, -12)) + DAY
        delivered = max(self.months[0], f"{first:%Y%m}")
        self._pays(household, "11", first - DAY, 100_000, delivered)
        self._pays(household, "11", first, 100_000, delivered)
        spent = sum(p.student["cost"] for p in household.members if p.student)
        self._pays(household, "11", month_end(month), income - spent - 100_000 + fen, month)

    def _refunded_admission(self, household: Household) -> None:
        limit = self._line(household, "single_admission", "other")
        self._pays(household, "21", self.county.start, limit + 50_000, self.months[0])
        self.bills.refund(self.bills.all[-1], self.months[0])

    def _half_refunded(self, household: Household) -> None:
        """Two equal settlements of a day, one refund: one remains."""
        limit = self._line(household, "single_admission", "other")
        for _ in range(2):
            self._pays(household, "21", self.county.start, limit + 50_000, self.months[0])
        first, second = self.bills.all[-2:]
        total = max(first.total, second.total)
        for place, bill in ((-2, first), (-1, second)):
            self.bills.all[place] = _with_total(bill, total)
        self.bills.refund(self.bills.all[-1], self.months[0])

    def _premium(self, household: Household, fen: int) -> None:
        household.head.allowance = 420
        insured = household.head.insured
        assert insured is not None
        standard = self.parameters.number("premium_standard", "", household.village.code, self.county.start)
        assert standard is not None
        insured.update(paid=int(standard * 50) + fen, subsidy=20_000, group="低保对象")

    def _premium_of_the_poorest(self, household: Household, fen: int) -> None:
        """In extreme poverty the subsidy leaves nothing to pay."""
        household.head.extreme = {"form": "分散供养", "care": "部分丧失"}
        insured = household.head.insured
        assert insured is not None
        insured.update(paid=fen, subsidy=40_000 - fen, group="特困人员")

    def _off_the_allowance(self, household: Household, fen: int) -> None:
        """Off the roster in the second month, with an income just under the line, or at it."""
        self._set_income(household, self._line(household, "income_line") + fen)
        household.head.allowance = 420
        household.head.insured = household.head.insured and household.head.insured | {"paid": 20_000, "subsidy": 20_000}
        if len(self.months) > 1:
            self.life.scheduled.append((self.months[1], lambda: setattr(household.head, "allowance", 0)))

    def _partly_refunded(self, household: Household) -> None:
        """A refund of another amount cancels nothing, and is netted all the same."""
        limit = self._line(household, "single_admission", "other")
        self._pays(household, "21", self.county.start, limit + 50_000, self.months[0])
        self.bills.refund(self.bills.all[-1], self.months[0], share=2)

    # people

    def _known_by_an_old_bill(self, household: Household) -> None:
        """The list never gives the number: a settlement too old for any rule goes on telling whose the 个人编号 is."""
        head = household.head
        assert head.insured is not None
        head.insured["citizen_id"] = head.passport = head.insured_again = ""
        day = month_end(month_after(self.months[0], -12))
        self._pays(household, "11", day, 10_000, self.months[0])

    def _tertiary(self, household: Household, fen: int) -> None:
        """Two students with aid, their costs together at the line."""
        for number in range(2):
            born = _years_before(self.county.start, 20) - number * 300 * DAY
            person = self._grows(household, born)
            person.student = {
                "level": "本科",
                "form": "全日制",
                "aid": 200_000,
                "cost": 500_000,
                "school": f"示例本科学校{number}",
            }
        household.members[-1].student["cost"] += fen  # type: ignore[index]

    def _grows(self, household: Household, born: dt.date) -> Person:
        person = self.county.new_person(born, "之女", household.head.name[0], "女")
        person.household = household
        person.skill = "无劳动力" if person.age_on(self.county.start) < 16 else "普通劳动力"
        person.insured = {
            "type": "390",
            "paid": 40_000,
            "subsidy": 0,
            "status": "已缴费",
            "year": self._year,
            "group": "",
        }
        household.members.append(person)
        household.net_income = household.per_capita * len(household.members)
        self.life.cases.add(person)
        return person

    def _child(self, household: Household, born: dt.date, at_school: bool) -> None:
        self._grows(household, born)

    def _out_of_school(self, household: Household, *whys: str) -> None:
        """Children of ten, each with a reason for not being at school, or none."""
        for why in whys:
            child = self._grows(household, _years_before(self.county.start, 10))
            if why == "休学":
                child.pupil = self.county.schools.pupil(child, 5, "休学")
            else:
                child.ledger_reason = why

    def _graduate(self, household: Household, month: str, goes_on: bool) -> None:
        """Nine years at school are done in September, under sixteen: at the next one, or nowhere."""
        child = self._grows(household, dt.date(int(month[:4]) - 15, 3, 10))
        child.pupil = self.county.schools.pupil(child, LAST_GRADE, "在读") | {"aided": True}

        def leave() -> None:
            child.pupil = child.pupil and child.pupil | {"status": "毕业"}
            child.student = costless_senior_high() if goes_on else None

        self._in(month, leave)

    def _enters_school(self, household: Household, month: str) -> None:
        """Six on the cutoff's day, and on the register from September on."""
        child = self._grows(household, dt.date(int(month[:4]) - 6, 8, 31))
        row = self.county.schools.pupil(child, 1, "在读") | {"aided": True}
        self._in(month, lambda: setattr(child, "pupil", row))

    def _in(self, month: str, happen: Callable[[], None]) -> None:
        """Lets something happen in a month, at once where the county begins with it."""
        if month == self.months[0]:
            happen()
        else:
            self.life.scheduled.append((month, happen))

    def _newborn(self, household: Household, born: dt.date, month: str) -> None:
        """Not insured; the roster lists the child from the month on."""
        if born <= self.county.start:
            self._grows(household, born).insured = None

    def _uninsured_leap_child(self, household: Household) -> None:
        leap = max(y for y in range(self._year - 17, self._year - 12) if y % 4 == 0)
        self._grows(household, dt.date(leap, 2, 29))

    def _death(self, household: Household, day: dt.date, month: str) -> None:
        """A death the day before the month, or on its first day, with an allowance that goes on."""
        person = household.members[-1]
        person.disability = {"kind": 4, "grade": 1, "again": ""}
        person.is_dead = True
        self.life.deaths.append((person, max(day, person.birth), month))

    def _cleared(self, household: Household, months: int) -> None:
        self.county.monitor(household, month_after(self.months[0], -12))
        household.cleared, household.cleared_month = "是", month_after(household.identified, months)

    # dwellings and water

    def _accepted(self, household: Household, day: dt.date) -> None:
        household.dwellings = [{"grade": "D", "only": True, "subsidy": 1_500_000, "accepted": day, "built": 1970}]

    def _renovated_and_relocated(self, household: Household) -> None:
        household.relocated = True
        household.dwellings[0].update(subsidy=1_500_000)

    def _two_dwellings(self, household: Household) -> None:
        household.dwellings.append({"grade": "C", "only": True, "subsidy": None, "accepted": None, "built": 1966})

    def _scheme(self) -> str:
        return f"GS{self.county.place.code}9{len(self.tests):03d}"

    def _tested(self, household: Household, day: dt.date, result: str, month: str) -> None:
        scheme = self._scheme()
        household.water[0]["scheme"] = scheme
        self.tests.append((scheme, day, result, max(self.months[0], f"{day:%Y%m}")))

    def _retested(self, household: Household, day: dt.date, month: str) -> None:
        """Twice on one day: the failure wins."""
        scheme = self._scheme()
        household.water[0]["scheme"] = scheme
        delivered = max(self.months[0], f"{day:%Y%m}")
        self.tests += [(scheme, day, "不合格", delivered), (scheme, day, "合格", delivered)]


def _years_before(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


def _with_total(bill: Bill, total: int) -> Bill:
    return replace(bill, total=total, fund=bill.fund + total - bill.total)
