"""A short form of `make days`: what is renewed day by day is what a whole build comes to."""

import random
from pathlib import Path

import pytest

from hearth.building import touched
from hearth.database import server
from tests.reliability.days import settled

DAYS = 5


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the server's own account can reach."""
    for limit in ("LEAST", "MOST"):
        monkeypatch.setattr(touched, limit, getattr(touched, limit))
    return tmp_path_factory.mktemp("days")


def test_a_renewed_month_is_the_month_made_anew(folder: Path) -> None:
    """In the January of a county's third month: some of its enrolments are of a year that is over, some of its
    settlements older than twelve months."""
    county = settled(folder, households=120, months=3, seed=4)
    everything = len(county.rare)
    try:
        days = [
            county.live_through(
                number, random.Random(f"4:{number}"), rare=everything * (number % 2 == 0), is_quiet=number == 1
            )
            for number in range(1, DAYS + 1)
        ]
    finally:
        server.stop(county.settings)
    assert [day.differences for day in days if day.differences] == []
    assert sum(day.touched is not None for day in days) >= 3, days
    for day in days[1::2]:
        assert day.touched is None and any(one.startswith("a roster") for one in day.came), day
    assert days[0].came[0].startswith("a decision") and days[0].touched is not None, days[0]
