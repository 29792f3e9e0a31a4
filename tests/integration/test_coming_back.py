"""A roster whose faulty rows go back and come back, and a decision that is made and revoked: facts, and as-of facts."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import hearth.gating
from hearth.building import build_month
from hearth.building.as_of import build_as_of
from hearth.building.parameters import load_parameters
from hearth.clock import ZONE
from hearth.database.engine import connect
from hearth.loading import load
from hearth.queueing.queue import decide, listed, revoke
from hearth.reporting.returned_rows import write_returned_rows
from hearth.settings import Settings
from tests.integration.support import passing_gate
from tests.integration.test_closing import COUNTY, JANUARY, PARAMETERS, Facts, Story, marts

ROSTER = "registry/202501/（自定义）农户成员信息_20250131.xlsx"
ROSTER_AGAIN = "registry/202501/（自定义）农户成员信息_20250131_更正.xlsx"
HEADER_ROW, HOUSEHOLD_NO_AT, PERSON_NO_AT = 3, 7, 8
PLACE = ("delivery_id", "file", "row")


@pytest.fixture(scope="module")
def story(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One month of the acceptance county, published."""
    landing = tmp_path_factory.mktemp("coming_back") / "landing"
    for folder in (COUNTY / "landing").glob(f"*/{JANUARY}"):
        shutil.copytree(folder, landing / folder.parent.name / folder.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearth.gating, "gate_month", passing_gate)
        patch.setattr(load, "gate_delivery", passing_gate)
        found = Story(warehouse, landing, datetime.now(ZONE), {})
        found.load()
        load_parameters(warehouse, PARAMETERS)
        assert build_month(warehouse, JANUARY).status == "published"
        yield found


def test_additions_and_decisions_of_then_are_known_as_of_then(story: Story, tmp_path: Path) -> None:
    """A corrected roster lacks two households and a head; its faulty rows come back, and a decision is revoked.

    The rows that come back give the facts of before, household facts included, whichever delivery the head stands in.
    """
    settings = story.settings
    before = story.now(JANUARY)
    numbers = spoil_roster(story.landing / ROSTER, story.landing / ROSTER_AGAIN)
    spoilt = story.load()[ROSTER_AGAIN]
    assert (spoilt.status, spoilt.rows_quarantined) == ("accepted", len(numbers))
    with connect(settings) as connection:
        connection.execute("insert into restricted.caseworker_divisions values ('caseworker', '00')")
    record = next(row for row in listed(settings, source="civil_affairs") if row["candidate_count"] == 1)
    decide(settings, record["queue_id"], "person", candidate="1", decided_by="li", reason="visited")
    assert build_month(settings, JANUARY).status == "published"
    then, moment = story.now(JANUARY), datetime.now(ZONE)
    households = "fct_household_month"
    assert len(then[households]) == len(before[households]) - 2

    revoke(settings, record["queue_id"], revoked_by="li", reason="the other one")
    [written] = write_returned_rows(settings, tmp_path, number=spoilt.delivery_id)
    book = openpyxl.load_workbook(written.path)
    for row, number in zip(book.active.iter_rows(min_row=HEADER_ROW + 1), numbers, strict=True):
        row[PERSON_NO_AT - 1].value = number
    book.save(story.landing / "registry" / JANUARY / written.path.name)
    [added] = story.load().values()
    assert (added.status, added.rows_loaded) == ("accepted", len(numbers))
    assert build_month(settings, JANUARY).status == "published"
    assert without_places(story.now(JANUARY)) == without_places(before)

    found = build_as_of(settings, JANUARY, moment)
    assert found.build_of_then is not None and found.build_of_then.has_its_inputs
    assert marts(settings, JANUARY, "as_of") == then


def spoil_roster(source: Path, target: Path) -> list[str]:
    """A copy in which two households and the head of a third have no 人编号; those numbers, in the file's order."""
    book = openpyxl.load_workbook(source)
    sheet = book.active
    members: dict[str, list[Any]] = defaultdict(list)
    for row in sheet.iter_rows(min_row=HEADER_ROW + 1):
        members[row[HOUSEHOLD_NO_AT - 1].value].append(row)
    first, second, third = [rows for rows in members.values() if len(rows) > 2][:3]
    cells = [row[PERSON_NO_AT - 1] for row in [*first, *second, *(row for row in third if is_head(row))]]
    cells.sort(key=lambda cell: cell.row)
    numbers = [str(cell.value) for cell in cells]
    for cell in cells:
        cell.value = None
    book.save(target)
    return numbers


def is_head(row: tuple[Any, ...]) -> bool:
    return any(cell.value == "户主" for cell in row)


def without_places(facts: Facts) -> dict[str, list[str]]:
    """The facts without the delivery, file and row that evidence names: a row that came back stands elsewhere."""
    found = {}
    for name, rows in facts.items():
        read = [json.loads(row) for row in rows]
        for row in read:
            if row.get("evidence"):
                row["evidence"] = sorted(
                    json.dumps({what: said for what, said in one.items() if what not in PLACE}, sort_keys=True)
                    for one in row["evidence"]
                )
        found[name] = sorted(json.dumps(row, sort_keys=True) for row in read)
    return found
