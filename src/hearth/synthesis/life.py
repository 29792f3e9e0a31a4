"""What happens in the county from month to month: births, deaths, splits, moves, mergers, new incomes."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import chain

from hearth.synthesis.divisions import Village
from hearth.synthesis.months import month_after, month_end
from hearth.synthesis.people import County, Household, Person


class Life:
    """The events of a county, and what departments learn of them besides the roster."""

    def __init__(self, county: County) -> None:
        """Remembers what is under way: leavers who come back, deaths not yet on the roster."""
        self.county = county
        self.away: list[tuple[Person, str]] = []
        self.dying: list[tuple[Person, str]] = []
        self.merging: list[tuple[Village, Village]] = []  # told of, and not in force yet
        self.deaths: list[tuple[Person, dt.date, str]] = []  # person, day, month the record is delivered
        self.scheduled: list[tuple[str, Callable[[], None]]] = []
        self.cases: set[Person] = set()  # whose schooling is itself a case on a boundary: September passes them by

    def before_the_first_month(self) -> None:
        """Deaths and newborns that the first month's files tell of."""
        county, rng, start = self.county, self.county.rng, self.county.start
        for household in self._some(0.008):
            if not household.protected:
                person = rng.choice(household.members)
                self._dies(person, start - dt.timedelta(days=rng.randrange(1, 90)), f"{start:%Y%m}")
        paid = [p for p in county.members if (p.allowance or p.extreme or p.disability) and not p.household.protected]
        for person in rng.sample(paid, len(paid) // 40):
            self._dies(person, start - dt.timedelta(days=rng.randrange(1, 90)), f"{start:%Y%m}")
        for household in self._some(0.01):
            self._birth(household, start - dt.timedelta(days=rng.choice((5, 30, 88, 89, 90, 91, 200))))
        for person in county.members:
            if person.age_on(start) < 4 and rng.random() < 0.02:
                person.roster_id = rng.choice(("", "999999999999999999"))

    def move_on(self, month: str, index: int) -> None:
        """Everything that happens in `month`, which is the county's `index`-th (0 is the first)."""
        end = month_end(month)
        self._merge_villages(end)
        self._returns(month)
        self._deaths(month, end)
        for household in self._some(0.004):
            self._birth(household, end - dt.timedelta(days=self.county.rng.randrange(1, 28)))
        self._leavers(month)
        self._splits()
        self._monitoring(month)
        if end.month == 9:
            self._school_starts(end)
        self._benefits()
        self._incomes(month)
        if end.month == 1:
            self._insured_anew(end.year)
        for when, happen in self.scheduled:
            if when == month:
                happen()

    def _some(self, share: float) -> Iterator[Household]:
        """Households drawn for an event; never the cases on a boundary."""
        households = [h for h in self.county.households.values() if h.members and not h.protected]
        count = max(1, round(len(households) * share))
        return iter(self.county.rng.sample(households, min(count, len(households))))

    def _dies(self, person: Person, day: dt.date, delivered: str) -> None:
        """A death: the record comes at once, the roster follows in a month or two, or never mind."""
        person.is_dead = True
        self.deaths.append((person, day, delivered))
        if self.county.rng.random() < 0.5:
            self.dying.append((person, month_after(delivered, self.county.rng.randrange(1, 3))))

    def _deaths(self, month: str, end: dt.date) -> None:
        rng = self.county.rng
        for person, when in self.dying:
            if when == month:
                self._leaves(person)
        for household in self._some(0.005):
            alive = [p for p in household.members if not p.is_dead]
            if alive:
                person = max(alive, key=lambda p: p.age_on(end))
                self._dies(person, max(end - dt.timedelta(days=rng.randrange(0, 50)), person.birth), month)

    def _leaves(self, person: Person) -> bool:
        """Off the roster; the household stays, with a new head where the head left."""
        household = person.household
        if household.protected or person not in household.members:
            return False
        household.members.remove(person)
        if person.relation == "户主" and household.members:
            heir = max(household.members, key=lambda p: p.age_on(self.county.start))
            household.members.remove(heir)
            household.members.insert(0, heir)
            heir.relation = "户主"
            for other in household.members[1:]:
                other.relation = "其他"
        return True

    def _leavers(self, month: str) -> None:
        rng = self.county.rng
        for household in self._some(0.004):
            person = rng.choice(household.members)
            if self._leaves(person) and rng.random() < 0.5 and not person.is_dead:
                self.away.append((person, month_after(month)))
        for household, other in zip(self._some(0.003), self._some(0.003), strict=True):
            person = rng.choice(household.members)
            if household is not other and not person.is_dead and self._leaves(person):
                person.household, person.relation = other, "其他"
                other.members.append(person)
        for household in self._some(0.002):
            household.village = rng.choice([v for v in self.county.villages if v.merged_into is None])

    def _returns(self, month: str) -> None:
        for person, when in self.away:
            if when == month and person not in person.household.members and not person.is_dead:
                person.relation = "其他" if person.household.members else "户主"
                person.household.members.append(person)

    def _birth(self, household: Household, day: dt.date) -> None:
        county, rng = self.county, self.county.rng
        surname = household.head.name[0] if "·" not in household.head.name else ""
        sex = rng.choice("男女")
        child = county.new_person(day, "之子" if sex == "男" else "之女", surname, sex)
        child.skill, child.household = "无劳动力", household
        if county.chance.happens("newborn-without-id"):
            child.roster_id = rng.choice(("", "999999999999999999"))
        if rng.random() < 0.6:
            county.insure(child, county.start.year)
        household.members.append(child)

    def _splits(self) -> None:
        """A grown member founds a household of their own, with a new number in the same village."""
        for household in list(self._some(0.003)):
            grown = [p for p in household.members[1:] if p.age_on(self.county.start) >= 20 and not p.is_dead]
            if not grown:
                continue
            person = self.county.rng.choice(grown)
            household.members.remove(person)
            person.relation = "户主"
            new = self.county.new_household(household.village, [person], household.type)
            new.departments_village = household.departments_village
            if self.county.rng.random() < 0.6:
                new.water = [dict(row) for row in household.water[:1]]
                new.water_no = household.no if self.county.chance.happens("old-household-no") else ""
            new.per_capita = household.per_capita
            new.net_income = household.per_capita if household.net_income is not None else None
            new.previous_per_capita = household.previous_per_capita

    def _merge_villages(self, end: dt.date) -> None:
        """A village becomes part of its neighbour; the departments write the old one for months."""
        county, rng = self.county, self.county.rng
        for old, new in self.merging:
            old.merged_into = new
        self.merging = []
        untouched = [v for v in county.villages if v.merged_into is None]
        for old in county.chance.drawn("renumbered-village", untouched):
            neighbours = [v for v in untouched if v.township == old.township and v is not old]
            if not neighbours or old not in untouched:
                continue
            new = rng.choice(neighbours)
            untouched = [v for v in untouched if v not in (old, new)]
            if rng.random() < 0.3:
                self.merging.append((old, new))
                county.changes.append((old, new, end + dt.timedelta(days=1), f"{end:%Y%m}"))
            else:
                old.merged_into = new
                county.changes.append((old, new, end.replace(day=1), f"{end:%Y%m}"))
        for household in county.households.values():
            if household.village.merged_into:
                household.roster_village = household.village if rng.random() < 0.1 else None
                household.village = household.village.now

    def _monitoring(self, month: str) -> None:
        county, rng = self.county, self.county.rng
        for household in self._some(0.004):
            if not household.category:
                county.monitor(household, month)
        for household in self._some(0.05):
            if household.category and household.cleared == "否":
                household.cleared = "是"
                household.cleared_month = month_after(month, rng.choice((0, 0, 0, 0, 1)))

    def _benefits(self) -> None:
        """Some go off the allowance, some come onto it; a pupil comes and goes."""
        rng = self.county.rng
        on = [h for h in self.county.households.values() if any(p.allowance for p in h.members) and not h.protected]
        for household in rng.sample(on, len(on) // 25):
            for person in household.members:
                person.allowance = 0
        for household in self._some(0.004):
            household.head.allowance = household.head.allowance or 420
        for household in self._some(0.01):
            for person in household.members:
                if person.pupil and person.pupil["status"] in ("在读", "休学", "辍学"):
                    person.pupil = person.pupil | {"status": rng.choice(("在读", "在读", "休学", "辍学"))}

    def _incomes(self, month: str) -> None:
        rng = self.county.rng
        for household in self._some(0.1):
            if household.net_income is not None:
                household.per_capita = int(household.per_capita / 100 * rng.uniform(0.9, 1.1)) * 100
                household.net_income = household.per_capita * len(household.members)

    def _school_starts(self, end: dt.date) -> None:
        """In September all move on: up a grade, to the next school, or out; new children enter."""
        schools = self.county.schools
        for person in chain(self.county.persons, self.county.strangers):
            if person in self.cases:
                continue
            if person.household.protected:
                schools.new_year_without_chance(person, end)
            elif person.is_dead:  # the school has known for a while
                person.pupil = person.student = None
            else:
                schools.new_year(person, end)

    def _insured_anew(self, year: int) -> None:
        """In January everybody is enrolled for the new year; a case on a boundary as it was."""
        for person in chain(self.county.persons, self.county.strangers):
            if person.household.protected:
                person.insured = person.insured and person.insured | {"year": year}
            elif not person.is_dead:
                self.county.insure(person, year)
