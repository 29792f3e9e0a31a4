"""Rosters of persons: who has no household waits for the sender, and who has one gets a key that stays."""

from pathlib import Path

import pytest

from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.keys import pseudonym
from hearth.loading.load import load_source
from hearth.settings import Settings
from tests.integration.support import (
    ask,
    fictional_id,
    write_csv,
)

pytestmark = pytest.mark.usefixtures("every_gate_passes")


MEMBERS = (
    "行政村代码",
    "户编号",
    "人编号",
    "姓名",
    "证件号码",
    "出生日期",
    "与户主关系",
    "劳动技能",
    "户类型",
    "监测对象类别",
)
MEMBERS_MORE = ("风险是否已消除", "是否易地扶贫搬迁户")


def members_csv(landing: Path, month: str, people: list[int]) -> None:
    rows = [
        [
            "990121101200",
            f"H{n // 2}",
            f"P{n}",
            "虚构丁",
            fictional_id(n),
            "1960-01-01",
            "户主",
            "普通劳动力",
            "一般农户",
            "",
            "否",
            "否",
        ]
        for n in people
    ]
    write_csv(landing, f"registry/{month}/农户成员信息_{month}.csv", (*MEMBERS, *MEMBERS_MORE), rows)


def test_a_person_without_a_household_number_waits_for_the_sender(fresh: Settings, landing: Path) -> None:
    """Such rows were loaded, and no household, rule or work list ever held them."""
    people = list(range(40))
    members_csv(landing, "202501", people)
    file = landing / "registry" / "202501" / "农户成员信息_202501.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",H9,P19,", ",,P19,"), encoding="utf-8")
    [outcome] = load_source(fresh, "registry", landing=landing)
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("accepted", 39, 1)
    assert ask(
        fresh,
        "select row_number, reason ->> 'column', reason ->> 'code' from restricted.waiting_rows"
        " cross join jsonb_array_elements(reasons) as reason",
    ) == [(21, "household_no", "missing_household")]
    assert ask(fresh, "select count(*) from restricted.persons where person_no = 'P19'") == [(0,)]


def test_a_roster_that_lost_its_household_numbers_is_refused(fresh: Settings, landing: Path) -> None:
    members_csv(landing, "202501", list(range(20)))
    file = landing / "registry" / "202501" / "农户成员信息_202501.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",H1,", ",8.8E+15,"), encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace(",H2,", ",,"), encoding="utf-8")
    [outcome] = load_source(fresh, "registry", landing=landing)
    assert outcome.status == "rejected"
    assert "Column B “户编号”" in (outcome.message or "")


def test_keys_are_issued_once_and_outlive_the_key_file(fresh: Settings, landing: Path) -> None:
    members_csv(landing, "202501", [1, 2, 3])
    [first] = load_source(fresh, "registry", landing=landing)
    assert first.status == "accepted", first.message
    before = dict(ask(fresh, "select person_no, person_key from restricted.persons"))
    file = fresh.secrets_dir / "pseudonym_key"
    assert before["P1"] == pseudonym(file.read_text(encoding="ascii").strip(), "person", "P1")
    old = file.read_text(encoding="ascii")
    file.write_text("lost and made anew", encoding="ascii")
    try:
        with connect(fresh) as connection:
            connection.execute("delete from ops.instance_facts where name = 'pseudonym_key_fingerprint'")
        bootstrap(fresh)
        members_csv(landing, "202502", [1, 2, 3, 4])
        load_source(fresh, "registry", landing=landing)
    finally:
        file.write_text(old, encoding="ascii")
    after = dict(ask(fresh, "select person_no, person_key from restricted.persons"))
    assert {number: after[number] for number in before} == before
    assert set(after) == {"P1", "P2", "P3", "P4"}
    assert ask(fresh, "select household_no from restricted.households order by 1") == [("H0",), ("H1",), ("H2",)]
