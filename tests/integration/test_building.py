"""Builds that meet: whoever is alive is waited for, whoever is dead is written off, and the overtaken one stops."""

from collections.abc import Iterator

import psycopg
import pytest

from hearth.building import Build, build, prepare, transform
from hearth.building.months import months_due
from hearth.database.engine import connect
from hearth.errors import BuildFailed, Busy, Overtaken
from hearth.orchestration.checking import check_everything
from hearth.settings import Settings
from tests.integration.support import ask

STATES = "select build_id, status, message from ops.builds order by build_id"


@pytest.fixture
def month(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A warehouse with a household roster of January, and nobody who waits."""
    monkeypatch.setattr(build, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(build, "POLL_SECONDS", 0.1)
    with connect(warehouse) as connection:
        connection.execute(
            """
            insert into ops.deliveries
                (delivery_id, source, extract, month, file_name, relative_path, sha256, status, rows_read, data_date)
            values (
                nextval('ops.delivery_ids'), 'registry', 'members', '202501', 'a', 'a', repeat('0', 64), 'accepted', 0,
                '2025-01-31'
            )
            """
        )
    yield warehouse
    with connect(warehouse) as connection:
        connection.execute("delete from ops.current_build")
        connection.execute("delete from ops.builds")
        connection.execute("delete from ops.deliveries")


def test_a_direct_build_waits_for_a_fresh_scheduled_one(month: Settings) -> None:
    scheduled = prepare(month, "202501")
    with pytest.raises(Busy, match="202501"):
        prepare(month, "202501", is_direct=True)
    assert ask(month, STATES) == [(scheduled.build_id, "building", None)]


@pytest.mark.parametrize("is_direct", [True, False])
def test_a_direct_build_whose_process_is_gone_is_written_off_at_once(month: Settings, is_direct: bool) -> None:
    dead = prepare(month, "202501", is_direct=True)
    following = prepare(month, "202501", is_direct=is_direct)
    assert ask(month, STATES) == [(dead.build_id, "failed", "given up"), (following.build_id, "building", None)]


def test_a_scheduled_build_waits_for_a_direct_one_at_work(month: Settings) -> None:
    with build._lock(month, build.DIRECT_LOCK):
        prepare(month, "202501", is_direct=True)
        with pytest.raises(Busy, match="202501"):
            prepare(month, "202501")
    assert prepare(month, "202501").status == "ready"


def test_two_direct_builds_take_turns(month: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "WAIT_SECONDS", 1)
    with build._lock(month, build.DIRECT_LOCK), pytest.raises(Busy):
        build.build_month(month, "202501")
    assert ask(month, STATES) == []


def test_a_month_whose_forced_build_was_cut_off_is_due_again(month: Settings) -> None:
    """It was published, nothing has changed since, and `hearth run` said `building` for ever after."""
    published = prepare(month, "202501", is_direct=True)
    with connect(month) as connection:
        connection.execute("update ops.builds set status = 'published', finished_at = now()")
    assert prepare(month, "202501").status == "unchanged"
    assert months_due(month) == []
    forced = prepare(month, "202501", force=True, is_direct=True)
    assert months_due(month) == ["202501"]
    following = prepare(month, "202501", is_direct=True)
    assert (following.status, following.build_id > forced.build_id > published.build_id) == ("ready", True)


@pytest.mark.parametrize(
    "started",
    ["now() - interval '16 minutes'", "pg_postmaster_start_time() - interval '1 s'", "now() + interval '2 days'"],
)
def test_an_abandoned_scheduled_build_is_overtaken_and_stops(month: Settings, started: str) -> None:
    old = prepare(month, "202501")
    with connect(month) as connection:
        connection.execute(f"update ops.builds set started_at = {started}")
    new = prepare(month, "202501", is_direct=True)
    with pytest.raises(Overtaken):
        transform(month, Build(old.build_id, "202501", "ready"))
    assert ask(month, STATES) == [(old.build_id, "failed", "given up"), (new.build_id, "building", None)]


def test_a_publication_that_comes_to_the_limit_of_sorts_is_a_failed_build(
    month: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_to_it(*_: object, **__: object) -> int:
        raise psycopg.errors.ConfigurationLimitExceeded("some family's secret")

    monkeypatch.setattr(build, "publish_tables", come_to_it)
    prepared = prepare(month, "202501")
    with pytest.raises(BuildFailed, match="temp_file_limit"):
        build.publish(month, prepared)
    ((_, status, message),) = ask(month, STATES)
    assert status == "failed" and "temp_file_limit" in message and "secret" not in message


def test_what_a_check_says_of_a_blocked_month_is_said_once(month: Settings) -> None:
    with connect(month) as connection:
        connection.execute("update ops.deliveries set source = 'water', extract = 'household_water'")
    prepare(month, "202501")
    failures = [failure for result in check_everything(month, ["202501"]) for failure in result.failures]
    assert any(failure.startswith("it is blocked: registry") for failure in failures), failures
