"""Who lives in the county: households, persons, and what each department knows of them.

Nobody here exists: every ID number starts with area code 99, which no province has.
"""

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import mul
from typing import Any

from hearth.synthesis.divisions import Place, Village, settled_villages
from hearth.synthesis.doses import Chance
from hearth.synthesis.months import birthday, month_after, month_end
from hearth.synthesis.names import GIVEN, SURNAMES
from hearth.synthesis.schooling import Schools

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LABOURERS = ("普通劳动力", "技能劳动力")


def check_digit(seventeen: str) -> str:
    """The eighteenth character of an ID number (GB 11643)."""
    return "10X98765432"[sum(map(mul, map(int, seventeen), _WEIGHTS)) % 11]


@dataclass(slots=True, eq=False)
class Person:
    """One person, with what the departments hold about them."""

    no: str
    name: str
    sex: str
    birth: dt.date
    citizen_id: str
    insured_no: str
    relation: str
    ethnicity: str = "汉族"
    health: str = "健康"
    skill: str = "普通劳动力"
    work_months: int = 0
    roster_id: str | None = None  # what the roster holds; the ID itself where None
    household: "Household" = None  # type: ignore[assignment]
    pupil: dict[str, Any] | None = None
    student: dict[str, Any] | None = None
    ledger_reason: str = ""
    insured: dict[str, Any] | None = None
    insured_again: str = ""  # a second 个人编号, of an employee's insurance
    passport: str = ""  # instead of an ID number
    has_permit: bool = False  # the ID number is a residence permit's
    allowance: int = 0
    is_urban: bool = False
    extreme: dict[str, str] | None = None
    disability: dict[str, Any] | None = None
    is_dead: bool = False

    @property
    def number(self) -> str:
        """What departments write where the ID number goes."""
        return self.passport or self.citizen_id

    def age_on(self, day: dt.date) -> int:
        """Completed years."""
        years = day.year - self.birth.year
        return years if birthday(self.birth, years) <= day else years - 1


@dataclass(slots=True, eq=False)
class Household:
    """One household of the roster."""

    no: str
    village: Village
    type: str
    phone: str
    category: str = ""
    risk: str = ""
    identified: str = ""
    cleared: str = ""  # 是, 否 or empty
    cleared_month: str = ""
    relocated: bool = False
    members: list[Person] = field(default_factory=list)
    net_income: int | None = None  # fen; None: no income row
    per_capita: int = 0
    previous_per_capita: int | None = None
    dwellings: list[dict[str, Any]] = field(default_factory=list)
    housing_head: Person = None  # type: ignore[assignment]
    water: list[dict[str, Any]] = field(default_factory=list)
    rebuild: dict[str, Any] | None = None
    protected: bool = False  # a case on a boundary: its records are spared the faults of identity
    departments_village: Village = None  # type: ignore[assignment]
    roster_village: Village | None = None  # the old village, where the roster itself goes on writing it
    water_no: str = ""  # a household number the water bureau has wrong

    @property
    def head(self) -> Person:
        """The 户主: the first member; the last known one where nobody is left."""
        return self.members[0] if self.members else self.housing_head

    def is_actively_monitored(self, end: dt.date) -> bool:
        """Monitored, and the risk not cleared on or before `end`."""
        done = self.cleared == "是" and self.cleared_month <= f"{end:%Y%m}"
        return bool(self.category) and not done


class County:
    """The county as it is now; `life` moves it on from month to month."""

    def __init__(self, place: Place, households: int, first_month: str, rng: random.Random, chance: Chance) -> None:
        """People the county as of the end of `first_month`."""
        self.place, self.rng, self.chance = place, rng, chance
        self.start = month_end(first_month)
        self.schools = Schools(rng)
        self.villages = settled_villages(place, households, rng)
        self.households: dict[str, Household] = {}
        self.persons: list[Person] = []
        self.strangers: list[Person] = []
        self.changes: list[tuple[Village, Village, dt.date, str]] = []  # old, new, in force from, told in
        self._ids: set[str] = set()
        self._household_count = 0
        self._person_count = 0
        for _ in range(households):
            self._settle()
        for _ in range(max(3, households // 40)):
            self.strangers.append(self._stranger())

    @property
    def members(self) -> Iterable[Person]:
        """Everybody on the roster now, household by household."""
        for household in self.households.values():
            yield from household.members

    def new_household(self, village: Village, members: list[Person], kind: str = "一般农户") -> Household:
        """A household of these persons, the first of them its head."""
        self._household_count += 1
        household = Household(
            no=self.place.numbered("88", self._household_count, 14),
            village=village,
            type=kind,
            phone=f"190{self.rng.randrange(10**8):08d}",
            departments_village=village,
        )
        for person in members:
            person.household = household
        household.members = members
        household.housing_head = members[0]
        self.households[household.no] = household
        return household

    def new_person(self, birth: dt.date, relation: str, surname: str = "", sex: str = "") -> Person:
        """A person with an ID number of their own."""
        rng = self.rng
        self._person_count += 1
        sex = sex or rng.choice("男女")
        person = Person(
            no=self.place.numbered("99", self._person_count, 14),
            name=self._name(surname),
            sex=sex,
            birth=birth,
            citizen_id=self.citizen_id(birth, sex),
            insured_no=self.place.numbered("51", self._person_count, 12),
            relation=relation,
        )
        self.persons.append(person)
        return person

    def _name(self, surname: str) -> str:
        rng = self.rng
        given = rng.choice(GIVEN) if rng.random() < 0.25 else rng.choice(GIVEN) + rng.choice(GIVEN)
        return (surname or rng.choice(SURNAMES)) + given

    def citizen_id(self, birth: dt.date, sex: str, area: str = "") -> str:
        """An ID number that nobody has yet, issued in the county unless said otherwise."""
        area = area or self.place.code
        day = birth.year * 10_000 + birth.month * 100 + birth.day
        while True:
            sequence = self.rng.randrange(500) * 2 + (sex == "男")
            body = f"{area}{day}{sequence:03d}"
            if body not in self._ids:
                self._ids.add(body)
                return body + check_digit(body)

    def born(self, youngest: int, oldest: int) -> dt.date:
        """A random birth date, the age in years between the two on the county's first day."""
        days = self.rng.randrange(youngest * 365 + 100, oldest * 365 + 365)
        return self.start - dt.timedelta(days=days)

    def _stranger(self) -> Person:
        person = self.new_person(self.born(7, 60), "户主")
        village = self.rng.choice(self.villages)
        person.household = Household(
            no="", village=village, type="", phone="", members=[person], departments_village=village
        )
        self.persons.pop()
        self.schools.admit(person, self.start)
        self.insure(person, self.start.year)
        return person

    def _settle(self) -> None:
        rng = self.rng
        adults = [self.new_person(self.born(24, 78), "户主", sex="男" if rng.random() < 0.7 else "女")]
        head = adults[0]
        age = head.age_on(self.start)
        surname = head.name[0] if "·" not in head.name else ""
        if rng.random() < 0.72:
            spouse = self.new_person(
                self.born(max(20, age - 6), age + 4), "配偶", sex="女" if head.sex == "男" else "男"
            )
            adults.append(spouse)
        if age < 60 and rng.random() < 0.3:
            sex = rng.choice("男女")
            adults.append(
                self.new_person(self.born(age + 20, age + 30), "之父" if sex == "男" else "之母", surname, sex)
            )
        for _ in range(rng.choices((0, 1, 2, 3, 4), (18, 27, 33, 16, 6))[0]):
            sex = rng.choice("男女")
            young = max(0, age - 42)
            born = self.born(young, max(young + 1, min(age - 20, young + 17)))
            adults.append(self.new_person(born, "之子" if sex == "男" else "之女", surname, sex))
        household = self.new_household(rng.choice(self.villages), adults)
        self._circumstances(household)
        for person in adults:
            self.circumstances(person)
        self._economy(household)
        self._home(household)
        self._water(household)
        for person in household.members:
            self.insure(person, self.start.year)

    def circumstances(self, person: Person) -> None:
        """Health, capacity for work, schooling and allowances of a person in their household."""
        rng, age = self.rng, person.age_on(self.start)
        person.health = rng.choices(
            ("健康", "长期慢性病", "患有大病", "残疾", "残疾,长期慢性病"), cum_weights=(88, 94, 96, 98, 99)
        )[0]
        if age < 16 or age > 78:
            person.skill = "无劳动力"
        elif age > 62:
            person.skill = rng.choice(("弱劳动力或半劳动力", "丧失劳动力", "无劳动力", "普通劳动力"))
        else:
            person.skill = rng.choices(
                ("普通劳动力", "技能劳动力", "弱劳动力或半劳动力", "丧失劳动力"), cum_weights=(80, 88, 97, 100)
            )[0]
        person.work_months = rng.choice((0, 0, 6, 10)) if person.skill in LABOURERS else 0
        self.schools.admit(person, self.start)
        if "残疾" in person.health and rng.random() < 0.9:
            kind, grade = rng.randrange(1, 8), rng.randrange(1, 5)
            person.disability = {"kind": kind, "grade": grade, "again": ""}

    def insure(self, person: Person, year: int) -> None:
        """Enrols a person for a year, mostly, at the premium they are entitled to."""
        rng, household = self.rng, person.household
        if rng.random() < 0.013:
            person.insured = None
            return
        if person.age_on(self.start) > 22 and rng.random() < 0.005:
            person.insured_again = f"52{person.no[-12:]}"
        if person.age_on(self.start) > 22 and person.skill == "技能劳动力" and rng.random() < 0.6:
            person.insured = {
                "type": "310",
                "paid": None,
                "subsidy": None,
                "status": "已缴费",
                "year": year,
                "group": "",
            }
            return
        ratio, group = 0.0, ""
        if person.extreme:
            ratio, group = 1.0, "特困人员"
        elif person.allowance or household.is_actively_monitored(self.start):
            ratio, group = 0.5, "低保对象" if person.allowance else "监测对象"
        if rng.random() < 0.06:
            ratio = 0.0
        subsidy = int(40_000 * ratio)
        paid = rng.random() >= 0.006
        person.insured = {
            "type": "390",
            "paid": 40_000 - subsidy if paid else 0,
            "subsidy": subsidy if paid else 0,
            "status": "已缴费" if paid else "未缴费",
            "year": year,
            "group": group,
        }

    def _circumstances(self, household: Household) -> None:
        rng = self.rng
        household.type = "脱贫户" if rng.random() < 0.3 else "一般农户"
        household.relocated = rng.random() < 0.08
        if rng.random() < 0.13:
            self.monitor(household, month_after(f"{self.start:%Y%m}", -rng.randrange(4, 36)))
            if rng.random() < 0.45:
                household.cleared = "是"
                household.cleared_month = month_after(household.identified, rng.randrange(2, 15))
        if rng.random() < 0.07:
            for person in household.members:
                if rng.random() < 0.8:
                    person.allowance = rng.choice((310, 420, 510))
                    person.is_urban = household.no[-1] == "7"
        elif len(household.members) == 1 and rng.random() < 0.05:
            household.head.extreme = {"form": rng.choice(("分散供养", "集中供养")), "care": "部分丧失"}

    def monitor(self, household: Household, month: str) -> None:
        """Makes a household a monitored one, identified in `month`."""
        lifted = household.type == "脱贫户"
        household.category = self.rng.choice(("脱贫不稳定户" if lifted else "边缘易致贫户",) * 5 + ("突发严重困难户",))
        household.risk = self.rng.choice(
            ("因学", "因残", "因病", "因意外事故", "因务工就业不稳", "缺劳动力", "因自然灾害")
        )
        household.identified, household.cleared, household.cleared_month = month, "否", ""

    def _economy(self, household: Household) -> None:
        rng = self.rng
        if rng.random() < 0.004:
            return
        household.per_capita = int(rng.lognormvariate(9.5, 0.42)) * (-10 if rng.random() < 0.002 else 100)
        household.net_income = household.per_capita * len(household.members)
        share = rng.uniform(0.55, 0.72) if rng.random() < 0.05 else rng.uniform(0.85, 1.3)
        household.previous_per_capita = int(abs(household.per_capita) / 100 / share) * 100
        if rng.random() < 0.012:
            household.previous_per_capita = rng.choice((None, 0))

    def _home(self, household: Household) -> None:
        rng = self.rng
        if rng.random() < 0.03:
            return
        household.dwellings.append(self.dwelling(rng.choices("ABCD", (45, 47, 6, 2))[0]))
        if rng.random() < 0.04:
            household.dwellings[0]["only"] = False
            household.dwellings.append(self.dwelling(rng.choice("ABCD")) | {"only": False})
        if rng.random() < 0.01:
            household.rebuild = {"paid_on": self.start - dt.timedelta(days=rng.randrange(40, 900)), "yuan": 2_000_000}

    def dwelling(self, grade: str) -> dict[str, Any]:
        """A row in the ledger of dwellings; a bad grade mostly with works behind or before it."""
        rng = self.rng
        row: dict[str, Any] = {
            "grade": grade,
            "only": True,
            "subsidy": None,
            "accepted": None,
            "built": rng.randrange(1965, 2020),
        }
        if grade in "CD" or rng.random() < 0.05:
            row["subsidy"] = rng.choice((1_500_000, 2_500_000, 3_000_000))
            row["accepted"] = self.start - dt.timedelta(days=rng.randrange(-60, 500)) if rng.random() < 0.7 else None
        return row

    def _water(self, household: Household) -> None:
        rng = self.rng
        if rng.random() < 0.012:
            return
        row = {
            "scheme": household.village.scheme,
            "litres": rng.choice((55, 60, 70, 80)) if rng.random() < 0.96 else rng.choice((18, 20, 22, 34, 35)),
            "minutes": 0 if rng.random() < 0.9 else rng.choice((5, 10, 20, 20, 21, 30)),
            "days": 0 if rng.random() < 0.9 else rng.choice((10, 18, 36, 36, 37, 50)),
            "quality": rng.choices(("达标", "基本达标", "不达标"), (89, 10, 1))[0],
        }
        household.water.append(row)
        if rng.random() < 0.006:
            household.water.append(row | {"litres": 60, "scheme": rng.choice(self.villages).scheme})
