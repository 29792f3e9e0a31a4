"""What was planted against the catalogue, and what stands in the files against what was planted."""

import csv
import math
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from hearth.contracts import source
from hearth.contracts.model import Extract, Kind
from hearth.errors import UsageError
from hearth.reading.table import read_table
from hearth.synthesis import Doses, Summary, synthesise
from hearth.synthesis.catalogue import BY_NAME, FAULTS, Fault, Stage
from hearth.synthesis.deliveries import MISHAPS
from hearth.synthesis.truth import PERSON_COLUMNS

OFTEN = {Stage.ROW, Stage.IDENTITY, Stage.CELL, Stage.COUNTY}
"""What is drawn thousands of times in one county; files and months need many counties."""


EVERY_FILE_READ = Doses(1.0, dict.fromkeys(MISHAPS, 0.0))


class Planted(NamedTuple):
    number: int
    among: int
    expected: float


def planted(folders: list[Path], doses: Doses) -> dict[str, Planted]:
    """By fault: how many were planted, among how many, and how many the catalogue and the doses want."""
    found = {fault.name: Planted(0, 0, 0.0) for fault in FAULTS}
    for folder in folders:
        with (folder / "truth" / "faults.csv").open(encoding="utf-8") as file:
            for line in csv.DictReader(file):
                before, among = found[line["fault"]], int(line["among"])
                share = doses.share(line["fault"], is_roster=line["extract"] == "members")
                found[line["fault"]] = Planted(
                    before.number + int(line["planted"]), before.among + among, before.expected + share * among
                )
    return found


def is_likely(seen: Planted) -> bool:
    """Within four standard deviations of what chance gives."""
    return abs(seen.number - seen.expected) <= 4 * math.sqrt(seen.expected) + 1


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Rows enough to see rare faults."""
    folder = tmp_path_factory.mktemp("large")
    return synthesise(folder, households=1_500, months=2, seed=31, first_month="202412", doses=EVERY_FILE_READ)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files enough to see rare layouts and mishaps."""
    folders = [tmp_path_factory.mktemp("many") for _ in range(12)]
    for seed, folder in enumerate(folders):
        synthesise(folder, households=100, months=2, seed=seed, first_month="202508")
    return folders


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.stage in OFTEN], ids=lambda fault: fault.name)
def test_rows_cells_and_people_have_their_shares(fault: Fault, large: Summary) -> None:
    seen = planted([large.folder], EVERY_FILE_READ)[fault.name]
    assert seen.among > 0, "drawn nowhere"
    assert is_likely(seen), seen


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.stage not in OFTEN], ids=lambda fault: fault.name)
def test_files_and_months_have_their_shares(fault: Fault, many: list[Path]) -> None:
    seen = planted(many, Doses())[fault.name]
    assert seen.among > 5
    assert is_likely(seen), seen
    assert seen.number or seen.expected < 5


# what a reader sees, counted without the generator's help


def _identifiers(extract: Extract) -> list[str]:
    return ["citizen_id"] if extract.name == "members" else [PERSON_COLUMNS.get(extract.name, ("", ""))[1]]


def _names(extract: Extract) -> list[str]:
    return ["person_name"] if extract.name == "members" else [PERSON_COLUMNS.get(extract.name, ("", ""))[0]]


def _dates(extract: Extract) -> list[str]:
    return [column.name for column in extract.columns if column.kind is Kind.DATE]


def _amounts(extract: Extract) -> list[str]:
    return [column.name for column in extract.columns if column.kind is Kind.AMOUNT]


SIGNS = {
    "lower-case-x": (_identifiers, r"\dx(\d\d(B\d)?)?$"),
    "full-width-digits": (_identifiers, r"[０-９]{14}"),
    "id-quoted": (_identifiers, r"^(=\"|')\d{17}"),
    "masked-middle": (_identifiers, r"^\d{6}\*{8}"),
    "id-of-15": (_identifiers, r"^\d{15}$"),
    "several-numbers": (_identifiers, r"、"),
    "id-with-g": (_identifiers, r"^G"),
    "name-question-mark": (_names, r"[?？]"),
    "name-dots": (_names, r"[•.．‧・]"),
    "name-one-off": (_names, r"某"),
    "date-chinese": (_dates, r"年\d+月\d+日"),
    "date-dots": (_dates, r"^\d{4}\.\d\d\.\d\d$"),
    "date-with-time": (_dates, r"-\d\d 00:00:00$"),
    "amount-yuan": (_amounts, r"元$"),
    "amount-sign": (_amounts, r"^￥"),
    "amount-ten-thousand": (_amounts, r"万$"),
    "dash-for-nothing": (_amounts, r"^[—无-]$"),
}
"""How a fault shows in a cell; written from deliveries.md, not from the generator."""


@pytest.fixture(scope="module")
def cells(large: Summary) -> dict[str, Counter[str]]:
    """The cells of each kind in every file, as they stand there."""
    found: dict[str, Counter[str]] = {}
    with (large.folder / "truth" / "deliveries.csv").open(encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["fate"] != "duplicate"]
    for line in lines:
        extract = source(line["source"]).extract(line["extract"])
        table = read_table(large.folder / "landing" / line["source"] / line["month"] / line["file"], extract)
        for columns in (_identifiers, _names, _dates, _amounts):
            for name in set(columns(extract)) & set(table.positions):
                texts = table.rows[f"c{table.positions[name]}"]
                found.setdefault(columns.__name__, Counter()).update(str(text or "") for text in texts)
    return found


@pytest.mark.parametrize("fault", SIGNS)
def test_faults_stand_in_the_files_as_often_as_planted(
    fault: str, large: Summary, cells: dict[str, Counter[str]]
) -> None:
    """A few are hidden by another fault of the cell or repeated by a twin of the row."""
    columns, sign = SIGNS[fault]
    seen = sum(count for text, count in cells[columns.__name__].items() if re.search(sign, text))
    wanted = planted([large.folder], EVERY_FILE_READ)[fault].number
    assert abs(seen - wanted) <= 2 + wanted * 0.04


# switching and dosing


def test_switched_off_nothing_is_planted(tmp_path: Path) -> None:
    synthesise(tmp_path, households=100, months=2, seed=5, doses=Doses(0))
    assert {name for name, seen in planted([tmp_path], Doses(0)).items() if seen.number} == set()


def test_twice_the_dose_is_twice_the_faults(tmp_path: Path) -> None:
    doses = Doses(2.0)
    synthesise(tmp_path, households=400, months=1, seed=6, doses=doses)
    seen = planted([tmp_path], doses)
    assert [name for name, one in seen.items() if BY_NAME[name].stage in OFTEN and not is_likely(one)] == []
    lost = seen["masked-middle"]
    assert lost.number / lost.among > BY_NAME["masked-middle"].share


@pytest.mark.parametrize("name", ["masked-middle", "date-chinese", "amount-in-words", "html-as-xls", "namesake"])
def test_one_fault_alone_has_the_share_asked_for(name: str, tmp_path: Path) -> None:
    doses = Doses(0, {name: BY_NAME[name].most / 2})
    synthesise(tmp_path, households=150, months=1, seed=7, doses=doses)
    seen = planted([tmp_path], doses)
    assert {other for other, one in seen.items() if one.number} == {name}
    assert is_likely(seen[name])


def test_without_one_fault_the_others_stay_as_they_are(tmp_path: Path) -> None:
    both = {}
    for name, doses in (("with", Doses()), ("without", Doses(1.0, {"blank-id": 0}))):
        synthesise(tmp_path / name, households=200, months=1, seed=8, doses=doses)
        both[name] = planted([tmp_path / name], doses)
    assert both["with"]["blank-id"].number > both["without"]["blank-id"].number == 0
    of_files = [fault.name for fault in FAULTS if fault.stage in (Stage.MONTH, Stage.FILE, Stage.COUNTY)]
    assert {name: both["with"][name] for name in of_files} == {name: both["without"][name] for name in of_files}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("blank-id", "a share from 0 to"),
        ("blank-id=much", "a share from 0 to"),
        ("blank-id=nan", "a share from 0 to"),
        ("blank-id=0.9", "a share from 0 to"),
        ("blank-id=-1", "a share from 0 to"),
        ("no-such-fault=0.1", "--list-faults"),
    ],
)
def test_a_dose_that_cannot_be_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Doses.of_texts("1", [text])


@pytest.mark.parametrize("factor", ["-1", "1000", "inf", "nan", "much", ""])
def test_a_factor_that_cannot_be_is_refused(factor: str) -> None:
    with pytest.raises(UsageError, match="from 0 to 10"):
        Doses.of_texts(factor, [])
