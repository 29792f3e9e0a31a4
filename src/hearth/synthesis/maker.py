"""One county in the making: its people, its months, its deliveries and what must be concluded from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hearth.synthesis import parameters
from hearth.synthesis.bills import Bills
from hearth.synthesis.boundaries import Boundaries
from hearth.synthesis.conclusions import HouseholdMonth, MatchCount, conclude
from hearth.synthesis.deliveries import Deliveries
from hearth.synthesis.divisions import Place
from hearth.synthesis.doses import Chance, Doses, Tally
from hearth.synthesis.identity import name_key, read_identifier
from hearth.synthesis.life import Life
from hearth.synthesis.parameters import Parameters
from hearth.synthesis.peculiarities import Peculiarities
from hearth.synthesis.people import County
from hearth.synthesis.streams import Stream, stream
from hearth.synthesis.truth import Truth
from hearth.synthesis.water_tests import first_tests, new_tests

OFFICES = {"pupils": ("township", "school"), "household_water": ("township",), "members": ("township",)}


@dataclass(frozen=True)
class Order:
    """What is to be made, of one county among its neighbours."""

    folder: Path
    households: int
    months: tuple[str, ...]
    seed: int
    doses: Doses
    variant: str | None
    place: Place
    is_alone: bool
    fewest: int
    """Households of the smallest among the neighbours."""


@dataclass
class Made:
    """A county that is made: what its truth files and the summary need."""

    parameters: list[parameters.Row]
    tally: Tally
    households: int = 0
    persons: int = 0
    boundary_cases: int = 0
    row_count: int = 0
    ledger: list[dict[str, Any]] = field(default_factory=list)
    unrecognised: list[dict[str, str]] = field(default_factory=list)
    rows: list[HouseholdMonth] = field(default_factory=list)
    match_counts: list[MatchCount] = field(default_factory=list)


class SoFar(NamedTuple):
    """How much of a county, or of several, is made."""

    households: int = 0
    files: int = 0
    months: int = 0


class Maker:
    """Makes one county; the same order gives the same bytes."""

    def __init__(self, order: Order, tell: Callable[[SoFar], None] = lambda made: None) -> None:
        """Peoples the county; `tell` hears of it, and then of each file and month."""
        self.order, self.doses, self.tally = order, order.doses, Tally()
        self._tell, self._months_done = tell, 0
        self.label = "" if order.is_alone else order.place.name
        first = order.months[0]
        people = Chance(order.seed, order.doses, self.tally, ("", "", first), order.place.number, "people")
        self.county = County(order.place, order.households, first, self.stream("people"), people)
        Peculiarities(self.county).spread()
        rows = parameters.county_rows(order.place, self.county.villages, first, self.stream("parameters"))
        self.truth = Truth(Parameters(rows))
        self.life = Life(self.county)
        self.bills = Bills(self.county, self.stream("bills"))
        self.tests = first_tests(self.county, self.stream("tests"), first)
        self.by_office = self._offices()
        self.housing_every = 1 if self.story("", "dwellings", "").stream("every").random() < 0.25 else 3
        self.made = Made(rows, self.tally)
        self.tell()

    def tell(self) -> None:
        """Says how much is made."""
        files = len(self.made.ledger) + len(self.made.unrecognised)
        self._tell(SoFar(len(self.county.households), files, self._months_done))

    def make(self) -> Made:
        """Lets the months go by, delivers their files, concludes what they say."""
        months, made = self.order.months, self.made
        boundaries = Boundaries(self.county, self.life, self.bills, self.truth.parameters, list(months))
        made.boundary_cases = boundaries.plant()
        self.tests += boundaries.tests
        self.life.before_the_first_month()
        self.bills.year_before(months[0])
        for index, month in enumerate(months):
            if index:
                self.life.move_on(month, index)
                self.tests += new_tests(self.county, self.stream("tests", month), month)
            self.bills.month(month)
            Deliveries(self, month, index).deliver()
            rows, counts = conclude(self.truth, month)
            made.rows += rows
            made.match_counts += counts
            self._months_done += 1
            self.tell()
        made.households, made.persons = len(self.county.households), len(self.county.persons)
        return made

    def forget(self) -> None:
        """Parts households from their members, so that all of a county goes without a search for circles.

        What was read of its cells goes with it: no other county has them.
        """
        read_identifier.cache_clear()
        name_key.cache_clear()
        for household in (*self.county.households.values(), *(p.household for p in self.county.strangers)):
            household.members = []

    def stream(self, *names: object) -> Stream:
        """A stream of chance of its own for each purpose, so that one never shifts another."""
        return stream(self.order.seed, self.order.place.number, *names)

    def chance(self, source: str, extract: str, month: str, *names: object) -> Chance:
        """The faults of one of this county's files."""
        where = (source, extract, month)
        return Chance(self.order.seed, self.doses, self.tally, where, self.order.place.number, *names)

    def story(self, source: str, extract: str, month: str, *names: object) -> Chance:
        """What neighbouring counties share: what is silent, late, held or corrected is so in all of them.

        An extract's parts count together, so that no county could be concluded upon without the others else. The
        first county counts for all.
        """
        tally = Tally() if self.order.place.number else self.tally
        return Chance(self.order.seed, self.doses, tally, (source, extract, month), "story", *names)

    def _offices(self) -> dict[str, str]:
        """The extracts that each township or school sends by itself: only where a county stands alone."""
        chosen = {}
        for extract, offices in OFFICES.items() if self.order.is_alone else ():
            chance = self.story("", extract, "", "office")
            if chance.happens("by-office"):
                chosen[extract] = chance.stream("office").choice(offices)
        return chosen
