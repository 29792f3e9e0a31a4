"""What an operator asks of a county in which something is wrong with everything: the views and the page answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from hearth.cli import app as cli
from hearth.cli.context import Context
from hearth.contracts import SOURCES
from hearth.database.engine import connect
from hearth.language import speaking
from hearth.reporting.observed import VIEWS
from hearth.settings import Settings
from tests.integration.support import ask, one, register

MONTHS = ("202501", "202502", "202503")
EVERY_MONTH = [f"{source.name}.{extract.name}" for source in SOURCES for extract in source.extracts]
ONCE = {"registry.divisions", "registry.division_changes", "registry.income", "water.schemes"}
NEVER = {"education.not_in_school"}
NOT_IN_MARCH = {"education.pupils", "education.students", "water.household_water", "civil_affairs.temporary_relief"}
"""The department education is silent, the water list is held, and events that always came did not."""


@pytest.fixture(scope="module")
def county(warehouse: Settings) -> Iterator[Settings]:
    """Three months: a silent department, a held list, a stale and a list that never came, a build that failed."""
    for month in MONTHS:
        for extract in EVERY_MONTH:
            is_absent = extract in NEVER or (extract in ONCE and month != "202501")
            if not is_absent and not (extract in NOT_IN_MARCH and month == "202503"):
                part = f"{month[:4]}年" if extract.endswith("enrolments") else ""
                register(warehouse, extract, month, rows=100, part=part)
    register(warehouse, "medical_insurance.enrolments", "202501", rows=90, part="2024年")
    held = register(warehouse, "water.household_water", "202503", rows=40, status="held")
    with connect(warehouse) as connection:
        connection.execute(
            "update ops.deliveries set registered_at = now() - interval '3 days 5 hours',"
            " figures = '{\"previous\": {\"rows\": 100}}', message = 'It lost rows.', message_zh = '行数减少。'"
            " where delivery_id = %s",
            (held,),
        )
        _build(connection)
        _match(connection)
    yield warehouse


def _build(connection: Any) -> None:
    """A build a month that took 10, 20 and 60 seconds, and one more of March that failed in its second try."""
    for month, seconds in (("2025-01-01", 10), ("2025-02-01", 20), ("2025-03-01", 60)):
        connection.execute(
            """
            with build as (
                insert into ops.builds (month, status, household_count, started_at, finished_at)
                values (%(month)s::date, 'published', 300, %(month)s::date, %(month)s::date) returning build_id
            ),

            models as (
                insert into ops.model_runs (build_id, model, status, seconds, rows)
                select build_id, model, 'success', seconds, 1
                from build, (values ('int_links', 2.0), ('int_members', 1.0)) as models (model, seconds)
            )

            insert into ops.steps (build_id, step, started_at, seconds)
            select build_id, step, %(month)s::date, %(seconds)s::numeric / 2
            from build, unnest(array['transform', 'gate']) as step
            """,
            {"month": month, "seconds": seconds},
        )
    connection.execute(
        """
        with build as (
            insert into ops.builds (month, status, message, message_zh, finished_at)
            values ('2025-03-01', 'failed', 'dbt: int_links failed', 'dbt：int_links 失败', now()) returning build_id
        )

        insert into ops.model_runs (build_id, model, status, seconds, rows)
        select build_id, model, status, seconds, null
        from build, (
            values ('int_members', 'success', 1.0), ('int_links', 'success', 1.0), ('int_links', 'error', 9.0)
        ) as models (model, status, seconds)
        """
    )


def _match(connection: Any) -> None:
    for month, matched in zip(MONTHS, (980, 950, 920), strict=True):
        connection.execute(
            "insert into ops.match_counts (source, extract, month, matched, queued, tier_0, tier_1, tier_2, tier_3,"
            " tier_4) values ('education', 'pupils', %s, %s, 1000 - %s, 0, %s, 0, 0, 0)",
            (month, matched, matched, matched),
        )


def check(settings: Settings, *failures: str, delivery_id: int | None = None, month: str = "202503") -> None:
    """The results of one check, in which those expectations failed and another did not."""
    scope = "delivery" if delivery_id else "month"
    with connect(settings) as connection:
        for name in ("good", *failures):
            connection.execute(
                "insert into ops.expectation_results (scope, delivery_id, month, suite, expectation, severity,"
                " is_success, reason, element_count, unexpected_count) values"
                " (%s, %s, %s, 'suite', %s, 'critical', %s, 'Why. · 原因。', 300, 7)",
                (scope, delivery_id, month, name, name == "good"),
            )


def test_what_arrived_and_what_did_not(county: Settings) -> None:
    found = {
        f"{source}.{extract}": tuple(rest)
        for source, extract, *rest in ask(
            county,
            "select source, extract, state, is_expected, counting_month, age_days, is_stale from ops.month_arrivals"
            " where month = '202503' and state <> 'arrived'",
        )
    }
    assert found == {
        "education.not_in_school": ("missing", True, None, None, True),
        "education.pupils": ("missing", True, "202502", 31, False),
        "education.students": ("missing", True, "202502", 31, False),
        "civil_affairs.temporary_relief": ("missing", True, None, None, False),
        "registry.divisions": ("carried", False, "202501", 59, False),
        "registry.income": ("missing", True, "202501", 59, True),
        "water.household_water": ("held", True, "202502", 31, False),
        "water.schemes": ("carried", False, "202501", 59, False),
    }
    assert one(county, "select count(*) from ops.month_arrivals where state = 'missing' and month = '202501'") == 1
    rows = "select rows_loaded, rows_quarantined, files from ops.month_arrivals where month = '202502'"
    assert ask(county, f"{rows} and extract = 'students'") == [(99, 1, 1)]


def test_last_years_list_is_not_missed(county: Settings) -> None:
    query = "select month, part from ops.month_arrivals where extract = 'enrolments' order by 1, 2"
    assert ask(county, query) == [("202501", "2024年"), *((month, "2025年") for month in MONTHS)]


def test_a_part_that_only_refused_files_name_is_told_of_and_not_waited_for(county: Settings) -> None:
    number = register(county, "housing.dwellings", "202502", part="已改名", status="rejected")
    query = "select month, state, is_expected, is_stale from ops.month_arrivals where part = '已改名'"
    assert ask(county, query) == [("202502", "rejected", False, False)]
    with connect(county) as connection:
        connection.execute("delete from ops.deliveries where delivery_id = %s", (number,))


def test_how_fresh_each_list_is(county: Settings) -> None:
    found = {
        extract: rest
        for extract, *rest in ask(
            county,
            "select extract, data_date::text, age_days, stale_from::text, is_stale, is_stale_today"
            " from ops.extract_freshness where kind = 'snapshot'",
        )
    }
    assert found["income"] == ["2025-01-31", 59, "2025-03-18", True, True]
    assert found["household_water"] == ["2025-02-28", 31, "2025-04-15", False, True]
    assert found["divisions"] == ["2025-01-31", 59, None, False, False]
    assert found["not_in_school"] == [None, None, None, True, True]
    assert one(county, "select count(*) from ops.extract_freshness") == len(EVERY_MONTH)
    today = "select age_days_today - age_days = (now() at time zone 'Asia/Shanghai')::date - date '2025-03-31'"
    assert one(county, f"{today} from ops.extract_freshness where extract = 'income'")


def test_what_is_held_and_for_how_long(county: Settings) -> None:
    columns = "status, extract, days_held, rows_read, rows_before, reason, replaced_by"
    assert ask(county, f"select {columns} from ops.held_deliveries") == [
        ("held", "household_water", 3, 40, 100, "It lost rows.", None)
    ]


def test_match_rates_and_where_they_go(county: Settings) -> None:
    found = ask(
        county,
        "select month, rate::text, rate_before::text, change::text, usual_rate::text, trend::text"
        " from ops.match_rates order by 1",
    )
    assert found == [
        ("202501", "0.9800", None, None, None, None),
        ("202502", "0.9500", "0.9800", "-0.0300", "0.9800", None),
        ("202503", "0.9200", "0.9500", "-0.0300", "0.9650", "-0.0300"),
    ]


def test_how_long_builds_and_loads_took(county: Settings) -> None:
    with connect(county) as connection:
        connection.execute(
            "insert into ops.steps (delivery_id, step, started_at, seconds)"
            " select delivery_id, step, to_date(month, 'YYYYMM'), 1"
            " from ops.deliveries, unnest(array['read', 'gate']) as step where source = 'housing'"
        )
    builds = "select month, seconds::text, usual_seconds, times_usual::text from ops.run_times where kind = 'build'"
    assert [(month, float(seconds), *rest) for month, seconds, *rest in ask(county, f"{builds} order by 1")] == [
        ("202501", 10, None, None),
        ("202502", 20, 10, "2.00"),
        ("202503", 60, 15, "4.00"),
    ]
    loads = "select month, seconds::integer, usual_seconds::integer, rows from ops.run_times where source = 'housing'"
    assert ask(county, f"{loads} order by 1") == [
        ("202501", 4, None, 200),
        ("202502", 4, 4, 200),
        ("202503", 4, 4, 200),
    ]


def test_only_the_newest_check_of_what_counts_is_told(county: Settings) -> None:
    former = one(county, "select delivery_id from ops.deliveries where (extract, month) = ('dwellings', '202502')")
    replacing = register(county, "housing.dwellings", "202502", rows=100)
    with connect(county) as connection:
        connection.execute("update ops.deliveries set is_correction = true where delivery_id = %s", (replacing,))
    check(county, "of_the_former", delivery_id=former, month="202502")
    check(county, "of_the_new", delivery_id=replacing, month="202502")
    check(county, "mended_since")
    check(county, "still_wrong")
    found = ask(county, "select scope, month, delivery_id, expectation from ops.failed_expectations order by 1, 2")
    assert found == [("delivery", "202502", replacing, "of_the_new"), ("month", "202503", None, "still_wrong")]


def test_the_models_of_each_months_last_build(county: Settings) -> None:
    columns = "model, build_status, status, is_failed, seconds::integer, usual_seconds::integer, place"
    assert ask(county, f"select {columns} from ops.model_results where month = '202503' order by place") == [
        ("int_links", "failed", "error", True, 9, 2, 1),
        ("int_members", "failed", "success", False, 1, 1, 2),
    ]


def test_a_month_at_a_glance(county: Settings) -> None:
    columns = (
        "status, parts_arrived, parts_expected, parts_missing, parts_stale, files_held, match_rate::text,"
        " critical_failures, models_failed, build_seconds::integer"
    )
    expected = len(EVERY_MONTH) - len({"registry.divisions", "registry.division_changes", "water.schemes"})
    assert ask(county, f"select {columns} from ops.month_overview where month = '202503'") == [
        ("failed", expected - 6, expected, 5, 2, 1, "0.9200", 1, 1, 60)
    ]


@pytest.mark.parametrize("role", ["loader", "transformer"])
def test_who_reads_ops_reads_the_views(county: Settings, role: str) -> None:
    for query in VIEWS.values():
        with connect(county, role) as connection:
            connection.execute(query, {"month": None, "slowest": 10})


def status(settings: Settings, *arguments: str) -> str:
    """What `hearth status` prints."""
    environ = {"HEARTH_HOME": str(settings.home)}
    done = CliRunner().invoke(cli.app, ["status", *arguments], obj=Context(environ), catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(
    ("chinese", "expected"),
    [
        (
            False,
            (
                "202503  education pupils: the list of 202502 serves",
                "202503  registry income: the list of 202501 is too old (59 days, at most 45)",
                "202503  education not_in_school: nothing counts",
                "held 3 days: 40 rows, 100 before",
                "202503  critical  suite still_wrong: 7 / 300. Why.",
                "202503  int_links: error",
                "-3.0",
                "60 s",
                "15 s",
            ),
        ),
        (
            True,
            (
                "202503  education pupils: 沿用 202502 的名单",
                "202501 的名单已过期（59 天，上限 45 天）",
                "暂扣 3 天: 40 行，上一份 100 行",
                "202503  严重  suite still_wrong: 7 / 300。原因。",
            ),
        ),
    ],
)
def test_the_page_answers(county: Settings, *, chinese: bool, expected: tuple[str, ...]) -> None:
    check(county, "still_wrong")
    with speaking(chinese=chinese):
        newest, month = status(county), status(county, "--month", "202503")
    for line in expected:
        assert line in newest, line
        assert line in month or "int_links" in line, line


def test_the_page_of_another_month_is_silent_about_this_one(county: Settings) -> None:
    page = status(county, "--month", "202501")
    assert "202503" not in page.replace("202503.", "")
    assert "held 3 days" not in page


def test_programs_read_everything_by_name(county: Settings) -> None:
    found = json.loads(status(county, "--json"))
    assert set(VIEWS) | {
        "home",
        "landing",
        "database",
        "airflow",
        "warehouse",
        "deliveries",
        "waiting",
        "months",
        "late",
    } == set(found)
    assert {row["month"] for row in found["overview"]} == set(MONTHS)
    assert [row["times_usual"] for row in found["run_times"] if row["kind"] == "build"] == [None, 2.0, 4.0]
    of_march = json.loads(status(county, "--json", "--month", "202503"))
    assert {row["month"] for name in ("arrivals", "overview", "models") for row in of_march[name]} == {"202503"}


def test_a_month_nobody_loaded_is_refused(county: Settings) -> None:
    environ = {"HEARTH_HOME": str(county.home)}
    done = CliRunner().invoke(cli.app, ["status", "--month", "202509"], obj=Context(environ))
    assert "202509" in str(done.exception)


def test_a_warehouse_of_an_older_hearth_says_so(county: Settings) -> None:
    views = one(county, "select pg_get_viewdef('ops.month_overview')")
    with connect(county) as connection:
        connection.execute("drop view ops.month_overview")
    try:
        assert "hearth up" in status(county)
        assert json.loads(status(county, "--json"))["warehouse"] == "older"
    finally:
        with connect(county) as connection:
            connection.execute(f"create view ops.month_overview as {views}")
