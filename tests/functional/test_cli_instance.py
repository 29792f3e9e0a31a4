"""An instance from its first start to its end: up, ways in, killed and healed, down."""

import json
import os
import signal
import subprocess
from collections.abc import Callable

import httpx
import psutil
import pytest
from sqlalchemy import make_url

from tests.functional.instance import HEARTH, Instance


@pytest.fixture(scope="module")
def instance(make_instance: Callable[[str], Instance]) -> Instance:
    """Up, with Airflow."""
    made = make_instance("instance")
    made.hearth("up")
    return made


def status(instance: Instance) -> dict:
    return json.loads(instance.hearth("status", "--json"))


def service(instance: Instance, name: str) -> psutil.Process:
    record = json.loads((instance.home / "run" / f"{name}.json").read_text(encoding="utf-8"))
    return psutil.Process(record["pid"])


def test_everything_runs_and_status_says_so(instance: Instance) -> None:
    found = status(instance)
    assert found["database"]["is_running"]
    assert found["airflow"]["is_running"]
    assert (found["deliveries"], found["months"]) == ({}, [])


def test_status_shows_no_password(instance: Instance) -> None:
    password = make_url(instance.url()).password
    assert password and password not in instance.hearth("status", "--json") + instance.hearth("status")


def test_airflow_listens_on_this_machine_only_and_asks_for_a_password(instance: Instance) -> None:
    page = service(instance, "airflow-page")
    processes = [page, *page.children(recursive=True)]
    listening = {c.laddr.ip for p in processes for c in p.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    assert httpx.get(f"{status(instance)['airflow']['address']}/api/v2/dags", trust_env=False).status_code == 401


def test_secrets_are_nobody_elses(instance: Instance) -> None:
    folder = instance.home / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_second_up_starts_nothing_anew(instance: Instance) -> None:
    before = {name: service(instance, name).pid for name in ("airflow-page", "airflow-scheduler")}
    instance.hearth("up")
    assert {name: service(instance, name).pid for name in before} == before


@pytest.mark.parametrize("role", ["owner", "analyst", "dashboard", "caseworker"])
def test_the_url_of_each_role_opens_the_warehouse(instance: Instance, role: str) -> None:
    assert make_url(instance.url(role)).drivername == "postgresql+psycopg"
    expected = "hearth" if role == "owner" else role
    assert instance.rows("select current_user", role) == [(expected,)]


def test_sql_answers_as_the_role_asked_for(instance: Instance) -> None:
    assert "dashboard" in instance.hearth("sql", "--role", "dashboard", "--command", "select current_user")
    instance.hearth("sql", "--role", "dashboard", "--command", "select * from restricted.persons", expect=1)


def test_sql_runs_each_command_in_order_and_ends_as_the_last_does(instance: Instance) -> None:
    said = instance.hearth("sql", "-c", "select 'first'", "-c", "select 'second'")
    assert 0 < said.index("first") < said.index("second")
    assert "second" in instance.hearth("sql", "-c", "select nothing", "-c", "select 'second'")
    instance.hearth("sql", "-c", "select 'second'", "-c", "select nothing", expect=1)


def test_sql_reads_a_script(instance: Instance) -> None:
    environment = {**os.environ, "HEARTH_HOME": str(instance.home)}
    done = subprocess.run(
        [str(HEARTH), "sql"], input="select 6 * 7;", env=environment, capture_output=True, text=True, check=True
    )
    assert "42" in done.stdout


def test_check_of_an_empty_warehouse_finds_nothing_wrong(instance: Instance) -> None:
    assert "FAILED" not in instance.hearth("check")


def test_building_a_month_that_nobody_delivered_is_refused(instance: Instance) -> None:
    assert "No file of 203001" in instance.hearth("build", "--month", "203001", expect=3)
    assert instance.rows("select count(*) from ops.builds") == [(0,)]


def test_an_unknown_delivery(instance: Instance) -> None:
    assert "no delivery 99" in instance.hearth("deliveries", "show", "99", expect=2)
    assert "no delivery 99" in instance.hearth("deliveries", "release", "99", "--reason", "seen", expect=2)


def test_a_killed_scheduler_is_replaced_and_its_workers_end(instance: Instance) -> None:
    scheduler = service(instance, "airflow-scheduler")
    workers = scheduler.children()
    scheduler.send_signal(signal.SIGKILL)
    scheduler.wait(10)
    assert not status(instance)["airflow"]["is_running"]
    instance.hearth("up")
    assert status(instance)["airflow"]["is_running"]
    assert service(instance, "airflow-scheduler").pid != scheduler.pid
    assert not any(worker.is_running() for worker in workers)


def test_two_instances_live_side_by_side(instance: Instance, make_instance: Callable[[str], Instance]) -> None:
    other = make_instance("other")
    other.hearth("up", "--database-only")
    assert make_url(other.url()).port != make_url(instance.url()).port
    assert make_url(other.url()).password != make_url(instance.url()).password
    other.hearth("down")
    assert status(instance)["database"]["is_running"]


def test_after_down_nothing_of_it_runs_and_its_data_is_there_again_after_up(instance: Instance) -> None:
    instance.hearth("down")
    marked = [p for p in psutil.process_iter() if _belongs(p, instance)]
    assert marked == []
    assert status(instance)["database"]["is_running"] is False
    assert "does not answer" in instance.hearth("deliveries", "list", expect=4)
    instance.hearth("up", "--database-only")
    assert instance.rows("select count(*) from ops.deliveries") == [(0,)]


def test_a_decision_does_not_wait_for_somebody_to_start_the_database(instance: Instance) -> None:
    """After a power cut the command is given again, and that is all."""
    for decision in (
        ("deliveries", "release", "9"),
        ("deliveries", "reject", "9"),
        ("queue", "decide", "9", "--nobody"),
    ):
        instance.hearth("down")
        assert "9" in instance.hearth(*decision, "--reason", "made up", expect=8 if "queue" in decision else 2)
        assert status(instance)["database"]["is_running"]


def _belongs(process: psutil.Process, instance: Instance) -> bool:
    try:
        return process.environ().get("HEARTH_HOME") == str(instance.home)
    except psutil.Error:
        return False
