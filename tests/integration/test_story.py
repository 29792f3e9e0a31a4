"""What Airflow's page tells of loads, files and months."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.orchestration.readiness import announce
from hearth.orchestration.story import SHOWN_AT_MOST, delivery_story, load_story, month_story, waiting_story
from hearth.settings import Settings
from tests.integration.test_readiness import NAMES, deliver

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def ops(warehouse: Settings) -> Iterator[Settings]:
    """The warehouse without deliveries and answers."""
    yield warehouse
    with connect(warehouse) as connection:
        for table in ("month_readiness", "delivery_decisions", "builds", "deliveries"):
            connection.execute(f"delete from ops.{table}")
        connection.execute("delete from ops.instance_facts where name like 'announced %'")


def newest(settings: Settings) -> int:
    with connect(settings) as connection:
        row = connection.execute("select max(delivery_id) from ops.deliveries").fetchone()
    assert row is not None
    return int(row[0])


def test_a_load_counts_by_month_and_names_what_needs_somebody(ops: Settings) -> None:
    deliver(ops, "water", "202501")
    deliver(ops, "water", "202502", status="held")
    held = newest(ops)
    deliver(ops, "education", "202502", status="rejected")
    story = load_story(ops, "water", LONG_AGO)
    assert story.note.startswith("**202501** 1 accepted 接收 · **202502** 1 held 暂扣\n\n")
    assert story.months == ("202501",)
    assert [item["delivery_id"] for item in story.not_accepted] == [held]


def test_only_what_was_registered_since_the_run_began_is_told(ops: Settings) -> None:
    deliver(ops, "water", "202501", status="held")
    story = load_story(ops, "water", datetime.now(UTC) + timedelta(minutes=1))
    assert (story.note, story.not_accepted) == ("No new file · 没有新文件", ())


def test_a_folder_of_wrong_files_does_not_fill_the_page(ops: Settings) -> None:
    for number in range(SHOWN_AT_MOST + 2):
        deliver(ops, "water", "202501", status="rejected", name=f"file {number}")
    story = load_story(ops, "water", LONG_AGO)
    assert len(story.not_accepted) == SHOWN_AT_MOST
    assert f"{SHOWN_AT_MOST + 2} rejected" in story.note


@pytest.mark.parametrize("status", ["rejected", "held", "unrecognised"])
def test_a_file_needs_somebody_until_another_came_in_its_place(ops: Settings, status: str) -> None:
    deliver(ops, "water", "202501", status=status, name="first")
    number = newest(ops)
    open_story = delivery_story(ops, number)
    assert not open_story.is_settled
    assert f"hearth deliveries show {number}" in open_story.text
    deliver(ops, "water", "202502", name="of another month")
    assert not delivery_story(ops, number).is_settled
    deliver(ops, "water", "202501", name="second")
    assert delivery_story(ops, number).is_settled


def test_a_held_files_log_leads_to_the_question_on_the_page(ops: Settings) -> None:
    deliver(ops, "water", "202501", status="held")
    text = delivery_story(ops, newest(ops), "http://127.0.0.1:8080").text
    assert "http://127.0.0.1:8080/dags/held_deliveries/required_actions?response_received=false" in text


def test_a_closed_month_says_so_in_both_languages(ops: Settings) -> None:
    deliver(ops, "water", "202501")
    close = "insert into ops.month_closings (month, action, decided_by, reason) values ('202501', %s, 'li', 'reported')"
    with connect(ops) as connection:
        connection.execute(close, ("closed",))
    told = month_story(ops, "202501")
    assert "202501 was closed on" in told and "202501 已于" in told and "li" in told
    with connect(ops) as connection:
        connection.execute("delete from ops.month_closings")


def test_a_person_settles_a_held_file(ops: Settings) -> None:
    deliver(ops, "water", "202501", status="held")
    number = newest(ops)
    with connect(ops) as connection:
        connection.execute("update ops.deliveries set status = 'rejected' where delivery_id = %s", (number,))
        connection.execute(
            """
            insert into ops.delivery_decisions (delivery_id, decision, decided_by, reason)
            values (%s, 'rejected', 'somebody', 'half of the list is missing')
            """,
            (number,),
        )
    story = delivery_story(ops, number)
    assert story.is_settled
    assert "rejected" in story.text


def test_a_delivery_that_is_not_there(ops: Settings) -> None:
    with pytest.raises(UsageError):
        delivery_story(ops, 987_654)


def test_a_month_waits_for_the_silent_departments_by_name(ops: Settings) -> None:
    for name in NAMES[:-1]:
        deliver(ops, name, "202501")
        announce(ops, name)
    assert waiting_story(ops) == f"**202501** waits for 等待 {NAMES[-1]} 民政局"
    deliver(ops, NAMES[-1], "202501")
    announce(ops, NAMES[-1])
    assert waiting_story(ops) == ""


def test_a_blocked_month_says_why(ops: Settings) -> None:
    with connect(ops) as connection:
        connection.execute(
            """
            insert into ops.builds (month, status, message, message_zh)
            values ('2025-01-01', 'blocked', 'blocked: registry', '受阻：registry')
            """
        )
    assert month_story(ops, "202501") == "**202501** blocked 受阻\n\nblocked: registry\n\n受阻：registry"
