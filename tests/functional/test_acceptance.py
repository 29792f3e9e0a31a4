"""The acceptance county, as its people would run it: directly, and through Airflow's scheduler."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy.exc import ProgrammingError

from hearth.orchestration.client import AirflowClient, Site
from hearth.settings import load_settings
from tests.functional.instance import ACCEPTANCE, ROOT, Instance
from tests.functional.page import answer, asked, notes, questions, run_to_its_end, until
from tests.functional.privacy import files_below, leaks, personal_values

LANDING = ACCEPTANCE / "landing"
PARAMETERS = ACCEPTANCE / "config" / "rule_parameters.csv"
SEALED = ("raw", "staging", "intermediate", "restricted", "ops", "marts_next")
BUILDS = "select count(*), max(build_id) from ops.builds"
DELIVERIES = "select delivery_id, status, rows_read, rows_loaded, rows_quarantined from ops.deliveries order by 1"


@pytest.fixture(scope="module", params=["direct", "scheduler"])
def county(request: pytest.FixtureRequest, make_instance: Callable[[str], Instance]) -> Instance:
    """The county, run once each way."""
    if request.param == "direct":
        return request.getfixturevalue("direct_county")
    instance = make_instance(request.param)
    output = instance.hearth("run", "--landing", LANDING, "--parameters", PARAMETERS)
    assert "202503" in output
    return instance


def test_agrees_with_the_truth(county: Instance) -> None:
    assert "3610 of 3610 household-months found; 0 differences" in county.check(ACCEPTANCE)


def test_every_flag_carries_evidence_of_the_agreed_shape(county: Instance) -> None:
    shape = Draft202012Validator(
        json.loads((ROOT / "dbt_project" / "evidence.schema.json").read_text(encoding="utf-8"))
    )
    flagged = county.rows("select rule_code, evidence from marts.fct_household_risk_signal where state = 'flagged'")
    assert len(flagged) > 3_000
    assert {rule for rule, evidence in flagged if not any(item["row"] for item in evidence)} == set()
    assert {rule for rule, evidence in flagged if not shape.is_valid(evidence)} == set()


def test_airflows_page_tells_how_each_month_went_and_which_file_needs_somebody(county: Instance) -> None:
    airflow = _airflow(county)
    if not airflow.rows("select 1 from information_schema.tables where table_name = 'dag_run_note'"):
        pytest.skip("this county was run without Airflow")
    notes = airflow.rows("select dag_id, content from dag_run_note inner join dag_run on id = dag_run_id order by 1, 2")
    builds = [note for dag_id, note in notes if dag_id == "household_build"]
    published = county.rows("select to_char(month, 'YYYYMM'), count(*) from marts.fct_household_month group by 1")
    for month, households in published:
        assert any(f"**{month}** published" in note and f"{households:,} households" in note for note in builds)
    assert any(dag_id == "water_load" and "1 accepted 接收, 1 held 暂扣" in note for dag_id, note in notes)
    shown = airflow.rows(
        """
        select task_instance.dag_id, rendered_map_index, task_instance.state, dag_run.state
        from task_instance inner join dag_run using (dag_id, run_id)
        where task_id = 'not_accepted' and map_index >= 0 order by 1
        """
    )
    settled, waiting = shown
    assert (settled[0], *settled[2:]) == ("education_load", "success", "success"), "a correction took its place"
    assert (waiting[0], *waiting[2:]) == ("water_load", "failed", "success"), "it fails no run"
    assert "202502 · 农户饮水状况 household_water · held" in waiting[1]


def test_what_a_source_that_is_off_would_tell_is_unknown_and_not_zero(county: Instance) -> None:
    told = county.rows(
        "select distinct employed_member_count, public_welfare_job_count, employment_data_date"
        " from marts.fct_household_month"
    )
    assert [tuple(row) for row in told] == [(None, None, None)]


def test_same_run_again_changes_no_row(county: Instance) -> None:
    before = county.rows(BUILDS), county.rows(DELIVERIES), county.fact_rows()
    output = county.hearth("run", "--landing", LANDING, "--parameters", PARAMETERS, "--direct")
    assert "published" in output
    assert (county.rows(BUILDS), county.rows(DELIVERIES), county.fact_rows()) == before


def test_files_touched_and_copied_in_another_order_change_nothing(county: Instance, folder: Path) -> None:
    copy = folder / county.home.parent.name / "landing"
    for file in sorted((file for file in files_below(LANDING)), reverse=True):
        target = copy / file.relative_to(LANDING)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        time.sleep(0.002)
    before = county.rows(BUILDS), county.rows(DELIVERIES)
    county.hearth("run", "--landing", copy, "--parameters", PARAMETERS, "--direct")
    assert (county.rows(BUILDS), county.rows(DELIVERIES)) == before


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
def test_readers_of_marts_see_nothing_else(county: Instance, role: str) -> None:
    assert county.rows("select count(*) from marts.fct_household_month", role)[0][0] == 3610
    tables = county.rows(
        "select table_schema, table_name from information_schema.tables where table_schema = any(:schemas)",
        schemas=list(SEALED),
    )
    assert {schema for schema, _ in tables} >= {"raw", "restricted", "ops"}
    for schema, table in tables:
        with pytest.raises(ProgrammingError, match="permission denied"):
            county.rows(f'select 1 from "{schema}"."{table}" limit 1', role)


def test_no_personal_value_is_found_outside(county: Instance) -> None:
    values = personal_values(county)
    assert len(values) > 10_000
    assert leaks(_what_others_may_see(county), values) == []


@pytest.fixture
def page(county: Instance) -> Iterator[AirflowClient]:
    """The page of the county that was run through the scheduler."""
    if not _airflow(county).rows("select 1 from information_schema.tables where table_name = 'hitl_detail'"):
        pytest.skip("this county was run without Airflow")
    with AirflowClient(Site.of(load_settings({"HEARTH_HOME": str(county.home)}))) as client:
        yield client


DECIDED = "select decision, decided_by, reason, run_id is not null from ops.delivery_decisions where delivery_id = :id"
WATER_FROM = "select distinct water_data_date::text from marts.fct_household_month where month = '2025-02-01'"


def test_a_question_is_answered_on_the_page_at_once_and_no_answer_is_lost(
    county: Instance, page: AirflowClient
) -> None:
    """Last but two: a released list changes the county's facts.

    The water list of February was held, so that January's counted. Airflow took an answer that came in the moment in
    which the question was put for the end of another process, tried the task again and dropped the answer: each answer
    is given here as soon as the question is open, and given once.
    """
    assert county.rows(WATER_FROM) == [("2025-01-31",)]
    held = county.rows("select delivery_id from ops.deliveries where status = 'held'")[0][0]
    question = until(lambda: asked(page, held))
    assert "农户饮水状况" in question["subject"]
    assert "rows" in question["body"] and "vanished" in question["body"]
    answer(page, question, "Approve", " ")
    again = until(lambda: asked(page, held))
    assert county.rows(DECIDED, id=held) == [], "an answer without a reason decides nothing"
    answer(page, again, "Approve", "the water bureau confirms")
    until(lambda: county.rows(DECIDED, id=held))
    assert county.rows(DECIDED, id=held) == [("released", "admin", "the water bureau confirms", True)]
    assert _tries(county) == [(1, "success")], "nothing was tried again"
    until(lambda: county.rows(WATER_FROM) == [("2025-02-28",)])


def _tries(county: Instance) -> list[tuple[int, str]]:
    """How often each question was put, and how that ended."""
    query = "select try_number, state from task_instance where task_id = 'decide' order by start_date"
    return [tuple(row) for row in _airflow(county).rows(query)]


def test_a_question_is_settled_on_the_command_line(county: Instance, page: AirflowClient, folder: Path) -> None:
    """A file whose name states another count is held; rejected on the command line, its question closes by itself."""
    original = next((LANDING / "civil_affairs" / "202503").glob("*.csv"))
    copy = folder / "held" / "civil_affairs" / "202503" / f"{original.stem}_9999人.csv"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(original.read_bytes() + b"\n")
    county.hearth("load", "--landing", folder / "held", "--source", "civil_affairs")
    held = county.rows("select max(delivery_id) from ops.deliveries where status = 'held'")[0][0]
    page.trigger("civil_affairs_load", {})
    until(lambda: asked(page, held))
    county.hearth("deliveries", "reject", str(held), "--reason", "the count is wrong", "--by", "li")
    idle = run_to_its_end(page, "housing_load")
    closed = until(lambda: questions(page, "success").get(str(held)) or _looked_again(page))
    assert (closed["chosen_options"], closed["responded_by_user"]["name"]) == (["Reject"], "li")
    assert questions(page, "awaiting_input") == {}
    events = page.get("/assets/events", {"source_dag_id": "housing_load", "source_run_id": idle})
    assert events["total_entries"] == 0, "nothing was delivered"


def _looked_again(page: AirflowClient) -> None:
    """A run may have ended before the decision was seen; every later load looks again."""
    run_to_its_end(page, "housing_load")


def test_a_closed_month_waits_for_its_reopening(county: Instance, page: AirflowClient, folder: Path) -> None:
    """Last: a correction of a month that was closed, as it comes through the scheduler."""
    until(lambda: _due(county) == [])
    county.hearth("month", "close", "202502", "--reason", "reported to the prefecture", "--by", "li")
    before = _facts_by_month(county)
    landing = folder / "corrected"
    _shortened(landing / "education" / "202502" / "中小学在籍学生_20250228_更正.csv")
    county.hearth("up", "--landing", landing)

    load = run_to_its_end(page, "education_load")
    assert "1 waiting" in notes(page, "education_load", load)
    assert "not_accepted" in page.failed_tasks("education_load", load)
    assert "202502 was closed on" in county.hearth("status")
    assert _standing(county)["waiting_files"] == 1
    assert "202502 was closed on" in county.hearth("build", "--month", "202502", "--force", expect=5)
    build = page.build("202502", force=True)
    until(lambda: page.run_state("household_build", build) == "success")
    assert "封账" in notes(page, "household_build", build)
    assert _facts_by_month(county) == before

    county.hearth("month", "reopen", "202502", "--reason", "the school sent a correction", "--by", "wang")
    load = run_to_its_end(page, "education_load")
    assert "1 accepted" in notes(page, "education_load", load)
    until(lambda: _due(county) == [])
    after = _facts_by_month(county)
    assert {month for month in after if after[month] != before[month]} >= {"202502"}
    assert after["202501"] == before["202501"]
    assert (_standing(county)["state"], _standing(county)["decided_by"]) == ("reopened", "wang")


def _shortened(target: Path) -> None:
    """February's pupils without every ninth."""
    target.parent.mkdir(parents=True)
    [newest] = (LANDING / "education" / "202502").glob("中小学在籍学生*更正.csv")
    header, *rows = newest.read_bytes().splitlines(keepends=True)
    target.write_bytes(b"".join([header, *(row for number, row in enumerate(rows) if number % 9)]))


def _standings(county: Instance) -> list[dict[str, Any]]:
    return list(json.loads(county.hearth("month", "list", "--json")))


def _standing(county: Instance) -> dict[str, Any]:
    return next(one for one in _standings(county) if one["month"] == "202502")


def _due(county: Instance) -> list[str]:
    return [one["month"] for one in _standings(county) if one["is_changed"]]


def _facts_by_month(county: Instance) -> dict[str, tuple[int, str]]:
    """For each month the number of its builds, and a digest of its facts."""
    found = county.rows(
        """
        select
            to_char(month, 'YYYYMM'), (select count(*) from ops.builds where builds.month = fact.month),
            md5(string_agg(to_jsonb(fact)::text, '' order by household_key))
        from marts.fct_household_month as fact
        group by fact.month
        """
    )
    return {month: (builds, digest) for month, builds, digest in found}


def _what_others_may_see(county: Instance) -> list[tuple[str, str]]:
    """Marts, ops, task results, logs, reports: everything that is not restricted."""
    tables = county.rows(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema in ('marts', 'ops') and table_type in ('BASE TABLE', 'VIEW')
        """
    )
    folders = [county.home / name for name in ("logs", "artifacts", "airflow", "run")]
    files = [(str(file.relative_to(county.home)), _text(file)) for file in files_below(*folders)]
    return [_rows_as_text(county, *table) for table in tables] + files + _task_results(county)


def _rows_as_text(county: Instance, schema: str, table: str) -> tuple[str, str]:
    rows = county.rows(f'select to_jsonb(t)::text from "{schema}"."{table}" as t')
    return f"{schema}.{table}", "\n".join(row for (row,) in rows)


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def _task_results(county: Instance) -> list[tuple[str, str]]:
    """What Airflow keeps of its tasks; nothing where the run was direct."""
    airflow = _airflow(county)
    if not airflow.rows("select 1 from information_schema.tables where table_name = 'xcom'"):
        return []
    tables = ("xcom", "dag_run_note", "task_instance_note", "rendered_task_instance_fields", "hitl_detail")
    return [
        (f"airflow.{name}", "\n".join(str(row) for row in airflow.rows(f"select * from {name}"))) for name in tables
    ]


def _airflow(county: Instance) -> Instance:
    """The county's home with Airflow's own database behind it."""
    return Instance(county.home, {"owner": county.url().rsplit("/", 1)[0] + "/airflow"})
