"""Which build may renew the tables of which: of the same month on the same grounds, that came to its end."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearth.building import prepare, standing, touched, transform
from hearth.building.parameters import load_parameters
from hearth.building.touched import NUMBERED, PLACE, RENEWED, SEARCHING
from hearth.contracts import KNOWN
from hearth.database.engine import connect
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask

PARAMETERS = PROJECT_ROOT / "tests" / "acceptance" / "config" / "rule_parameters.csv"
DELIVERY = """
    insert into ops.deliveries
        (delivery_id, source, extract, month, file_name, relative_path, sha256, status, rows_read, data_date)
    values (
        nextval('ops.delivery_ids'), %(source)s, %(extract)s, '202501', %(name)s, %(name)s, repeat('0', 64), 'accepted',
        0, '2025-01-31'
    )
"""
DECISION = """
    insert into restricted.queue_decisions
        (
            source, extract, record_key, decision, rows_together, decided_by, reason, revoked_by, revoked_reason,
            revoked_at
        )
    values ('civil_affairs', 'deaths', 'a', 'nobody', 1, 'a caseworker', 'a test', 'a caseworker', 'a test', now())
"""
MODELS = PROJECT_ROOT / "dbt_project" / "models" / "intermediate"


def deliver(settings: Settings, source: str, extract: str) -> None:
    """An accepted file without rows."""
    with connect(settings) as connection:
        name = f"{extract} {connection.execute('select count(*) from ops.deliveries').fetchone()}"
        connection.execute(DELIVERY, {"source": source, "extract": extract, "name": name})


@pytest.fixture
def month(warehouse: Settings) -> Iterator[Settings]:
    """A warehouse whose January was built and published."""
    deliver(warehouse, "registry", "members")
    published(warehouse)
    yield warehouse
    with connect(warehouse) as connection:
        for table in ("intermediate.standing_builds", "ops.current_build", "ops.steps", "ops.builds", "ops.deliveries"):
            connection.execute(f"delete from {table}")


def published(settings: Settings) -> int:
    """A build that came to its end, without its models."""
    build = prepare(settings, "202501", is_direct=True)
    with connect(settings, "transformer") as connection:
        standing.begin(connection, build.build_id)
        connection.execute("update ops.builds set status = 'published' where build_id = %s", (build.build_id,))
        standing.leave(connection, build.build_id, "202501")
    return build.build_id


def renewed(settings: Settings, *, force: bool = False) -> int | None:
    """The build that the next one renews."""
    build = prepare(settings, "202501", force=force, is_direct=True)
    assert build.status == "ready"
    [(found,)] = ask(settings, "select renews from intermediate.standing_builds where build_id = %s", build.build_id)
    return found


def test_a_build_renews_the_one_that_stands(month: Settings) -> None:
    [(stands,)] = ask(month, "select build_id from intermediate.standing_builds where is_standing")
    deliver(month, "civil_affairs", "deaths")
    assert renewed(month) == stands


def test_by_force_all_is_built(month: Settings) -> None:
    assert renewed(month, force=True) is None


def test_other_parameters_touch_everybody(month: Settings) -> None:
    load_parameters(month, PARAMETERS)
    assert renewed(month) is None


def test_one_that_was_prepared_and_changed_nothing_is_no_harm(month: Settings) -> None:
    deliver(month, "civil_affairs", "deaths")
    assert renewed(month) is not None
    assert renewed(month) is not None


def test_nothing_is_renewed_after_a_build_that_was_cut_off(month: Settings) -> None:
    deliver(month, "civil_affairs", "deaths")
    build = prepare(month, "202501", is_direct=True)
    with connect(month, "transformer") as connection:
        assert standing.begin(connection, build.build_id) is not None
    assert renewed(month) is None


def test_a_stage_that_is_tried_again_builds_all(month: Settings) -> None:
    deliver(month, "civil_affairs", "deaths")
    build = prepare(month, "202501", is_direct=True)
    with connect(month, "transformer") as connection:
        assert standing.begin(connection, build.build_id) is not None
        assert standing.begin(connection, build.build_id) is None
        assert standing.renewing(connection, build.build_id) is None


def test_what_came_while_it_was_built_leaves_nothing_standing(month: Settings) -> None:
    """Its models may have read the file or not: nobody knows what they rest on."""
    build = prepare(month, "202501", force=True, is_direct=True)
    deliver(month, "civil_affairs", "deaths")
    with connect(month, "transformer") as connection:
        standing.begin(connection, build.build_id)
        assert not standing.is_as_noted(connection, build.build_id, "202501")
        standing.leave(connection, build.build_id, "202501")
    assert ask(month, "select count(*) from intermediate.standing_builds") == [(0,)]


def test_a_decision_made_and_revoked_while_it_was_built_leaves_nothing_standing(month: Settings) -> None:
    build = prepare(month, "202501", force=True, is_direct=True)
    with connect(month) as connection:
        connection.execute(DECISION)
    with connect(month, "transformer") as connection:
        assert not standing.is_as_noted(connection, build.build_id, "202501")
    with connect(month) as connection:
        connection.execute("delete from restricted.queue_decisions")


def test_another_citation_of_a_parameter_touches_everybody(month: Settings, tmp_path: Path) -> None:
    """The month is not due for it, but what is renewed later must not publish the former citation."""
    load_parameters(month, PARAMETERS)
    published(month)
    cited = tmp_path / "cited.csv"
    lines = list(csv.DictReader(PARAMETERS.open(encoding="utf-8-sig", newline="")))
    with cited.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*lines[0], "source"])
        writer.writeheader()
        writer.writerows(line | {"source": "another citation"} for line in lines)
    load_parameters(month, cited)
    deliver(month, "civil_affairs", "deaths")
    assert renewed(month) is None


def test_after_a_killed_server_nothing_stands(month: Settings) -> None:
    """It empties unlogged tables, this one with the others."""
    deliver(month, "civil_affairs", "deaths")
    build = prepare(month, "202501", is_direct=True)
    with connect(month, "transformer") as connection:
        connection.execute("delete from intermediate.standing_builds")
        assert standing.begin(connection, build.build_id) is None
        standing.leave(connection, build.build_id, "202501")
    deliver(month, "civil_affairs", "deaths")
    assert renewed(month) is None


@pytest.mark.parametrize("extract", ["members", "divisions", "division_changes"])
def test_a_roster_or_divisions_touch_everybody(month: Settings, monkeypatch: pytest.MonkeyPatch, extract: str) -> None:
    monkeypatch.setattr(touched, "LEAST", 0)
    whole: list[str | None] = []
    monkeypatch.setattr("hearth.building.build.run_models", lambda settings, build_id, stage: whole.append(stage))
    deliver(month, "registry", extract)
    transform(month, prepare(month, "202501", is_direct=True))
    assert whole == [None]


def test_every_list_of_records_is_renewed() -> None:
    """A new department's list of persons is among them without a word here, water schemes and tests are not."""
    assert {name for name, _ in RENEWED} == {source.name for source in KNOWN}
    assert {("education", "pupils"), ("registry", "income")} <= set(RENEWED)
    assert not {("water", "schemes"), ("water", "quality_tests"), ("registry", "members")} & set(RENEWED)


def test_keys_of_what_was_touched_have_a_place() -> None:
    assert set(PLACE) == {"record", "household", "insured_no", "department_no"}


def test_every_model_that_tells_what_was_searched_is_asked() -> None:
    searching = {file.stem for file in MODELS.rglob("*.sql") if "{{ searched(" in file.read_text(encoding="utf-8")}
    assert searching == set(SEARCHING) - {"int_risk_signals"}


def test_every_list_with_numbers_of_its_department_is_followed() -> None:
    records = (MODELS / "identity" / "int_person_records.sql").read_text(encoding="utf-8")
    calls = re.findall(r"person_rows\(\s*'stg_(\w+?)__(\w+)'((?:.(?!person_rows))*?)\) }}", records, re.DOTALL)
    assert {(source, extract) for source, extract, rest in calls if "department_no=" in rest} == set(NUMBERED)
