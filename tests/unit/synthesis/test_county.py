"""The fictional county: the same for a seed, readable again, and as faulty as asked for."""

import csv
import errno
import hashlib
import re
from pathlib import Path

import pytest

from hearth.contracts import source
from hearth.contracts.model import Kind
from hearth.parsing.frame import parse
from hearth.reading.filename import recognise
from hearth.reading.problems import DeliveryProblem
from hearth.reading.table import read_table
from hearth.synthesis import Doses, SoFar, Summary, parameters, synthesise
from hearth.synthesis.county import TOP_FOLDERS, UNFINISHED
from hearth.synthesis.identity import read_identifier
from hearth.synthesis.months import month_end

HOUSEHOLDS = 150


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return synthesise(tmp_path_factory.mktemp("county"), households=HOUSEHOLDS, months=3, seed=4, doses=Doses(2.0))


def lines(county: Summary, name: str = "deliveries") -> list[dict[str, str]]:
    with (county.folder / "truth" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def path(county: Summary, line: dict[str, str]) -> Path:
    return county.folder / "landing" / line["source"] / line["month"] / line["file"]


def digests(folder: Path) -> dict[str, str]:
    found = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in found}


def test_same_seed_same_bytes_by_any_number_of_workers_at_any_time(tmp_path: Path) -> None:
    for workers in (1, 2):
        synthesise(tmp_path / str(workers), households=200, months=2, seed=9, counties=2, workers=workers)
    one, two = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert one == two
    assert any(name.endswith(".xlsx") for name in one), "a workbook tells the hour it was made, unless kept from it"


def test_neighbouring_counties_share_no_person_and_no_household(tmp_path: Path) -> None:
    summary = synthesise(tmp_path, households=200, months=1, seed=9, counties=2, workers=1)
    rows = lines(summary, "household_month")
    assert {row["village_code"][:6] for row in rows} == {"990121", "990122"}
    assert len({row["household_no"] for row in rows}) == len(rows) >= 200


def test_what_is_held_of_one_county_is_held_of_its_neighbours(tmp_path: Path) -> None:
    """A held list ages for all. Once one county's allowances were too few for a wrong count, the other's were not."""
    doses = Doses.of_texts("1", ["wrong-count=1", "truncated-list=1"])
    held: dict[tuple[str, str], set[str]] = {}
    for line in lines(synthesise(tmp_path, households=240, months=1, seed=5, doses=doses, counties=2, workers=1)):
        if line["fate"] == "hold":
            held.setdefault((line["extract"], line["month"]), set()).update(re.findall("[^_]+县", line["file"]))
    assert held
    assert all(len(counties) == 2 for counties in held.values()), held


@pytest.mark.parametrize("workers", [1, 2])
def test_it_is_told_how_much_is_made(tmp_path: Path, workers: int) -> None:
    told: list[SoFar] = []
    made = synthesise(tmp_path, households=200, months=1, seed=9, counties=2, workers=workers, tell=told.append)
    assert told == sorted(told)
    assert told[-1] == SoFar(made.households, made.files, months=2)


def test_another_seed_is_another_county_in_other_layouts(tmp_path: Path) -> None:
    for seed in (1, 2):
        synthesise(tmp_path / str(seed), households=40, months=1, seed=seed)
    one, two = digests(tmp_path / "1" / "landing"), digests(tmp_path / "2" / "landing")
    assert not set(one.values()) & set(two.values())
    assert {Path(name).suffix for name in one} | {Path(name).suffix for name in two} >= {".csv", ".xls", ".xlsx"}
    assert set(one) != set(two)


def test_every_file_is_in_the_ledger(county: Summary) -> None:
    told = {path(county, line) for line in (*lines(county), *lines(county, "unrecognised"))}
    assert told == {file for file in (county.folder / "landing").rglob("*") if file.is_file()}


def test_counts_are_what_was_written(county: Summary) -> None:
    for line in (line for line in lines(county) if line["fate"] == "accept"):
        name = recognise(source(line["source"]), line["file"])
        assert name is not None
        assert name.extract.name == line["extract"]
        parsed = parse(read_table(path(county, line), name.extract), name.extract, month_end(line["month"]))
        counts = (parsed.rows_read, parsed.rows.height, parsed.quarantined.height, parsed.rows_duplicate)
        told = tuple(int(line[key]) for key in ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate"))
        assert counts == told, line["file"]


def test_rejected_files_are_past_reading(county: Summary) -> None:
    rejected = [line for line in lines(county) if line["fate"] == "reject"]
    assert rejected
    for line in rejected:
        extract = source(line["source"]).extract(line["extract"])
        try:
            parsed = parse(read_table(path(county, line), extract), extract, month_end(line["month"]))
        except DeliveryProblem:
            continue
        assert parsed.quarantined.height > extract.tolerance * parsed.rows_read


def test_duplicates_have_the_bytes_of_an_accepted_file(county: Summary) -> None:
    accepted = {
        (line["extract"], line["month"], path(county, line).read_bytes())
        for line in lines(county)
        if line["fate"] == "accept"
    }
    doubles = [line for line in lines(county) if line["fate"] == "duplicate"]
    assert doubles
    assert all((line["extract"], line["month"], path(county, line).read_bytes()) in accepted for line in doubles)


def test_each_fate_occurs(county: Summary) -> None:
    assert set(county.fates) == {"accept", "reject", "hold", "duplicate", "unrecognised"}
    assert sum(county.fates.values()) == county.files


def test_no_fault_without_dirt(tmp_path: Path) -> None:
    summary = synthesise(tmp_path, households=60, months=3, seed=3, doses=Doses(0))
    assert set(summary.fates) == {"accept"}
    assert summary.strict_share == 1.0
    assert all(line["rows_quarantined"] == line["rows_duplicate"] == "0" for line in lines(summary))


def test_nobody_could_exist(county: Summary) -> None:
    """Every ID number begins with 99, a residence permit with what none has, a telephone number with the unused 190."""
    for line in lines(county):
        extract = source(line["source"]).extract(line["extract"])
        if line["fate"] != "accept":
            continue
        rows = parse(read_table(path(county, line), extract), extract, month_end(line["month"])).rows
        for column in extract.columns:
            if column.kind is Kind.IDENTIFIER:
                assert rows[column.name].drop_nulls().str.contains("^(99|8[123]99)").all()
            if column.name == "phone":
                assert rows[column.name].drop_nulls().str.starts_with("190").all()


def test_truth_holds_each_household_of_each_month(county: Summary) -> None:
    rows = lines(county, "household_month")
    assert len({(row["month"], row["household_no"]) for row in rows}) == len(rows)
    assert {row["month"] for row in rows} == {"2025-01-01", "2025-02-01", "2025-03-01"}
    states = {state for row in rows for state in re.split(r"\|", ",".join(list(row.values())[7:]).replace(",", "|"))}
    assert states == {"clear", "exempt", "flagged", "unknown"}


def test_housing_of_the_first_month_is_stale_in_the_third(tmp_path: Path) -> None:
    summary = synthesise(tmp_path, households=60, months=3, seed=3, doses=Doses(0))
    months = {line["month"] for line in lines(summary) if line["extract"] == "dwellings"}
    last = {row["HOU01"] for row in lines(summary, "household_month") if row["month"] == "2025-03-01"}
    assert (last == {"unknown"}) == (months == {"202501"})


def test_a_county_that_cannot_be_finished_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the parameters are written, which is after all deliveries."""

    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(parameters, "write", fails)
    for folder in (tmp_path, tmp_path / "new"):
        with pytest.raises(OSError, match="No space left"):
            synthesise(folder, households=40, months=1, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / UNFINISHED / "landing").mkdir(parents=True)
    synthesise(tmp_path, households=40, months=1, seed=1)
    assert {path.name for path in tmp_path.iterdir()} == set(TOP_FOLDERS)


@pytest.mark.parametrize(
    ("cell", "valid"),
    [
        ("99012119670113807４", "990121196701138074"),
        ('="99012119730616586x"', "99012119730616586X"),
        ("990121 19670113 8074", "990121196701138074"),
        ("990121670113807", "990121196701138074"),
        ("99012119670113807441", "990121196701138074"),
        ("G990121196701138074", "990121196701138074"),
        ("990121********8074", ""),
        ("999999999999999999", ""),
        ("9.90121E+17", ""),
        (9.90121196701138e17, ""),
        ("990121196701138074、990121197306165863", ""),
        ("", ""),
    ],
)
def test_identifiers_read_a_second_time(cell: object, valid: str) -> None:
    assert read_identifier(cell).valid == valid
