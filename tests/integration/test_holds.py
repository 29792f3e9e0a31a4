"""A held delivery: the figures a person is shown, when they are asked, and that one answer is enough."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from hearth.database.engine import connect
from hearth.loading import decisions
from hearth.loading.held import held_delivery
from hearth.loading.history import Occasion, load_recorded
from hearth.loading.load import load_source
from hearth.orchestration.holds import APPROVE, REJECT, carry_out, question, settled, superseded, to_ask
from hearth.settings import Settings
from tests.integration.support import POVERTY, ask, fictional_id, one, write_csv

pytestmark = pytest.mark.usefixtures("every_gate_passes")
DIVISIONS = ("区划代码", "名称", "级别", "上级区划代码")
TOWNSHIP = "990001001000"
VILLAGES = ("甲村", "乙村", "丙村", "丁村")
STRANGER = "张三丰"
"""Stands in a village's column by mistake: a person's name, which nobody is to be shown."""


@pytest.fixture
def deliver(warehouse: Settings, tmp_path: Path) -> Callable[..., None]:
    """Put a list of persons in extreme poverty into a month's folder, so many of each village, and load it."""
    landing = tmp_path / "landing"
    divisions = [(f"99000100120{place}", name, "村", TOWNSHIP) for place, name in enumerate(VILLAGES)]
    write_csv(
        landing, "registry/202501/行政区划_202501.csv", DIVISIONS, [(TOWNSHIP, "虚构镇", "乡镇", TOWNSHIP), *divisions]
    )
    load_source(warehouse, "registry", landing=landing)

    def loaded(month: str, counts: dict[str, int], mark: str = "") -> None:
        villages = [village for village, count in counts.items() for _ in range(count)]
        rows = [
            [number + 1, "虚构乙", fictional_id(number), "虚构镇", village, "分散供养", "全自理", "202401"]
            for number, village in enumerate(villages)
        ]
        write_csv(landing, f"civil_affairs/{month}/特困人员供养名册_{month}{mark}.csv", POVERTY, rows)
        with load_recorded(warehouse, "civil_affairs"):
            load_source(warehouse, "civil_affairs", landing=landing)

    return loaded


@pytest.fixture
def held(warehouse: Settings, deliver: Callable[..., None]) -> int:
    """A list that lost two of its villages, and a row of a village that there is not; its name states 60."""
    with connect(warehouse) as connection:
        connection.execute("delete from ops.delivery_decisions; delete from ops.load_runs")
        connection.execute("delete from ops.deliveries where source = 'civil_affairs'")
        connection.execute("delete from ops.instance_facts where name like 'held %'")
    deliver("202501", {"甲村": 20, "乙村": 20, "丙村": 19, STRANGER: 1})
    deliver("202502", {"甲村": 20, "丁村": 5}, mark="_60人")
    return int(one(warehouse, "select delivery_id from ops.deliveries where status = 'held'"))


def test_a_person_is_shown_rows_villages_and_the_count_in_the_name(warehouse: Settings, held: int) -> None:
    found = held_delivery(warehouse, held)
    assert (found.rows_before, found.rows_now, found.stated_count, found.stated_unit) == (60, 25, 60, "人")
    assert found.villages is not None
    assert (found.villages.before, found.villages.now, found.villages.gone_count) == (4, 2, 3)
    asked = question(warehouse, held)
    assert asked is not None
    assert f"no. {held}" in asked.subject and "202502" in asked.subject
    for said in ("60 rows", "25 rows", "3 vanished", "消失 3 个", "states 60 (人)", "-58.3%"):
        assert said in asked.body, said


def test_villages_are_named_by_the_divisions_and_nobody_else_is(warehouse: Settings, held: int) -> None:
    found = held_delivery(warehouse, held)
    assert found.villages is not None
    assert found.villages.gone == ("丙村 990001001202", "乙村 990001001201")
    asked = question(warehouse, held)
    assert asked is not None and "乙村" in asked.body and STRANGER not in asked.body


def test_each_held_delivery_is_asked_about_once(warehouse: Settings, held: int) -> None:
    assert to_ask(warehouse, "water") == []
    assert to_ask(warehouse, "civil_affairs") == [str(held)]
    assert to_ask(warehouse, "civil_affairs") == []


def test_a_question_that_never_appeared_is_announced_again(warehouse: Settings, held: int) -> None:
    later = "update ops.instance_facts set set_at = now() - interval '1 hour' where name like 'held %'"
    assert to_ask(warehouse, "civil_affairs") == [str(held)]
    with connect(warehouse) as connection:
        connection.execute(later)
    assert to_ask(warehouse, "civil_affairs") == [str(held)]
    question(warehouse, held)
    with connect(warehouse) as connection:
        connection.execute(later)
    assert to_ask(warehouse, "civil_affairs") == [], "it waits on the page"


@pytest.mark.parametrize(("option", "status"), [(APPROVE, "accepted"), (REJECT, "rejected")])
def test_an_answer_is_carried_out_with_who_and_why(
    warehouse: Settings, held: int, option: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "held_deliveries")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "a run")
    carry_out(warehouse, held, option=option, decided_by="operator", reason="the township was split")
    assert one(warehouse, "select status from ops.deliveries where delivery_id = %s", held) == status
    query = "select source, month, outcome, run_by, run_id, reason from ops.run_history where kind = 'decision'"
    outcome = "released" if option == APPROVE else "rejected"
    run = ("airflow", "held_deliveries a run", "the township was split")
    assert ask(warehouse, query) == [("civil_affairs", "202502", outcome, *run)]
    assert question(warehouse, held) is None


def test_the_second_answer_changes_nothing_and_says_who_was_quicker(warehouse: Settings, held: int) -> None:
    decisions.release(warehouse, held, decided_by="li", reason="checked by telephone")
    told = carry_out(warehouse, held, option=REJECT, decided_by="operator", reason="half a list")
    assert "released" in told and "li" in told and "checked by telephone" in told
    assert one(warehouse, "select status from ops.deliveries where delivery_id = %s", held) == "accepted"
    assert list(settled(warehouse, [held])) == [held]
    assert one(warehouse, "select count(*) from ops.delivery_decisions where delivery_id = %s", held) == 1


def test_a_list_that_was_sent_again_needs_no_answer(
    warehouse: Settings, held: int, deliver: Callable[..., None]
) -> None:
    assert superseded(warehouse, [held]) == {}
    deliver("202502", {"甲村": 20, "乙村": 20, "丙村": 20}, mark="_更正")
    newer = one(warehouse, "select max(delivery_id) from ops.deliveries where status = 'accepted'")
    assert superseded(warehouse, [held]) == {held: newer}
    assert question(warehouse, held) is None


def test_what_a_person_rejected_stays_so_whatever_is_loaded_after_that(
    warehouse: Settings, held: int, tmp_path: Path
) -> None:
    """Another contract reads rejected files again, and a reload all: a decision hung on the row that each replaced."""
    landing = tmp_path / "landing"
    decisions.reject(warehouse, held, decided_by="li", reason="half a list")
    with connect(warehouse) as connection:
        connection.execute("update ops.deliveries set contract_digest = 'other' where status = 'rejected'")
    load_source(warehouse, "civil_affairs", landing=landing)
    load_source(warehouse, "civil_affairs", landing=landing, again_before=one(warehouse, "select now()"))
    found = ask(warehouse, "select delivery_id, status, reading from ops.deliveries where month = '202502'")
    assert found == [(held, "rejected", 1)]


def test_a_reload_reads_again_what_is_settled_and_leaves_the_rest(
    warehouse: Settings, held: int, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    since = one(warehouse, "select now()")
    assert isinstance(since, datetime)
    for _ in range(2):  # a try after one that broke off reads nothing twice
        with load_recorded(warehouse, "civil_affairs", Occasion("reload", "another alias", since)):
            load_source(warehouse, "civil_affairs", landing=landing, again_before=since)
    readings = ask(
        warehouse, "select month, status, reading from ops.deliveries where source = 'civil_affairs' order by 1, 3"
    )
    assert readings == [("202501", "accepted", 1), ("202501", "accepted", 2), ("202502", "held", 1)]
    counting = "select delivery_id from ops.counting_deliveries('2025-01-01') where source = 'civil_affairs'"
    newest = "select max(delivery_id) from ops.deliveries where month = '202501' and source = 'civil_affairs'"
    assert ask(warehouse, counting) == ask(warehouse, newest)
    query = "select kind, month, outcome, detail, reason from ops.run_history where kind = 'reload'"
    assert ask(warehouse, query) == [("reload", "202501", "done", "1 accepted", "another alias")]


def test_loads_are_remembered_by_month_and_those_that_find_nothing_are_not(
    warehouse: Settings, held: int, tmp_path: Path
) -> None:
    with load_recorded(warehouse, "civil_affairs"):
        load_source(warehouse, "civil_affairs", landing=tmp_path / "landing")
    query = "select month, outcome, run_by, detail from ops.run_history where kind = 'load' order by 1"
    assert ask(warehouse, query) == [
        ("202501", "done", "direct", "1 accepted"),
        ("202502", "done", "direct", "0 accepted, 1 held"),
    ]
    with pytest.raises(Exception, match="no landing folder"), load_recorded(warehouse, "civil_affairs"):
        load_source(warehouse, "civil_affairs", landing=tmp_path / "nowhere")
    assert one(warehouse, "select outcome from ops.load_runs where month is null") == "failed"
