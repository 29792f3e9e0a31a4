"""`make try-compose`: a county's server as docker-compose.yml describes it, without its containers.

The acceptance county's first month goes through PostgreSQL with two databases, Airflow's parts with the LocalExecutor,
and people who log in.
"""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from hearth.errors import ServiceFailed
from hearth.orchestration.client import UNFINISHED, AirflowClient, Site
from tests.compose.composed import ROOT, SERVICES, Composed, postgres

ACCEPTANCE = ROOT / "tests" / "acceptance"
MONTH = "202501"
AIRFLOW = ("api-server", "scheduler", "dag-processor")
LOADS = ("registry", "education", "medical_insurance", "housing", "water", "civil_affairs")
PATIENCE = 900


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Everything up and healthy, with a month in the landing folder."""
    folder = tmp_path_factory.mktemp("server")
    folder.chmod(0o755)
    composed = Composed(folder)
    _lay_out(folder)
    with postgres(composed):
        composed.run("prepare")
        for name in AIRFLOW:
            composed.start(name)
        for name in AIRFLOW:
            composed.wait_until_healthy(name)
        yield composed


def _lay_out(folder: Path) -> None:
    for source in (ACCEPTANCE / "landing").iterdir():
        if (source / MONTH).is_dir():
            shutil.copytree(source / MONTH, folder / "landing" / source.name / MONTH)
    (folder / "landing" / "housing" / MONTH / "农村住房安全台账_20250131_更正.xlsx").write_bytes(b"%PDF-1.4\n")
    shutil.copy(ACCEPTANCE / "config" / "rule_parameters.csv", folder / "config")


def client(server: Composed, user: str, password: str | None = None) -> AirflowClient:
    """A session of one of the people."""
    return AirflowClient(Site(server.page, user, password or server.given[f"AIRFLOW_{user.upper()}_PASSWORD"]))


def test_every_health_check_is_content(server: Composed) -> None:
    assert {name for name in ("postgres", *AIRFLOW) if server.stays_healthy(name)} == {"postgres", *AIRFLOW}


def test_preparing_again_changes_nothing(server: Composed) -> None:
    output = server.run("prepare")
    for user in ("admin", "operator", "viewer"):
        assert f"{user} is there already" in output


def test_the_two_logins_reach_their_own_database_only(server: Composed) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(server.warehouse.rsplit("/", 1)[0] + "/hearth_airflow")


def test_nobody_gets_in_without_a_password(server: Composed) -> None:
    assert httpx.get(f"{server.page}/api/v2/dags", trust_env=False).status_code == httpx.codes.UNAUTHORIZED
    wrong = {"username": "admin", "password": "admin"}
    assert httpx.post(f"{server.page}/auth/token", json=wrong, trust_env=False).status_code == httpx.codes.UNAUTHORIZED


def test_a_viewer_sees_and_starts_nothing(server: Composed) -> None:
    with client(server, "viewer") as viewer:
        assert {f"{source}_load" for source in LOADS} <= viewer.dag_ids()
        with pytest.raises(ServiceFailed, match="403"):
            viewer.trigger("month_deadline", {})


def test_an_operator_loads_a_month_and_it_is_published(server: Composed) -> None:
    with client(server, "operator") as operator:
        conf = {"months": [MONTH], "complete": [MONTH]}
        started = {f"{source}_load": operator.trigger(f"{source}_load", conf) for source in LOADS}
        states = {dag_id: _ended(operator, dag_id, run_id) for dag_id, run_id in started.items()}
        assert set(states.values()) == {"success"}, states
        builds = _builds(operator)
    assert [(build["partition_key"], build["state"]) for build in builds] == [(MONTH, "success")]
    assert f"**{MONTH}** published" in builds[0]["note"]
    levels, true = _levels(server), _true_levels()
    assert len(true) > 1_000
    assert {household for household, level in true.items() if levels.get(household) != level} == set()


def test_a_rejected_file_is_found_on_the_page(server: Composed) -> None:
    with client(server, "viewer") as viewer:
        failed = viewer._call("GET", "/dags/~/dagRuns/~/taskInstances", params={"state": "failed"})["task_instances"]
    (shown,) = failed
    assert (shown["dag_id"], shown["task_id"]) == ("housing_load", "not_accepted")
    assert "rejected 退回" in shown["rendered_map_index"]


def test_the_command_beside_the_services_sees_the_same(server: Composed) -> None:
    listed = server.run("prepare", ["hearth", "deliveries", "list", "--status", "rejected"])
    assert "20250131_更正.xlsx" in listed.replace("\n", "")


def test_the_address_for_programs_reaches_the_marts_and_nothing_else(server: Composed) -> None:
    url = server.run("prepare", ["hearth", "url", "--role", "analyst"]).strip()
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        assert connection.execute("select count(*) from marts.fct_household_month").fetchone() != (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from restricted.households limit 1")


def test_a_parameter_file_that_is_taken_away_changes_nothing(server: Composed) -> None:
    file, aside = (server.folder / "config" / name for name in ("rule_parameters.csv", "aside.csv"))
    before = _parameters(server)
    file.rename(aside)
    output = server.run("prepare")
    aside.rename(file)
    assert "no file of rule parameters" in output
    assert _parameters(server) == before != []


@pytest.mark.parametrize("name", [name for name in SERVICES if name in AIRFLOW])
def test_a_part_that_is_stopped_ends_with_its_children_and_comes_back(server: Composed, name: str) -> None:
    assert server.stop(name)
    server.start(name)
    server.wait_until_healthy(name)


def _ended(operator: AirflowClient, dag_id: str, run_id: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while (state := operator.run_state(dag_id, run_id)) in UNFINISHED:
        assert time.monotonic() < deadline, f"{dag_id} does not end"
        time.sleep(2)
    return state


def _builds(operator: AirflowClient) -> list[dict[str, Any]]:
    """The builds, once there is one and all have ended."""
    deadline = time.monotonic() + PATIENCE
    while True:
        runs = operator.runs("household_build")
        if runs and all(run["state"] not in UNFINISHED for run in runs):
            return runs
        assert time.monotonic() < deadline, "no build ended"
        time.sleep(2)


def _parameters(server: Composed) -> list[Any]:
    with psycopg.connect(server.warehouse) as connection:
        return connection.execute("select * from ops.rule_parameters order by 1, 2, 3, 4").fetchall()


def _levels(server: Composed) -> dict[str, str]:
    with psycopg.connect(server.warehouse) as connection:
        rows = connection.execute(
            """
            select household_no, risk_level
            from marts.fct_household_month inner join restricted.households using (household_key)
            """
        ).fetchall()
    return dict(rows)


def _true_levels() -> dict[str, str]:
    """The levels that follow from the rules alone; of the other households the truth allows several."""
    with (ACCEPTANCE / "truth" / "household_month.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["month"].replace("-", "")[:6] == MONTH]
    return {row["household_no"]: row["level"] for row in rows if row["strict"] == "1"}
