"""The turn of the school year: what September does to the pupils' and the students' lists."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from hearth.contracts import source
from hearth.parsing.frame import parse
from hearth.reading.table import read_table
from hearth.synthesis import Doses, synthesise
from hearth.synthesis.months import month_end

MONTHS = ("202408", "202409")
AT_SCHOOL = pl.col("register_status") == "在读"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    synthesise(folder, households=700, months=2, seed=3, first_month="202408", doses=Doses(0))
    return folder


def lists(county: Path, extract: str) -> list[pl.DataFrame]:
    """A list of August and of September, as a reader of the files sees it."""
    contract = source("education").extract(extract)
    found = []
    for month in MONTHS:
        path = next((county / "landing" / "education" / month).glob(f"{contract.stems[0].text}*"))
        found.append(parse(read_table(path, contract), contract, month_end(month)).rows)
    return found


@pytest.fixture(scope="module")
def moved(county: Path) -> pl.DataFrame:
    """Each child of August's register, 在读 then, with their row of September where they have one."""
    august, september = lists(county, "pupils")
    return august.filter(AT_SCHOOL).join(september, on="pupil_no", how="left", suffix="_next", coalesce=True)


def grade(column: str) -> pl.Expr:
    return pl.col(column).str.extract(r"^(\d)年级$").cast(pl.Int32)


def test_everybody_at_school_moves_up_one_grade(moved: pl.DataFrame) -> None:
    going_on = moved.filter(grade("grade") < 9)
    assert going_on.height > 200
    listed = going_on.filter(pl.col("grade_next").is_not_null())
    assert listed.height > going_on.height - 4, "but for a child who died"
    assert listed.select((grade("grade_next") - grade("grade")).unique()).to_series().to_list() == [1]


def test_middle_school_begins_with_the_seventh_grade(moved: pl.DataFrame) -> None:
    for suffix in ("", "_next"):
        rows = moved.filter(pl.col(f"grade{suffix}").is_not_null())
        is_primary = rows.select(grade(f"grade{suffix}") < 7).to_series()
        assert (rows[f"school_stage{suffix}"] == "小学").equals(is_primary)
        assert rows[f"school_name{suffix}"].str.ends_with("小学").equals(is_primary)
    assert moved.filter(pl.col("school_name") != pl.col("school_name_next")).height > 20


def test_after_nine_years_most_go_on_to_senior_high_and_nobody_stays_at_school(
    moved: pl.DataFrame, county: Path
) -> None:
    graduates = moved.filter(grade("grade") == 9)
    assert graduates.height > 25
    assert set(graduates["register_status_next"].drop_nulls()) <= {"毕业"}
    august, september = lists(county, "students")
    new = september.join(august, on="citizen_id", how="anti").filter(
        pl.col("education_level").is_in(["普通高中", "中职"])
    )
    assert set(new["citizen_id"]) <= set(graduates["citizen_id"])
    assert 0.7 < new.height / graduates.height < 1


def test_those_who_are_six_enter_the_first_grade(county: Path) -> None:
    august, september = lists(county, "pupils")
    new = september.join(august, on="pupil_no", how="anti")
    first = new.filter(grade("grade") == 1)
    assert first.height > 15
    born = pl.col("birth_date").dt.strftime("%Y%m%d")
    assert first.select(born.is_between(pl.lit("20170901"), pl.lit("20180831")).all()).item()
    assert august.filter(grade("grade") == 1).height > 15


def test_students_reach_the_next_level_and_an_end(county: Path) -> None:
    august, september = lists(county, "students")
    both = august.join(september, on="citizen_id", suffix="_next")
    steps = Counter(
        both.filter(pl.col("education_level") != pl.col("education_level_next"))
        .select("education_level", "education_level_next")
        .iter_rows()
    )
    assert steps["普通高中", "本科"] > 0
    assert {before for before, _ in steps} <= {"普通高中", "中职", "高职高专"}
    assert august.join(september, on="citizen_id", how="anti").height > 5
    assert set(august["school_year"]) == {"2023-2024"}
    assert set(september["school_year"]) == {"2024-2025"}
