"""Sudden changes on a real PostgreSQL: each is provoked, is told with its figures, and stops nothing."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hearth.database.engine import connect
from hearth.gating.changes import month_changes
from hearth.gating.records import record_month
from hearth.gating.result import Finding
from hearth.loading.load import load_source
from hearth.orchestration.story import month_story
from hearth.reporting import quality_report
from hearth.settings import Settings
from tests.integration.support import DEATHS, POVERTY, ask, deaths, poverty, register, write_csv

JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)
FACT = "fct_household_month (month date, household_key text, edu01_state text, inc01_state text)"
States = Mapping[str, int]


@pytest.fixture
def months(warehouse: Settings) -> Iterator[Settings]:
    """February as built and January as published, still without households, rows and matches."""
    with connect(warehouse, "transformer") as connection:
        for schema in ("marts", "marts_next"):
            connection.execute(f"create table {schema}.{FACT}")
        connection.execute(
            "create table intermediate.int_match_counts (source text, extract text, matched bigint, queued bigint)"
        )
    yield warehouse
    with connect(warehouse) as connection:
        connection.execute(
            "drop table marts.fct_household_month, marts_next.fct_household_month, intermediate.int_match_counts"
        )
        for table in ("expectation_results", "match_counts", "builds", "deliveries"):
            connection.execute(f"delete from ops.{table}")


def settle(settings: Settings, month: date, states: States, *, schema: str = "marts") -> None:
    """Households of a month by the state of their EDU01; INC01 is clear."""
    with connect(settings, "transformer") as connection:
        for state, households in states.items():
            connection.execute(
                f"insert into {schema}.fct_household_month"
                " select %s, %s || n, %s, 'clear' from generate_series(1, %s) as n",
                (month, state, state, households),
            )


def changes(settings: Settings, rules: tuple[str, ...] = ("EDU01", "INC01"), before: date = JANUARY) -> list[Finding]:
    with connect(settings, "transformer") as connection:
        return month_changes(connection, FEBRUARY, rules, before)


def told(found: list[Finding]) -> dict[tuple[str, str | None], Any]:
    """The sudden ones, with their figures."""
    return {(one.expectation, one.column): one.observed for one in found if not one.is_success}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"clear": 9980, "flagged": 20}, {"clear": 9800, "flagged": 200}, ("flagged_share_steady", "edu01_state")),
        ({"clear": 9800, "flagged": 200}, {"clear": 9980, "flagged": 20}, ("flagged_share_steady", "edu01_state")),
        ({"clear": 300}, {"clear": 200, "unknown": 100}, ("unknown_share_steady", "edu01_state")),
        ({"clear": 200, "unknown": 100}, {"clear": 300}, ("unknown_share_steady", "edu01_state")),
        ({"clear": 300}, {"clear": 250}, ("households_steady", "household_key")),
        ({"clear": 300}, {"clear": 350}, ("households_steady", "household_key")),
    ],
)
def test_households_that_changed_suddenly(
    months: Settings, before: States, now: States, expected: tuple[str, str]
) -> None:
    settle(months, JANUARY, before)
    settle(months, FEBRUARY, now, schema="marts_next")
    assert list(told(changes(months))) == [expected]


def test_a_small_county_does_not_cry_wolf(months: Settings) -> None:
    settle(months, JANUARY, {"clear": 3})
    settle(months, FEBRUARY, {"flagged": 2, "unknown": 1}, schema="marts_next")
    found = changes(months)
    assert len(found) == 5
    assert told(found) == {}


def test_a_rule_that_is_new_has_nothing_to_be_held_against(months: Settings) -> None:
    settle(months, JANUARY, {"clear": 300})
    settle(months, FEBRUARY, {"flagged": 300}, schema="marts_next")
    with connect(months, "transformer") as connection:
        connection.execute("alter table marts_next.fct_household_month add column new01_state text default 'flagged'")
        connection.execute("update marts.fct_household_month set edu01_state = null")
    assert told(changes(months, ("EDU01", "INC01", "NEW01"))) == {}


@pytest.mark.parametrize(("before", "now"), [((990, 10), (930, 70)), ((930, 70), (990, 10))])
def test_matches_that_changed_suddenly_either_way(
    months: Settings, before: tuple[int, int], now: tuple[int, int]
) -> None:
    """Pupils were counted in December last, water in neither."""
    with connect(months) as connection:
        for extract, (matched, queued) in (("pupils", before), ("students", (90, 10))):
            connection.execute(
                "insert into ops.match_counts (source, extract, month, matched, queued, tier_0, tier_1, tier_2, tier_3,"
                " tier_4) values ('education', %s, '202412', %s, %s, 0, %s, 0, 0, 0)",
                (extract, matched, queued, matched),
            )
        connection.execute(
            "insert into intermediate.int_match_counts values ('education', 'pupils', %s, %s),"
            " ('education', 'students', 89, 11), ('water', 'household_water', 1, 99)",
            now,
        )
    figures = {"now": now[1], "of": 1000, "before": before[1], "of_before": 1000, "month_before": "202412"}
    assert told(changes(months)) == {("matches_steady", "education.pupils"): figures}


def test_lists_that_grew_or_shrank_suddenly(months: Settings) -> None:
    """Parts are added up; a list that did not come again, and events that did not come, are no change of rows."""
    for extract, january, february in (
        ("education.pupils", 500, 610),
        ("housing.dwellings", 500, 390),
        ("civil_affairs.extreme_poverty", 500, 420),
        ("medical_insurance.settlements", 100, 301),
        ("civil_affairs.deaths", 100, 33),
        ("civil_affairs.temporary_relief", 100, 290),
    ):
        register(months, extract, "202501", rows=january)
        register(months, extract, "202502", rows=february)
    register(months, "education.students", "202501", rows=500)
    register(months, "water.quality_tests", "202501", rows=500)
    register(months, "water.household_water", "202501", rows=300, part="甲镇")
    for part in ("甲镇", "乙镇"):
        register(months, "water.household_water", "202502", rows=300, part=part)
    found = told(changes(months))
    assert {column: (observed["before"], observed["now"]) for (_, column), observed in found.items()} == {
        "civil_affairs.deaths": (100, 33),
        "education.pupils": (500, 610),
        "housing.dwellings": (500, 390),
        "medical_insurance.settlements": (100, 301),
        "water.household_water": (300, 600),
    }
    assert {name for name, _ in found} == {"rows_steady"}


def test_only_the_list_of_the_months_own_year_is_compared(months: Settings) -> None:
    register(months, "medical_insurance.enrolments", "202501", rows=1000, part="2024年")
    register(months, "medical_insurance.enrolments", "202501", rows=1000, part="2025年")
    register(months, "medical_insurance.enrolments", "202502", rows=1001, part="2025年")
    [rows] = [one for one in changes(months) if one.expectation == "rows_steady"]
    assert (rows.is_success, rows.observed) == (True, {"now": 1001, "before": 1000, "month_before": "202501"})


def test_a_change_reaches_the_view_the_report_and_the_note_of_the_run(months: Settings) -> None:
    settle(months, JANUARY, {"clear": 300})
    settle(months, FEBRUARY, {"clear": 270, "flagged": 30}, schema="marts_next")
    register(months, "education.pupils", "202501", rows=500)
    register(months, "education.pupils", "202502", rows=700)
    with connect(months) as connection:
        connection.execute("alter table marts.fct_household_month add column risk_level text default 'green'")
        connection.execute("create table marts.fct_household_risk_signal (month date, rule_code text, state text)")
        connection.execute(
            "insert into ops.builds (month, status, household_count) values (%s, 'published', 9)", (FEBRUARY,)
        )
    try:
        record_month(months, "202502", changes(months))
        assert ask(
            months,
            "select source, extract, column_name, element_count, unexpected_count, observed ->> 'now'"
            " from ops.failed_expectations where month = '202502' and suite = 'sudden_changes' order by column_name",
        ) == [(None, None, "edu01_state", 300, 30, "30"), ("education", "pupils", "education.pupils", 700, 200, "700")]
        assert month_story(months, "202502").endswith(
            "2 warnings 警告 2 项 (2 sudden changes 突变 2 项): hearth status --month 202502"
        )
        page = quality_report.write_report(months).read_text(encoding="utf-8")
        assert '<td>edu01_state</td><td class="n">30 / 300</td><td class="n">0 / 300</td><td>202501</td>' in page
        assert '<td>education.pupils</td><td class="n">700</td><td class="n">500</td>' in page
        record_month(months, "202502", [one for one in changes(months) if one.is_success])
        assert ask(months, "select * from ops.failed_expectations where month = '202502'") == []
    finally:
        with connect(months) as connection:
            connection.execute("drop table marts.fct_household_risk_signal")


def test_a_file_is_held_against_its_part_of_the_month_before(months: Settings, tmp_path: Path) -> None:
    """A drop of three tenths is still held; a smaller one, or growth, counts and is told."""
    for month, rows in (("202501", 80), ("202502", 120), ("202503", 100), ("202504", 74)):
        write_csv(tmp_path, f"civil_affairs/{month}/特困人员供养名册.csv", POVERTY, poverty(rows))
    for month, rows in (("202501", 5), ("202502", 25)):
        write_csv(tmp_path, f"civil_affairs/{month}/死亡人员信息.csv", DEATHS, deaths(rows))
    outcomes = load_source(months, "civil_affairs", landing=tmp_path)
    assert {outcome.status for outcome in outcomes} == {"accepted"}
    found = ask(
        months,
        "select month, extract, observed from ops.failed_expectations where expectation = 'rows_steady' order by 1, 2",
    )
    assert found == [
        ("202502", "deaths", {"now": 25, "before": 5, "month_before": "202501"}),
        ("202502", "extreme_poverty", {"now": 120, "before": 80, "month_before": "202501"}),
        ("202504", "extreme_poverty", {"now": 74, "before": 100, "month_before": "202503"}),
    ]
