"""What a county's months meet: a department that falls silent, a corrected file, a held roster."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.instance import Instance

SWITCHED_OFF = (
    *("missing-column", "truncated-list", "wrong-count", "corrected-file", "same-bytes-again"),
    *("silent-extract", "silent-department", "silent-office", "by-office"),
)

WAT01 = """
    select to_char(month, 'YYYYMM'), wat01_state, count(*)
    from marts.fct_household_month group by 1, 2
"""


@pytest.fixture(scope="module")
def sample(make_instance: Callable[[str], Instance], folder: Path) -> Path:
    """A small synthetic county of three months, in which no department does by itself what a test does here."""
    county = folder / "county"
    calm = [option for fault in SWITCHED_OFF for option in ("--fault", f"{fault}=0")]
    make_instance("maker").hearth("synth", county, "--households", "250", "--months", "3", "--seed", "7", *calm)
    return county


@pytest.fixture(scope="module")
def county(make_instance: Callable[[str], Instance], sample: Path) -> Instance:
    """The sample, loaded and built."""
    instance = make_instance("county")
    _run(instance, sample / "landing", sample)
    return instance


def test_synthetic_county_agrees_with_its_own_truth(county: Instance, sample: Path) -> None:
    county.check(sample)


def test_corrected_roster_rebuilds_its_month_and_the_later_ones(county: Instance, sample: Path, folder: Path) -> None:
    landing = folder / "corrected"
    shutil.copytree(sample / "landing", landing)
    original = next((landing / "registry" / "202502").glob("*农户收支信息*"))
    corrected = original.with_name(f"农户收支信息_20250228_更正{original.suffix}")
    rows = _incomes(county, "202502")
    with corrected.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["户编号", "家庭纯收入", "人均纯收入", "上年人均纯收入"])
        writer.writerows((no, 1, 1, 1) for (no,) in rows)
    before = _built(county)
    _run(county, landing, sample)
    after = _built(county)
    assert after["202501"] == before["202501"]
    assert after["202502"] > before["202502"]
    poor = county.rows("select distinct income_per_capita from marts.fct_household_month where month = '2025-02-01'")
    assert [int(value) for (value,) in poor if value is not None] == [1]
    statuses = county.rows(
        "select status from ops.deliveries where source = 'registry' and extract = 'income' and month = '202502'"
    )
    assert [status for (status,) in statuses].count("accepted") == 2, "the earlier file stays traceable"


def test_files_read_again_and_months_built_again_give_the_same_facts(county: Instance) -> None:
    before, deliveries = county.fact_rows(), "select count(*), max(reading) from ops.deliveries where source = 'water'"
    count, _ = county.rows(deliveries)[0]
    output = county.hearth("reload", "--source", "water", "--months", "202502", "--reason", "an alias was missing")
    assert "202502" in output
    assert county.rows(deliveries)[0][0] > count and county.rows(deliveries)[0][1] == 2
    output = county.hearth("backfill", "--from", "202412", "--to", "202503", "--force", "--direct")
    assert "3 of 3 months are published" in output
    assert county.fact_rows() == before
    told = county.rows("select month, outcome, run_by, reason from ops.run_history where kind = 'reload'")
    assert told == [("202502", "done", "direct", "an alias was missing")]


def test_water_that_falls_silent_is_used_until_too_old(
    make_instance: Callable[[str], Instance], sample: Path, folder: Path
) -> None:
    landing = folder / "silent"
    shutil.copytree(sample / "landing", landing)
    for month in ("202502", "202503"):
        for file in (landing / "water" / month).glob("农户饮水状况*"):
            file.unlink()
    instance = make_instance("silent")
    _run(instance, landing, sample)
    states = {month: {} for month in ("202501", "202502", "202503")}
    for month, state, count in instance.rows(WAT01):
        states[month][state] = count
    assert states["202502"].get("clear", 0) > 0, "28 days old: the last one still counts"
    assert set(states["202503"]) == {"unknown"}, "59 days old: nobody's water is known"


def test_without_a_roster_the_month_is_blocked(
    make_instance: Callable[[str], Instance], sample: Path, folder: Path
) -> None:
    landing = folder / "no_roster"
    shutil.copytree(sample / "landing", landing)
    shutil.rmtree(landing / "registry")
    instance = make_instance("no_roster")
    output = instance.hearth("run", "--landing", landing, "--direct", expect=5)
    assert "blocked: registry" in " ".join(output.split())
    assert "Traceback" not in output


def _run(instance: Instance, landing: Path, sample: Path) -> None:
    instance.hearth("run", "--landing", landing, "--parameters", sample / "config/rule_parameters.csv", "--direct")


def _incomes(county: Instance, month: str) -> list[tuple[str]]:
    return county.rows(
        """
        select distinct household_no
        from raw.registry__income inner join ops.deliveries using (delivery_id)
        where month = :month
        """,
        month=month,
    )


def _built(county: Instance) -> dict[str, int]:
    """Each month's last published build."""
    return dict(
        county.rows(
            "select to_char(month, 'YYYYMM'), max(build_id) from ops.builds where status = 'published' group by 1"
        )
    )
