"""Medical settlements: late ones, refunds, and the exports they are delivered in."""

import datetime as dt
import random
from dataclasses import dataclass, replace

from hearth.synthesis.months import month_after, month_end
from hearth.synthesis.people import County, Person


@dataclass(frozen=True, slots=True)
class Bill:
    """One settlement; amounts in fen."""

    no: str
    person: Person
    kind: str
    at: dt.datetime
    total: int
    fund: int
    major: int
    assistance: int
    own_share: int
    own_outside: int
    is_refund: bool
    delivered: str


class Bills:
    """Every settlement of the county, with the month it is delivered in."""

    def __init__(self, county: County, rng: random.Random) -> None:
        """Nothing is settled yet."""
        self.county = county
        self._count = 0
        self.rng = rng
        self.all: list[Bill] = []

    def add(self, person: Person, kind: str, at: dt.datetime, own_share: int, own_outside: int, delivered: str) -> Bill:
        """A settlement with these own payments, the rest paid by the funds."""
        covered = int((own_share + own_outside) * self.rng.uniform(0.8, 2.5))
        major = covered // 5 if covered > 1_500_000 else 0
        help_ = covered // 12 if self.rng.random() < 0.06 else 0
        bill = Bill(
            self._number(), person, kind, at, own_share + own_outside + covered,
            covered - major - help_, major, help_, own_share, own_outside, False, delivered,
        )  # fmt: skip
        self.all.append(bill)
        return bill

    def refund(self, bill: Bill, delivered: str, share: int = 1) -> Bill:
        """What cancels a settlement: the same person and day, the opposite amounts; a part of them cancels nothing."""
        opposite = replace(
            bill, no=self._number(), total=-bill.total // share, fund=-bill.fund // share, major=-bill.major,
            assistance=-bill.assistance, own_share=-bill.own_share // share, own_outside=-bill.own_outside // share,
            at=bill.at.replace(hour=(bill.at.hour + 1) % 24), is_refund=True, delivered=delivered,
        )  # fmt: skip
        self.all.append(opposite)
        return opposite

    def year_before(self, first_month: str) -> None:
        """A year of settlements before the county's first month, delivered with it."""
        end = month_end(month_after(first_month, -1))
        for person in self._patients(0.9):
            bill = self._visit(person, end - dt.timedelta(days=self.rng.randrange(365)), first_month)
            if self.county.chance.happens("refund"):
                self.refund(bill, month_after(first_month, self.rng.choice((0, 1))))

    def month(self, month: str) -> None:
        """A month's settlements; some come a month or two late, a few are refunded."""
        end, happens = month_end(month), self.county.chance.happens
        for person in self._patients(0.3):
            late = self.rng.choice((1, 1, 1, 1, 2, 3)) if happens("late-settlement") else 0
            bill = self._visit(person, end - dt.timedelta(days=self.rng.randrange(end.day)), month_after(month, late))
            if happens("refund"):
                self.refund(bill, month_after(bill.delivered, self.rng.choice((0, 0, 1))))
            elif self.rng.random() < 0.003:
                self.refund(bill, bill.delivered, share=2)
            elif self.rng.random() < 0.002:
                twin = replace(bill, no=self._number())
                self.all.append(twin)
                self.refund(twin, bill.delivered)

    def delivered_in(self, month: str) -> list[Bill]:
        """What `month`'s files newly tell."""
        return [bill for bill in self.all if bill.delivered == month]

    def _number(self) -> str:
        self._count += 1
        return self.county.place.numbered("S", self._count, 12)

    def _patients(self, share: float) -> list[Person]:
        members = [p for p in self.county.members if not p.household.protected and not p.is_dead]
        return self.rng.choices(members, k=int(len(members) * share))

    def _visit(self, person: Person, day: dt.date, delivered: str) -> Bill:
        rng = self.rng
        day = max(day, person.birth)
        at = dt.datetime(day.year, day.month, day.day, 8 + rng.randrange(10), rng.randrange(60), rng.randrange(60))  # noqa: DTZ001 - local time, as in the files
        if rng.random() < 0.24:
            own = int(rng.lognormvariate(12.3, 0.6))
            return self.add(person, "21", at, own * 7 // 10, own - own * 7 // 10, delivered)
        own = rng.randrange(3_000, 40_000)
        return self.add(person, "11", at, own * 8 // 10, own - own * 8 // 10, delivered)
