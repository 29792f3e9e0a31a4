"""What is odd about people themselves, and makes their records hard to read or to tell apart."""

from hearth.synthesis.names import RARE, TWO_PART_NAMES
from hearth.synthesis.people import County, Household, Person

PERMIT_AREAS = ("819900", "829900", "839900")
"""Residence permits begin with 810000, 820000 or 830000; these are nobody's."""


class Peculiarities:
    """The oddities of one county, each for those drawn for it."""

    def __init__(self, county: County) -> None:
        """Of the county's people as they were settled."""
        self.county, self.chance, self.persons = county, county.chance, county.persons

    def spread(self) -> None:
        """Gives them out."""
        self._names()
        self._namesakes()
        self._numbers()
        self._other_documents()

    def _names(self) -> None:
        rng = self.chance.stream("names")
        grown = [person for person in self.persons if person.relation in ("户主", "配偶")]
        for person in self.chance.drawn("two-part-name", grown):
            person.name, person.ethnicity = rng.choice(TWO_PART_NAMES), "彝族"
        for person in self.chance.drawn("rare-character", self.persons):
            person.name = person.name[:-1] + rng.choice(RARE)

    def _namesakes(self) -> None:
        """Two heads of one village with one name and one birth date."""
        by_village: dict[str, list[Household]] = {}
        for household in self.county.households.values():
            by_village.setdefault(household.village.code, []).append(household)
        for household in self.chance.drawn("namesake", list(self.county.households.values())):
            one, neighbours = household.head, by_village[household.village.code]
            other = min((h.head for h in neighbours if h is not household), key=lambda p: _apart(one, p), default=None)
            if other and not other.pupil:
                other.name, other.birth, other.sex, other.ethnicity = one.name, one.birth, one.sex, one.ethnicity
                other.citizen_id = self.county.citizen_id(other.birth, other.sex)

    def _numbers(self) -> None:
        """Numbers issued elsewhere, residence permits, certificates issued again."""
        rng, areas = self.chance.stream("areas"), self.county.place.areas_elsewhere
        for person in self.chance.drawn("issued-elsewhere", self.persons):
            self._renumber(person, rng.choice(areas))
        for person in self.chance.drawn("residence-permit", self.persons):
            self._renumber(person, rng.choice(PERMIT_AREAS))
            person.has_permit = True
        disabled = [person for person in self.persons if person.disability]
        for person in self.chance.drawn("certificate-again", disabled):
            assert person.disability is not None
            person.disability["again"] = "B1"

    def _renumber(self, person: Person, area: str) -> None:
        before, person.citizen_id = person.citizen_id, self.county.citizen_id(person.birth, person.sex, area)
        if person.pupil and person.pupil["no"] == f"G{before}":
            person.pupil["no"] = f"G{person.citizen_id}"

    def _other_documents(self) -> None:
        rng = self.chance.stream("documents")
        for person in self.chance.drawn("passport", [p for p in self.persons if not (p.disability or p.has_permit)]):
            person.passport = f"E99{rng.randrange(10**6):06d}"
            if person.pupil:
                person.pupil["no"] = f"L{rng.randrange(10**12):018d}"


def _apart(one: Person, other: Person) -> int:
    return abs((one.birth - other.birth).days)
