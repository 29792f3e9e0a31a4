"""Who goes to which school: when the county begins, and from one September to the next."""

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

from hearth.synthesis.months import birthday, school_year_start

if TYPE_CHECKING:
    from hearth.synthesis.people import Person

LAST_GRADE = 9
FIRST_GRADE_OF_MIDDLE_SCHOOL = 7
SENIOR_HIGH = ("普通高中", "中职")
YEARS = {"普通高中": 3, "中职": 3, "高职高专": 3, "本科": 4}
GOES_ON: dict[str, tuple[float, tuple[str, ...]]] = {
    "普通高中": (0.75, ("高职高专", "本科", "本科")),
    "中职": (0.3, ("高职高专",)),
    "高职高专": (0.1, ("本科",)),
    "本科": (0.0, ()),
}
"""After the last year of each level: the share that goes on, and where to."""


class Schools:
    """Draws what becomes of children and students."""

    def __init__(self, rng: random.Random) -> None:
        """`rng` is the county's."""
        self.rng = rng

    def admit(self, person: "Person", end: dt.date) -> None:
        """Puts somebody of school age at the school for their age in the school year of `end`, mostly."""
        rng, cutoff = self.rng, _cutoff(end)
        if birthday(person.birth, 6) > cutoff:
            return
        age, person.ledger_reason = person.age_on(cutoff), ""
        if age < 15:
            draw = rng.random()
            if draw < 0.01:
                person.ledger_reason = rng.choice(("身体原因", "延缓入学", "外省就读", "失学"))
            if draw >= 0.014:
                status = rng.choices(("在读", "休学", "辍学", "转出", "毕业"), (968, 10, 14, 5, 3))[0]
                person.pupil = self.pupil(person, age - 5, status)
        elif age < 22 and rng.random() < (0.85 if age < 18 else 0.5):
            level = rng.choice(SENIOR_HIGH if age < 18 else ("高职高专", "本科", "本科"))
            person.student = self.student(level, year=min(YEARS[level], age - (14 if age < 18 else 17)))

    def pupil(self, person: "Person", grade: int, status: str) -> dict[str, Any]:
        """A row on the school register."""
        rng = self.rng
        return {
            "no": f"G{person.citizen_id}" if rng.random() < 0.96 else f"L{rng.randrange(10**12):018d}",
            "status": status,
            "aided": rng.random() < (0.85 if person.household and person.household.type == "脱贫户" else 0.5),
            "grade": grade,
            "boarding": rng.choice(("走读", "住校")),
            "at_home": rng.random() < 0.01,
        }

    def student(self, level: str, year: int = 1) -> dict[str, Any]:
        """A row among the students beyond compulsory education, in a year of their studies."""
        rng = self.rng
        return {
            "level": level,
            "year": year,
            "form": "全日制" if rng.random() < 0.93 else "非全日制",
            "aid": rng.choice((0, 0, 200_000, 500_000)),
            "cost": rng.randrange(50_000, 700_000) if rng.random() < 0.4 else rng.randrange(700_000, 1_300_000),
        }

    # September

    def new_year(self, person: "Person", end: dt.date) -> None:
        """What the school year that has just begun changes: up a grade, on to the next school, in, or out."""
        if person.student:
            self._studies_on(person)
        if person.pupil:
            self._moves_up(person, end)
        elif not person.student:
            self._enters(person, end)

    def new_year_without_chance(self, person: "Person", end: dt.date) -> None:
        """The same for a household on a boundary: nobody drops out, and nothing costs more than it did."""
        age = person.age_on(_cutoff(end))
        if person.pupil and person.pupil["grade"] < LAST_GRADE:
            person.pupil = person.pupil | {"grade": person.pupil["grade"] + 1}
        elif person.pupil:
            person.pupil, person.student = None, costless_senior_high()
        elif 6 <= age < 15 and not person.student and not person.ledger_reason:
            person.pupil = self.pupil(person, age - 5, "在读") | {"aided": True}

    def _studies_on(self, person: "Person") -> None:
        student = person.student
        assert student is not None
        level, year = student["level"], student["year"]
        share, levels = GOES_ON[level]
        if year < YEARS[level]:
            person.student = student | {"year": year + 1}
        else:
            person.student = self.student(self.rng.choice(levels)) if self.rng.random() < share else None

    def _moves_up(self, person: "Person", end: dt.date) -> None:
        """A child on the register, by what the register says of them."""
        rng, pupil = self.rng, person.pupil
        assert pupil is not None
        age = person.age_on(_cutoff(end))
        match pupil["status"]:
            case "在读" if pupil["grade"] >= LAST_GRADE:
                self._graduates(person)
            case "在读":
                person.pupil = pupil | {"grade": pupil["grade"] + 1}
            case "转出":
                person.pupil, person.ledger_reason = None, "外省就读" if age < 15 and rng.random() < 0.7 else ""
            case "毕业":  # long since, or by mistake
                person.pupil = None
                if not person.student and age < 15:
                    self.admit(person, end)
            case _ if age >= 16:
                person.pupil = None
            case _ if rng.random() < 0.5:  # back after a leave or a visit, in the grade they left
                person.pupil = pupil | {"status": "在读"}

    def _graduates(self, person: "Person") -> None:
        """Nine years are done: most go on; some schools leave the graduate on their list."""
        rng = self.rng
        if rng.random() < 0.85:
            person.student = self.student(rng.choice(SENIOR_HIGH))
        person.pupil = person.pupil | {"status": "毕业"} if person.pupil and rng.random() < 0.1 else None

    def _enters(self, person: "Person", end: dt.date) -> None:
        """Children of six and seven, and of the older ones at no school a few."""
        age = person.age_on(_cutoff(end))
        if age >= 16:
            person.ledger_reason = ""
        elif age < 8 or (age < 15 and self.rng.random() < 0.3):
            self.admit(person, end)


def stage(grade: int) -> str:
    """The school of a grade: primary or middle."""
    return "小学" if grade < FIRST_GRADE_OF_MIDDLE_SCHOOL else "初中"


def costless_senior_high() -> dict[str, Any]:
    """A place that bears on no rule but that somebody is at school."""
    return {"level": "普通高中", "year": 1, "form": "全日制", "aid": 200_000, "cost": 0}


def _cutoff(end: dt.date) -> dt.date:
    return dt.date(school_year_start(end), 8, 31)
