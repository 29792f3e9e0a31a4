"""The gates on a real PostgreSQL: good and broken slices and months, and not one cell in what they leave behind."""

import json
import logging
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from expectations.kinds import Expectation, Suite
from expectations.terms import warning
from hearth.contracts import SOURCES, source
from hearth.contracts.model import Extract, Kind, Source
from hearth.database.engine import connect
from hearth.gating import GateResult, gate_delivery, gate_month, validation
from hearth.gating.counting import counted
from hearth.gating.result import findings
from hearth.gating.validation import hold_against, validate
from hearth.settings import Settings

LAST_DAY = date(2025, 1, 31)
RULES = ("EDU01", "EDU02", "MED01", "HOU01", "WAT01", "INC01")
CELLS = (
    "household_count",
    "red_count",
    "yellow_count",
    "grey_count",
    "green_count",
    *(f"{r.lower()}_count" for r in RULES),
)
FACT = "marts_next.fct_household_month"
SIGNALS = "marts_next.fct_household_risk_signal"
DIVISIONS = "marts_next.agg_division_month"
INDICATORS = "marts_next.agg_policy_indicator_month"
SECRET_NAME = "钱无此人"
SECRET_ID = "990101199001010000"  # of the fictional area 99, and its check digit is wrong


@pytest.fixture(scope="module")
def settings(warehouse: Settings) -> Settings:
    return warehouse


@pytest.fixture(autouse=True)
def compared(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever is counted here must be what Great Expectations' own engine says; the suites that were compared."""
    suites: list[str] = []

    def counted_twice(
        connection: psycopg.Connection, schema: str, table: str, suite: Any, parameters: Any = None
    ) -> Any:
        found = counted(connection, schema, table, suite, parameters)
        if found is None:
            return None
        stock = findings(validate(settings, connection.info.user, schema, table, suite, parameters))
        assert sorted(found, key=repr) == sorted(stock, key=repr)
        suites.append(suite.name)
        return found

    monkeypatch.setattr(validation, "counted", counted_twice)
    return suites


def slice_table(settings: Settings, source: Source, extract: Extract, delivery_id: int) -> str:
    """An empty slice as loading makes it."""
    table = f"{source.name}__{extract.name}__d{delivery_id}"
    parent = f"{source.name}__{extract.name}"
    with connect(settings, "loader") as connection:
        connection.execute(
            sql.SQL("create table raw.{} (like raw.{})").format(sql.Identifier(table), sql.Identifier(parent))
        )
    return table


def insert(settings: Settings, table: str, rows: list[dict[str, object]]) -> None:
    columns = list(rows[0])
    statement = sql.SQL("insert into raw.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() for _ in columns),
    )
    with connect(settings, "loader") as connection, connection.cursor() as cursor:
        cursor.executemany(statement, [[row[column] for column in columns] for row in rows])


def pupil(number: int, **changes: object) -> dict[str, object]:
    return {
        "delivery_id": 0,
        "row_number": number,
        "pupil_no": f"L{number:010}",
        "person_name": f"{SECRET_NAME}{number}",
        "citizen_id": f"99010120150101{number:04}",
        "citizen_id_fault": None,
        "birth_date": date(2015, 1, 1),
        "register_status": "在读",
        "is_aided": False,
        "aid_yuan": 0,
        "village_code": "990101101201",
        **changes,
    }


def gate_pupils(settings: Settings, delivery_id: int, rows: list[dict[str, object]]) -> GateResult:
    education = source("education")
    extract = education.extract("pupils")
    table = slice_table(settings, education, extract, delivery_id)
    insert(settings, table, [{**row, "delivery_id": row["delivery_id"] or delivery_id} for row in rows])
    return gate_delivery(settings, education, extract, table, delivery_id, data_date=LAST_DAY)


@pytest.mark.parametrize(
    ("source", "extract"),
    [pytest.param(s, e, id=f"{s.name}.{e.name}") for s in SOURCES for e in s.extracts],
)
def test_every_suite_runs_on_an_empty_slice(settings: Settings, source: Source, extract: Extract) -> None:
    """A department without a case this month sends a header only; every expectation must be able to say so.

    Of a list whose absentees are flagged, that is no answer.
    """
    table = slice_table(settings, source, extract, 1)
    result = gate_delivery(settings, source, extract, table, 1, data_date=LAST_DAY)
    if extract.name in ("pupils", "enrolments", "members"):
        assert not result.passed
        assert len(result.failures) == 1
    else:
        assert result == GateResult(passed=True)


@pytest.mark.parametrize(
    ("source", "extract"),
    [pytest.param(s, e, id=f"{s.name}.{e.name}") for s in SOURCES for e in s.extracts],
)
def test_every_suite_counts_rows_of_nothing(settings: Settings, source: Source, extract: Extract) -> None:
    table = slice_table(settings, source, extract, 2)
    faults = [f"{c.name}_fault" for c in extract.columns if c.kind is Kind.IDENTIFIER]
    rows = [{"delivery_id": 2, "row_number": n, **dict.fromkeys(faults, "blank")} for n in range(1, 41)]
    insert(settings, table, rows)
    result = gate_delivery(settings, source, extract, table, 2, data_date=LAST_DAY)
    assert not result.passed
    assert not any("could not be evaluated" in sentence for sentence in result.warnings)


ANYTHING: Mapping[str, Sequence[object]] = {
    "text": (None, None, "", "1", "11", "390", "户主", "在读", "村", "990101101201", "blank", "'; drop table x --"),
    "boolean": (None, True, False),
    "date": (None, date(1799, 1, 1), date(1950, 5, 5), date(2015, 1, 1), LAST_DAY, date(2025, 2, 1), date(2099, 1, 1)),
    "timestamp": (None, datetime(2019, 1, 1), datetime(2025, 1, 31, 23, 59, 59), datetime(2025, 2, 1)),  # noqa: DTZ001
    "numeric": (None, -20_000_000, -1, 0, Decimal("0.01"), 55, 3_000_000, 20_000_000),
    "bigint": (None, 99010119900101000, 99010119900101001),
}


@pytest.mark.parametrize(
    ("source", "extract"),
    [pytest.param(s, e, id=f"{s.name}.{e.name}") for s in SOURCES for e in s.extracts],
)
def test_whatever_stands_in_a_slice_is_counted_as_great_expectations_counts(
    settings: Settings, compared: list[str], source: Source, extract: Extract
) -> None:
    rng = random.Random(extract.name)
    kinds = {raw.name: raw.postgres_type.partition("(")[0] for raw in extract.raw_columns}
    for delivery_id, size in ((11, 1), (12, 19), (13, 200)):
        table = slice_table(settings, source, extract, delivery_id)
        rows = [{name: rng.choice(ANYTHING[kind]) for name, kind in kinds.items()} for _ in range(size)]
        numbers = [{"delivery_id": rng.choice((delivery_id,) * 50 + (1,)), "row_number": rng.randint(1, 2 * size)}
                   for _ in range(size)]  # fmt: skip
        insert(settings, table, [number | row for number, row in zip(numbers, rows, strict=True)])
        gate_delivery(settings, source, extract, table, delivery_id, data_date=LAST_DAY)
    assert len(compared) == 3


def test_what_is_not_known_here_is_left_to_great_expectations(settings: Settings, compared: list[str]) -> None:
    education = source("education")
    table = slice_table(settings, education, education.extract("pupils"), 21)
    insert(settings, table, [pupil(1, delivery_id=21), pupil(2, delivery_id=21)])
    pupils, aid = {"column": "pupil_no", "value": 11}, {"column": "aid_yuan", "min_value": 0, "strict_min": True}
    for kind, kwargs, is_success, is_broken in (
        ("expect_column_value_lengths_to_equal", pupils, True, False),
        ("expect_column_values_to_be_between", aid, False, False),
        ("expect_column_values_to_not_be_null", {"column": "no_such_column"}, False, True),
    ):
        expectation: Expectation = {"type": kind, "kwargs": kwargs, **warning("length", "Why.", "为何。")}
        suite = Suite("other", [expectation])
        with connect(settings, "loader") as connection:
            assert counted(connection, "raw", table, suite) is None
        (finding,) = hold_against(settings, "loader", "raw", table, suite)
        assert (finding.is_success, finding.is_broken) == (is_success, is_broken)


def test_a_good_slice_passes_and_leaves_its_results(settings: Settings) -> None:
    result = gate_pupils(settings, 100, [pupil(n) for n in range(1, 61)])
    assert result == GateResult(passed=True)
    with connect(settings) as connection:
        counted = connection.execute(
            "select count(*), count(*) filter (where is_success), max(element_count), min(month), min(source) "
            "from ops.expectation_results where delivery_id = 100"
        ).fetchone()
    assert counted is not None
    assert counted[0] == counted[1] > 10
    assert counted[2:] == (60, "202501", "education")


def test_twice_the_usual_dirt_passes_with_a_warning(settings: Settings) -> None:
    """Faulty ID numbers in every eighth row, a repeated pupil and an old one are for the report, not for the gate."""
    rows = [pupil(n, citizen_id_fault="masked" if n % 8 == 0 else None) for n in range(1, 61)]
    rows += [pupil(61, pupil_no="L0000000001"), pupil(62, birth_date=date(1950, 1, 1))]
    result = gate_pupils(settings, 101, rows)
    assert result.passed
    assert [sentence.split(": ")[1] for sentence in sorted(result.warnings)] == [
        "age_of_a_pupil (birth_date)",
        "counts_once (pupil_no)",
        "identifiers_mostly_valid (citizen_id_fault)",
    ]


def test_a_shifted_export_is_stopped(settings: Settings) -> None:
    rows = [pupil(n, citizen_id=None, citizen_id_fault="unreadable", register_status=None) for n in range(1, 61)]
    result = gate_pupils(settings, 102, rows)
    assert not result.passed
    assert len(result.failures) == len(result.failures_zh) == 2
    assert any("identifiers_half_valid (citizen_id_fault): 60 of 60" in sentence for sentence in result.failures)


def test_rows_of_another_delivery_are_stopped(settings: Settings) -> None:
    result = gate_pupils(settings, 103, [pupil(1), pupil(1), pupil(2, delivery_id=999)])
    assert not result.passed
    assert {sentence.split(": ")[1] for sentence in result.failures} == {
        "row_number_unique (row_number)",
        "rows_of_this_delivery (delivery_id)",
    }


def test_a_small_ledger_of_blank_identifiers_passes(settings: Settings) -> None:
    result = gate_pupils(settings, 104, [pupil(n, citizen_id=None, citizen_id_fault="blank") for n in range(1, 6)])
    assert result.passed


def test_the_gate_holds_no_lock_on_the_slice(settings: Settings) -> None:
    """Loading attaches the slice right after the gate; a transaction left open would make it wait for ever."""
    gate_pupils(settings, 105, [pupil(n) for n in range(1, 4)])
    with connect(settings, "loader") as connection:
        connection.execute("set lock_timeout = '1s'")
        connection.execute(
            "alter table raw.education__pupils attach partition raw.education__pupils__d105 for values in (105)"
        )


def test_no_cell_is_left_behind(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """The default result format of Great Expectations copies offending cells into results, logs and Data Docs."""
    caplog.set_level(logging.DEBUG)
    rows = [
        pupil(
            n,
            pupil_no=SECRET_ID,
            citizen_id=SECRET_ID,
            citizen_id_fault="wrong_check_digit",
            register_status=SECRET_NAME,
        )
        for n in range(1, 41)
    ]
    result = gate_pupils(settings, 106, rows)
    assert not result.passed
    with connect(settings) as connection:
        recorded = connection.execute("select to_jsonb(r)::text from ops.expectation_results as r").fetchall()
    said = capfd.readouterr()
    left = [result.failures, result.failures_zh, result.warnings, recorded, said, caplog.text]
    everything = json.dumps(left, ensure_ascii=False)
    assert SECRET_ID not in everything
    assert SECRET_NAME not in everything


BUILT_MONTH = f"""
create table intermediate.int_households as
select 'h' || n as household_key from generate_series(1, 3) as n;

create table intermediate.int_members as
select household_key, 'p' || p as person_key from intermediate.int_households, generate_series(1, 2) as p;

create table intermediate.rule_catalogue as
select rule_code from unnest('{{{", ".join(RULES)}}}'::text[]) as rule_code;

create table intermediate.int_match_counts (source text, extract text, matched bigint, queued bigint);

create table marts_next.fct_household_month (
    month date, household_key text, village_code text, township_code text, county_code text, city_code text,
    province_code text, is_actively_monitored boolean, member_count integer, risk_level text,
    suggested_category text, flagged_count integer, {", ".join(f"{code.lower()}_state text" for code in RULES)}
);
insert into marts_next.fct_household_month
select
    date '2025-02-01', household_key, '990101101201', '990101101000', '990101000000', '990100000000',
    '990000000000', false, 2, 'green', null, 0, {", ".join("'clear'" for _ in RULES)}
from intermediate.int_households;
update marts_next.fct_household_month
set
    edu01_state = 'flagged', inc01_state = 'flagged', wat01_state = 'unknown', flagged_count = 2, risk_level = 'red'
where household_key = 'h1';

create table marts_next.fct_household_risk_signal (
    month date, household_key text, rule_code text, state text, severity text, evidence jsonb,
    queued_candidate_count integer
);
insert into marts_next.fct_household_risk_signal values
('2025-02-01', 'h1', 'EDU01', 'flagged', 'red', '[{{"delivery_id": 1}}]', 0),
('2025-02-01', 'h1', 'INC01', 'flagged', 'yellow', '[{{"delivery_id": 1}}]', 0),
('2025-02-01', 'h1', 'WAT01', 'unknown', 'red', null, 0);

create table marts_next.agg_division_month as
select
    date '2025-02-01' as month,
    split_part(division, ' ', 1) as division_level,
    split_part(division, ' ', 2) as division_code,
    {", ".join(f"null::integer as {cell}" for cell in CELLS)}
from unnest(array[
    'village 990101101201', 'township 990101101000', 'county 990101000000', 'city 990100000000', 'province 990000000000'
]) as division;

create table intermediate.policy_indicators as select 'safe_water_all' as indicator_code, 'safe_water_all' as measure;
create table intermediate.policy_measures as select 'safe_water_all' as measure, true as is_share_of_cases;
create table marts_next.agg_policy_indicator_month as
select
    date '2025-02-01' as month, '990101000000' as division_code, 'safe_water_all' as indicator_code,
    50.0 as value, 6.0 as numerator, 12.0 as denominator;
"""
"""A month of three households, one of them red, as dbt leaves it before it is published."""


@pytest.fixture
def month(settings: Settings) -> Iterator[psycopg.Connection]:
    """The built month, on a connection that may break it."""
    with connect(settings, "transformer", autocommit=True) as connection:
        _drop_month(connection)
        connection.execute(BUILT_MONTH)
        yield connection
        _drop_month(connection)


def _drop_month(connection: psycopg.Connection) -> None:
    for table in (
        "int_households", "int_members", "int_match_counts", "rule_catalogue", "policy_indicators", "policy_measures",
    ):  # fmt: skip
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("intermediate", table)))
    for table in (FACT, SIGNALS, DIVISIONS, INDICATORS, FACT.replace("_next", "")):
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(*table.split("."))))


def test_a_good_month_passes(settings: Settings, month: psycopg.Connection, compared: list[str]) -> None:
    assert gate_month(settings, "202502") == GateResult(passed=True)
    assert sorted(f"marts_next.{table}" for table in compared) == sorted((FACT, SIGNALS, DIVISIONS, INDICATORS))


def test_good_rows_and_months_need_nothing_of_great_expectations(
    settings: Settings, month: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "counted", counted)
    monkeypatch.setattr(validation, "gx", None)
    assert gate_pupils(settings, 900, [pupil(n) for n in range(1, 61)]).passed
    assert gate_month(settings, "202502").passed


@pytest.mark.parametrize(
    ("fault", "caught_by"),
    [
        (
            "delete from fact where household_key = 'h2'",
            {"roster_complete", "members_add_up"},
        ),
        (
            "insert into fact select * from fact where household_key = 'h2'",
            {"household_once"},
        ),
        (
            "update fact set household_key = 'x' where household_key = 'h2'",
            {"roster_complete", "no_stranger", "members_add_up"},
        ),
        ("update fact set member_count = 9 where household_key = 'h2'", {"members_add_up"}),
        (
            "update fact set month = '2025-01-01' where household_key = 'h2'",
            {"of_this_month"},
        ),
        (
            "update fact set township_code = null where household_key = 'h2'",
            {"place_present", "counts_add_up"},
        ),
        (
            "update fact set med01_state = 'perhaps' where household_key = 'h2'",
            {"state_in_list", "signals_agree"},
        ),
        (
            "update fact set med01_state = 'flagged' where household_key = 'h2'",
            {"flags_add_up", "signals_agree"},
        ),
        (
            "update fact set risk_level = 'yellow' where household_key = 'h1'",
            {"level_follows"},
        ),
        (
            "update fact set risk_level = 'purple' where household_key = 'h2'",
            {"level_follows", "level_in_list"},
        ),
        (
            "update fact set suggested_category = 'poor' where household_key = 'h2'",
            {"category_in_list"},
        ),
        (
            "update signal set evidence = '[]' where rule_code = 'EDU01'",
            {"evidence_given"},
        ),
        (
            "update signal set household_key = 'x' where rule_code = 'WAT01'",
            {"household_known", "signals_agree"},
        ),
        (
            "update signal set rule_code = 'ZZZ99' where rule_code = 'WAT01'",
            {"rule_known", "signals_agree"},
        ),
        (
            "update signal set state = 'clear' where rule_code = 'WAT01'",
            {"state_in_list", "signals_agree"},
        ),
        ("update divisions set household_count = 4", {"counts_add_up", "small_cells_hidden"}),
        ("update divisions set household_count = 6", {"counts_add_up"}),
        ("delete from divisions where division_level = 'city'", {"counts_add_up"}),
        ("insert into divisions select * from divisions where division_level = 'city'", {"division_once"}),
        ("update indicators set denominator = 4", {"small_cells_hidden"}),
        ("update indicators set numerator = 9", {"few_unmet_hidden"}),
        ("alter table fact drop column med01_state", {"rule_judged"}),
        ("drop table signal", {"table_built"}),
        ("drop table indicators", {"table_built"}),
    ],
)
def test_a_broken_month_is_blocked(
    settings: Settings, month: psycopg.Connection, fault: str, caught_by: set[str]
) -> None:
    tables = {"fact": FACT, "signal": SIGNALS, "divisions": DIVISIONS, "indicators": INDICATORS}
    month.execute(re.sub(r"\b(fact|signal|divisions|indicators)\b", lambda found: tables[found.group()], fault))
    result = gate_month(settings, "202502")
    assert not result.passed
    assert {sentence.split(": ")[1].split(" ")[0] for sentence in result.failures} == caught_by


def test_evidence_with_a_person_blocks_the_month(settings: Settings, month: psycopg.Connection) -> None:
    """Digits of a fraction are none: 0.3333… once looked like an ID number to a simpler pattern."""
    for value in ("0.123456199001011234", "12345.6", "99010120250131"):
        month.execute(f"update {SIGNALS} set evidence = jsonb_build_array(jsonb_build_object('value', '{value}'))")
        assert gate_month(settings, "202502").passed
    for value in (SECRET_ID, f"G{SECRET_ID}", "13800000000"):
        month.execute(f"update {SIGNALS} set evidence = jsonb_build_array(jsonb_build_object('value', '{value}'))")
        result = gate_month(settings, "202502")
        assert not result.passed
        assert value not in " ".join(result.failures)


def test_a_sudden_change_against_the_month_published_before_is_a_warning(
    settings: Settings, month: psycopg.Connection
) -> None:
    """Three households of forty are left. March, which was published first, has nothing to do with it."""
    month.execute("create table marts.fct_household_month (like marts_next.fct_household_month)")
    for published, households in (("2025-01-01", 40), ("2025-03-01", 3)):
        month.execute(
            "insert into marts.fct_household_month (month, household_key) select %s, 'h' || n"
            " from generate_series(1, %s) as n",
            (published, households),
        )
    result = gate_month(settings, "202502")
    assert result.passed
    assert result.warnings == [
        "sudden_changes: households_steady (household_key): 3 now, 40 in 202501. "
        "The number of households changed by more than a tenth."
    ]
    with connect(settings) as connection:
        recorded = connection.execute(
            "select severity, unexpected_count, observed from ops.failed_expectations where month = '202502'"
        ).fetchall()
    assert recorded == [("warning", 37, {"now": 3, "before": 40, "month_before": "202501"})]


def test_the_first_month_is_compared_with_nothing(settings: Settings, month: psycopg.Connection) -> None:
    month.execute("create table marts.fct_household_month (like marts_next.fct_household_month)")
    assert gate_month(settings, "202502") == GateResult(passed=True)
    with connect(settings) as connection:
        suites = connection.execute(
            "select distinct suite from ops.expectation_results where month = '202502' and checked_at ="
            " (select max(checked_at) from ops.expectation_results where month = '202502')"
        ).fetchall()
    assert ("sudden_changes",) not in suites
    assert len(suites) == 4
