"""Nobody works a small cell out: random counties, what is shown of them, and linear algebra as the attacker.

An attacker knows every cell that is shown, that a division is the sum of the ones below it, and that the four levels
add up to all households. What these equations leave no choice about is known, shown or not.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from hearth.building.dbt import invoke
from hearth.database.engine import connect
from hearth.settings import Settings
from tests.integration.support import ask

SMALLEST_SHOWN = 5
LEVELS = ("red", "yellow", "grey", "green")
COUNTIES = 40
BELOW = {"province": "city", "city": "county", "county": "township", "township": "village"}

Key = tuple[str, str]
"""Division and cell."""


@dataclass(frozen=True)
class Cell:
    """A cell as it is, and whether people see it."""

    parent: str | None
    level: str
    count: int
    is_withheld: bool


def _villages(rng: random.Random, province: str) -> Iterator[tuple[list[str], dict[str, int]]]:
    """Each village under its divisions, with its counts: from thriving counties to those where all are at risk."""
    shares = [rng.choice((0.02, 0.1, 0.3, 1)) for _ in LEVELS]
    size = rng.choice((6, 15, 60))
    for city in range(rng.choice((1, 1, 2))):
        for county in range(rng.choice((1, 1, 2))):
            for township in range(rng.randint(1, 5)):
                for village in range(rng.randint(1, 6)):
                    path = [province, f"{province}c{city}", f"{province}c{city}k{county}"]
                    path += [f"{path[-1]}t{township}", f"{path[-1]}t{township}v{village}"]
                    levels = rng.choices(LEVELS, shares, k=rng.randint(1, size))
                    flagged = sum(rng.random() < shares[0] for _ in levels)
                    counts = {level: levels.count(level) for level in LEVELS}
                    yield path, {"household": len(levels), "med01": flagged, **counts}


@pytest.fixture(scope="module")
def counties(warehouse: Settings) -> dict[str, dict[Key, Cell]]:
    """Random counties' cells, by province, as the models leave them."""
    rng = random.Random(20250131)
    counts: dict[tuple[str, str, str | None, str], int] = defaultdict(int)
    for number in range(COUNTIES):
        for path, cells in _villages(rng, f"p{number:02}"):
            for place, (tier, division) in enumerate(zip((*BELOW, "village"), path, strict=True)):
                for cell, count in cells.items():
                    counts[tier, division, path[place - 1] if place else None, cell] += count
    with connect(warehouse, "transformer") as connection:
        connection.execute(
            "create table intermediate.int_division_counts (division_level text, division_code text, parent_code text,"
            " cell text, household_count integer, member_count integer)"
        )
        connection.cursor().executemany(
            "insert into intermediate.int_division_counts values (%s, %s, %s, %s, %s, 0)",
            [(*key, count) for key, count in counts.items()],
        )
    results = invoke(warehouse, ["run", "--select", "int_divisions_withheld", "int_division_cells"])
    assert [str(result.status) for result in results] == ["success", "success"]
    found: dict[str, dict[Key, Cell]] = defaultdict(dict)
    parents = {(division, cell): parent for _, division, parent, cell in counts}
    for division, tier, cell, count, is_withheld in ask(
        warehouse,
        "select division_code, division_level, cell, household_count, is_withheld from intermediate.int_division_cells",
    ):
        found[division[:3]][division, cell] = Cell(parents[division, cell], tier, count, is_withheld)
    assert sum(map(len, found.values())) == len(counts)
    return found


def _equations(cells: dict[Key, Cell]) -> Iterator[dict[Key, int]]:
    """Sums that are zero: what is below less the division, the levels less the households."""
    below: dict[Key, dict[Key, int]] = defaultdict(dict)
    for (division, name), cell in cells.items():
        if cell.parent:
            below[cell.parent, name][division, name] = 1
    for parent, children in below.items():
        yield {**children, parent: -1}
    for division, name in cells:
        if name == "household":
            yield {(division, "household"): -1} | {(division, level): 1 for level in LEVELS}


def known(cells: dict[Key, Cell]) -> set[Key]:
    """The withheld cells whose count follows from the shown ones."""
    hidden = [key for key, cell in cells.items() if cell.is_withheld]
    place = {key: number for number, key in enumerate(hidden)}
    rows = [{place[key]: sign for key, sign in sums.items() if key in place} for sums in _equations(cells)]
    matrix = np.zeros((len(rows) + 1, len(hidden)))
    for number, row in enumerate(rows):
        for column, sign in row.items():
            matrix[number, column] = sign
    _, singular, vectors = np.linalg.svd(matrix)
    free = vectors[int((singular > 1e-9).sum()) :]
    return {key for key, column in place.items() if np.abs(free[:, column]).max(initial=0) < 1e-9}


def test_no_small_cell_is_shown_or_can_be_worked_out(counties: dict[str, dict[Key, Cell]]) -> None:
    shown = [key for cells in counties.values() for key, cell in cells.items() if not cell.is_withheld]
    assert min(counties[key[0][:3]][key].count for key in shown) >= SMALLEST_SHOWN
    worked_out = {
        key: cells[key].count
        for cells in counties.values()
        for key in known(cells)
        if 0 < cells[key].count < SMALLEST_SHOWN
    }
    assert worked_out == {}


def test_the_attacker_finds_what_hiding_small_cells_alone_would_leave(counties: dict[str, dict[Key, Cell]]) -> None:
    """The test above can fail: without complementary suppression the same attacker finds families."""
    naive = {
        province: {
            key: Cell(cell.parent, cell.level, cell.count, cell.count < SMALLEST_SHOWN) for key, cell in cells.items()
        }
        for province, cells in counties.items()
    }
    found = [key for cells in naive.values() for key in known(cells) if 0 < cells[key].count < SMALLEST_SHOWN]
    assert len(found) > COUNTIES


def test_most_of_what_is_not_small_is_shown(counties: dict[str, dict[Key, Cell]]) -> None:
    big = [cell for cells in counties.values() for cell in cells.values() if cell.count >= SMALLEST_SHOWN]
    assert sum(not cell.is_withheld for cell in big) / len(big) > 0.6
