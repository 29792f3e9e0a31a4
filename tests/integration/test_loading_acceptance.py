"""The acceptance county's files become exactly what the truth says, and loading them again changes nothing."""

import csv
import random
import shutil
from pathlib import Path

import pytest

from hearth.contracts import SOURCES
from hearth.loading.departments import load_departments
from hearth.loading.outcome import DeliveryOutcome
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask, one

COUNTY = PROJECT_ROOT / "tests" / "acceptance"
FATES = {"accept": "accepted", "reject": "rejected", "hold": "held", "duplicate": "duplicate"}
COUNTS = ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate")
STATE = "select to_jsonb(deliveries) from ops.deliveries order by delivery_id"


@pytest.fixture(scope="module")
def loaded(warehouse: Settings) -> list[DeliveryOutcome]:
    return load_all(warehouse, COUNTY / "landing")


def load_all(settings: Settings, landing: Path) -> list[DeliveryOutcome]:
    found: list[DeliveryOutcome] = []
    names = [source.name for source in SOURCES]
    for source, outcomes in load_departments(settings, names, landing=landing, months=None, tick=lambda *_: None):
        assert isinstance(outcomes, list), source
        found += outcomes
    return found


def test_every_file_has_the_fate_and_the_counts_of_the_truth(loaded: list[DeliveryOutcome]) -> None:
    with (COUNTY / "truth" / "deliveries.csv").open(encoding="utf-8", newline="") as file:
        truth = {(row["source"], row["month"], row["file"]): row for row in csv.DictReader(file)}
    found = {(outcome.source, outcome.month, outcome.file_name): outcome for outcome in loaded}
    assert set(found) == set(truth)
    for key, row in truth.items():
        assert found[key].status == FATES[row["fate"]], key
        if row["fate"] == "accept":
            assert [getattr(found[key], count) for count in COUNTS] == [int(row[count]) for count in COUNTS], key


def test_slices_and_quarantine_hold_the_rows_that_are_registered(
    warehouse: Settings, loaded: list[DeliveryOutcome]
) -> None:
    for source in SOURCES:
        for extract, table in source.raw_tables():
            wanted = sum(o.rows_loaded for o in loaded if (o.source, o.extract) == (source.name, extract.name))
            assert one(warehouse, f"select count(*) from raw.{table}") == wanted, table
    assert one(warehouse, "select count(*) from restricted.quarantine") >= sum(o.rows_quarantined for o in loaded)


def test_quarantined_rows_keep_cells_and_reasons(warehouse: Settings, loaded: list[DeliveryOutcome]) -> None:
    rows = ask(
        warehouse,
        "select jsonb_array_length(cells), jsonb_array_length(layout -> 'headers'), reasons"
        " from restricted.quarantine join ops.deliveries using (delivery_id)",
    )
    assert rows
    for cells, headers, reasons in rows:
        assert cells == headers
        assert all({"column", "header", "code", "message_zh", "message_en"} <= set(reason) for reason in reasons)


def test_everybody_on_a_roster_has_a_key(warehouse: Settings, loaded: list[DeliveryOutcome]) -> None:
    query = "select count(distinct {0}_no), (select count(*) from restricted.{0}s) from raw.registry__members"
    for kind in ("household", "person"):
        [(named, keyed)] = ask(warehouse, query.format(kind))
        assert named == keyed > 0


def test_loading_again_changes_nothing(warehouse: Settings, loaded: list[DeliveryOutcome]) -> None:
    before = ask(warehouse, STATE)
    again = load_all(warehouse, COUNTY / "landing")
    assert not any(outcome.is_new for outcome in again)
    assert ask(warehouse, STATE) == before


def test_touched_files_copied_in_another_order_change_nothing(
    warehouse: Settings, loaded: list[DeliveryOutcome], tmp_path: Path
) -> None:
    before = ask(warehouse, STATE)
    files = [path for path in (COUNTY / "landing").rglob("*") if path.is_file()]
    random.Random(7).shuffle(files)
    for file in files:
        copy = tmp_path / file.relative_to(COUNTY / "landing")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    assert not any(outcome.is_new for outcome in load_all(warehouse, tmp_path))
    assert ask(warehouse, STATE) == before
