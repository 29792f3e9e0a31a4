"""Counties of several seeds, across the turn of the calendar year and of the school year, against their own truth."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.instance import Instance

COUNTIES = {
    "turn-of-the-calendar-year": ("--first-month", "202411", "--months", "3", "--seed", "21"),
    "turn-of-the-school-year": ("--first-month", "202507", "--months", "3", "--seed", "22", "--dirt", "2"),
    "three-neighbours": ("--first-month", "202512", "--months", "2", "--seed", "23", "--counties", "3"),
}


@pytest.mark.parametrize("name", COUNTIES)
def test_a_pipeline_agrees_with_the_county_it_was_given(
    name: str, make_instance: Callable[[str], Instance], folder: Path
) -> None:
    instance, county = make_instance(name), folder / name
    instance.hearth("synth", county, "--households", "300", *COUNTIES[name])
    parameters = county / "config" / "rule_parameters.csv"
    instance.hearth("run", "--landing", county / "landing", "--parameters", parameters, "--direct")
    for truth in (county, county / "exact"):
        expected = len(_household_months(truth))
        assert expected >= 300
        assert f"{expected} of {expected} household-months found; 0 differences" in instance.check(truth)
    instance.hearth("down")


def _household_months(county: Path) -> list[dict[str, str]]:
    with (county / "truth" / "household_month.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
