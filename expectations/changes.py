"""What counts as a sudden change against the month before: a warning for people to look at, never a reason to stop.

A change is told when it is large in itself or beside what was there before, so that a rule that goes from 0.2 to 2 per
cent of the households is told although that is far below ten points; and only where enough rows moved, so that a
village of three households never cries wolf. Both months are counted in one pass each (`hearth.gating.changes`);
Great Expectations would read each of them twice for every rule.
"""

from dataclasses import dataclass
from fractions import Fraction

SUITE = "sudden_changes"
FEW_HOUSEHOLDS = 10
FEW_ROWS = 20


@dataclass(frozen=True)
class Figures:
    """So many rows; or so many `of` all."""

    rows: int
    of: int | None = None

    @property
    def measure(self) -> Fraction:
        """The number of rows; of a share that of all, 0 where there are none."""
        if self.of is None:
            return Fraction(self.rows)
        return Fraction(self.rows, self.of) if self.of else Fraction(0)


@dataclass(frozen=True)
class Steady:
    """An expectation that figures move slowly.

    `few` rows may move whatever they are among. Beyond them a share may move by `points` (of 1) and a number by that
    part of what it was, and neither to more than `times` what it was or to less than one `times`-th.
    """

    name: str
    few: int
    en: str
    zh: str
    points: Fraction | None = None
    times: int | None = None

    def is_met(self, now: Figures, before: Figures) -> bool:
        """Whether the figures of now are no sudden change against those before."""
        if moved(now, before) < self.few:
            return True
        low, high = sorted((now.measure, before.measure))
        scale = before.rows if now.of is None else 1
        is_far = self.points is not None and high - low > self.points * scale
        is_many_times = self.times is not None and high > self.times * low
        return not (is_far or is_many_times)


def moved(now: Figures, before: Figures) -> Fraction:
    """By how many rows the figures differ; of a share: of those there are now."""
    return abs(now.measure - before.measure) * (1 if now.of is None else now.of)


HOUSEHOLDS = Steady(
    "households_steady",
    FEW_HOUSEHOLDS,
    "The number of households changed by more than a tenth.",
    "户数较上月变化超过一成。",
    points=Fraction(1, 10),
)
FLAGGED = Steady(
    "flagged_share_steady",
    FEW_HOUSEHOLDS,
    "The share of flagged households moved by more than 10 points, or more than doubled or halved.",
    "命中户占比较上月变化超过10个百分点，或增至两倍以上、减至一半以下。",
    points=Fraction(1, 10),
    times=2,
)
UNKNOWN = Steady(
    "unknown_share_steady",
    FEW_HOUSEHOLDS,
    "The share of unknown households moved by more than 20 points, or more than doubled or halved.",
    "未知户占比较上月变化超过20个百分点，或增至两倍以上、减至一半以下。",
    points=Fraction(1, 5),
    times=2,
)
MATCHES = Steady(
    "matches_steady",
    FEW_ROWS,
    "The share of rows that wait in the queue moved by more than 5 points, or more than trebled or fell to a third.",
    "待核行占比较上月变化超过5个百分点，或增至三倍以上、减至三分之一以下。",
    points=Fraction(1, 20),
    times=3,
)
LISTED = Steady(
    "rows_steady",
    FEW_ROWS,
    "The list has more than a fifth more or fewer rows than in the month before.",
    "名单行数较上月增减超过两成。",
    points=Fraction(1, 5),
)
EVENTS = Steady(
    "rows_steady",
    FEW_ROWS,
    "More than three times the rows of the month before were delivered, or less than a third.",
    "本月报送的行数为上月的三倍以上或不足三分之一。",
    times=3,
)
