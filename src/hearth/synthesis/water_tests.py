"""Tests of the water of each scheme."""

import datetime as dt
import random

from hearth.synthesis.people import County

Test = tuple[str, dt.date, str, str]
"""Scheme, day, result, and the month it is delivered in."""


def first_tests(county: County, rng: random.Random, month: str) -> list[Test]:
    """Each scheme's tests of the year before; a few were never tested."""
    tests = []
    for village in county.villages:
        for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 2))):
            day = county.start - dt.timedelta(days=rng.randrange(20, 240))
            tests.append((village.scheme, day, "不合格" if rng.random() < 0.06 else "合格", month))
    return tests


def new_tests(county: County, rng: random.Random, month: str) -> list[Test]:
    """What is tested in a month: a scheme in four."""
    day = dt.date(int(month[:4]), int(month[4:]), 10)
    tested = [village.scheme for village in county.villages if rng.random() < 0.25]
    return [(scheme, day, "不合格" if rng.random() < 0.08 else "合格", month) for scheme in tested]
