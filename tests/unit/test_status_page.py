"""The page of `hearth status` on a terminal of eighty characters: nothing is cut off."""

from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from hearth.reporting.status_page import _months, _months_that_fit, _rates

MONTHS = [f"2025{number:02d}" for number in range(7, 13)]


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=80)


def shown(console: Console, table: Table) -> list[list[str]]:
    """The lines as words."""
    console.print(table)
    assert isinstance(console.file, StringIO)
    return [line.split() for line in console.file.getvalue().splitlines()]


def month(name: str) -> dict[str, object]:
    return {
        "month": name, "status": "published", "households": 1_200_123, "parts_arrived": 116, "parts_expected": 117,
        "parts_missing": 1, "parts_stale": 2, "files_held": 1, "files_waiting": 2, "files_rejected": 4,
        "match_rate": 0.99876, "critical_failures": 5, "warnings": 20, "build_seconds": 1106.4,
        "usual_build_seconds": None,
    }  # fmt: skip


def test_six_months_stand_whole_beside_each_other(console: Console) -> None:
    lines = shown(console, _months([month(name) for name in MONTHS], 36))
    cells = ["published", "1,200,123", "116/117", "1", "2", "3", "4", "99.9%", "25", "1,106 s", "–"]
    assert [f"{name}" for name in MONTHS] in lines
    for cell in cells:
        assert sum(line[-6 * len(cell.split()) :] == cell.split() * 6 for line in lines) == 1


def test_of_the_match_rates_the_newest_months_are_shown_for_which_there_is_room(console: Console) -> None:
    assert _months_that_fit(80) == 3
    assert _months_that_fit(20) == 1
    rows = [
        {"source": "medical_insurance", "extract": "settlements", "month": name, "rate": 0.991, "change": -0.001,
         "trend": 0.002}
        for name in MONTHS
    ]  # fmt: skip
    lines = shown(console, _rates(rows, MONTHS[-_months_that_fit(80) :]))
    assert ["medical_insurance", "settlements", "99.1%", "99.1%", "99.1%", "-0.1", "+0.2"] in lines
