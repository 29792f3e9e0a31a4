"""What becomes of a file: the five fates, and what a person decides about a held one."""

import logging
from pathlib import Path
from typing import Any, LiteralString

import openpyxl
import polars as pl
import psycopg
import pytest

from hearth.contracts import source
from hearth.database.engine import connect
from hearth.errors import InputError, UsageError
from hearth.gating import GateResult
from hearth.loading import decisions, load
from hearth.loading.load import load_source
from hearth.loading.outcome import DeliveryOutcome
from hearth.loading.slices import write_slice
from hearth.reporting.returned_rows import write_returned_rows
from hearth.settings import Settings
from tests.integration.support import (
    DEATHS,
    Loader,
    ask,
    deaths,
    deaths_csv,
    fictional_id,
    one,
    poverty_csv,
    slices,
    write_csv,
)

pytestmark = pytest.mark.usefixtures("every_gate_passes")


def test_files_are_loaded_in_the_order_of_their_names(landing: Path, load_all: Loader) -> None:
    deaths_csv(landing, "202502", 3)
    deaths_csv(landing, "202501", 3, "_更正")
    deaths_csv(landing, "202501", 2)
    poverty_csv(landing, "202501", 2)
    assert [(o.file_name, o.status) for o in load_all().values()] == [
        ("特困人员供养名册_202501.csv", "accepted"),
        ("死亡人员信息_202501.csv", "accepted"),
        ("死亡人员信息_202501_更正.csv", "accepted"),
        ("死亡人员信息_202502.csv", "accepted"),
    ]


def test_only_the_months_asked_for_are_loaded(fresh: Settings, landing: Path) -> None:
    deaths_csv(landing, "202501", 2)
    deaths_csv(landing, "202502", 3)
    assert [o.month for o in load_source(fresh, "civil_affairs", landing=landing, months=["202502"])] == ["202502"]


def test_the_same_bytes_under_another_name_are_a_duplicate_in_their_month_only(
    fresh: Settings, landing: Path, load_all: Loader
) -> None:
    deaths_csv(landing, "202501", 2)
    deaths_csv(landing, "202501", 2, "_再报")
    deaths_csv(landing, "202502", 2)
    outcomes = load_all()
    twin = outcomes["202501/死亡人员信息_202501_再报.csv"]
    assert (twin.status, twin.rows_loaded) == ("duplicate", 0)
    assert outcomes["202502/死亡人员信息_202502.csv"].status == "accepted"
    assert one(fresh, "select duplicate_of from ops.deliveries where status = 'duplicate'") == (
        outcomes["202501/死亡人员信息_202501.csv"].delivery_id
    )


def test_bytes_that_were_replaced_count_again_when_they_come_as_the_newer_file(
    fresh: Settings, landing: Path, load_all: Loader
) -> None:
    """The correction was wrong, and its sender goes back to the first list; an older name brings nothing back."""
    counting = "select file_name from ops.winning_deliveries(date '2025-01-01')"
    deaths_csv(landing, "202501", 20)
    load_all()
    deaths_csv(landing, "202501", 19, "_更正")
    load_all()
    deaths_csv(landing, "202501", 20, "_再报")
    assert load_all()["202501/死亡人员信息_202501_再报.csv"].status == "duplicate"
    assert one(fresh, counting) == "死亡人员信息_202501_更正.csv"
    deaths_csv(landing, "202501", 20, "_第二次更正")
    assert load_all()["202501/死亡人员信息_202501_第二次更正.csv"].status == "accepted"
    assert one(fresh, counting) == "死亡人员信息_202501_第二次更正.csv"
    deaths_csv(landing, "202501", 20, "_第二次更正_副本")
    assert load_all()["202501/死亡人员信息_202501_第二次更正_副本.csv"].status == "duplicate"


def test_exact_duplicates_and_faulty_rows_are_counted(fresh: Settings, landing: Path, load_all: Loader) -> None:
    rows = [*deaths(20), deaths(1)[0], ["虚构丙", fictional_id(30), "2025-02-30", "医院"]]
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, rows)
    [outcome] = load_all().values()
    assert (outcome.rows_read, outcome.rows_loaded, outcome.rows_quarantined, outcome.rows_duplicate) == (22, 20, 1, 1)
    [(row_number, cells, reasons)] = ask(fresh, "select row_number, cells, reasons from restricted.quarantine")
    assert row_number == 23
    assert cells == rows[-1]
    assert [reason["code"] for reason in reasons] == ["impossible_date"]


def test_too_many_faulty_rows_reject_the_file(fresh: Settings, landing: Path, load_all: Loader) -> None:
    rows = [*deaths(8), *([["虚构丙", fictional_id(30 + n), "不详", "医院"] for n in range(2)])]
    path = write_csv(landing, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, rows)
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_read, outcome.rows_loaded) == ("rejected", 10, 0)
    assert outcome.message and outcome.message_zh
    for words in (outcome.message, outcome.message_zh):
        assert path.name in words and "死亡日期" in words and "10, 11" in words.replace("、", ", ")
        assert "虚构" not in words and "990101" not in words
    assert slices(fresh) == []
    assert one(fresh, "select count(*) from restricted.quarantine") == 0


def test_a_file_without_a_required_column_is_rejected(landing: Path, load_all: Loader) -> None:
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS[:2], [row[:2] for row in deaths(3)])
    [outcome] = load_all().values()
    assert outcome.status == "rejected"
    assert outcome.message and "死亡日期" in outcome.message


def test_a_fault_of_ours_in_reading_costs_one_file_and_tells_no_cell(
    landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(path: Path, extract: Any) -> None:
        if "死亡" in path.name:
            raise ValueError("虚构甲")
        return read_table(path, extract)

    read_table = load.read_table
    monkeypatch.setattr(load, "read_table", broken)
    deaths_csv(landing, "202501", 2)
    poverty_csv(landing, "202501", 2)
    with caplog.at_level(logging.DEBUG):
        outcomes = load_all()
    assert sorted(outcome.status for outcome in outcomes.values()) == ["accepted", "rejected"]
    assert "虚构甲" not in caplog.text + "".join(o.message or "" for o in outcomes.values())
    assert "ValueError at test_loading.py" in caplog.text


def test_a_value_that_the_database_cannot_hold_rejects_the_file(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(*_: Any) -> str:
        raise psycopg.errors.NumericValueOutOfRange

    monkeypatch.setattr(load, "write_slice", overflow)
    deaths_csv(landing, "202501", 2)
    [outcome] = load_all().values()
    assert (outcome.status, slices(fresh)) == ("rejected", [])


def test_a_slice_holds_texts_without_null_bytes(fresh: Settings) -> None:
    civil_affairs = source("civil_affairs")
    extract = civil_affairs.extract("deaths")
    rows = pl.DataFrame({"row_number": [1, 2, 3], "person_name": ["虚\0构", "\0", None]})
    with connect(fresh, "loader") as connection:
        name = write_slice(connection, civil_affairs, extract, 7, [rows])
    kept = ask(fresh, f"select person_name from raw.{name} order by row_number")
    assert kept == [("虚构",), ("",), (None,)]


def test_a_rejected_file_is_read_again_when_the_countys_contract_changes(
    fresh: Settings, landing: Path, tmp_path: Path
) -> None:
    headers = ("姓名", "身份证号", "离世时间", "信息来源")
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501.csv", headers, deaths(3))
    county = tmp_path / "county.toml"
    county.write_text('[civil_affairs.deaths.aliases]\ndied_on = ["离世时间"]\n', encoding="utf-8")
    taught = fresh.model_copy(update={"county_file": county})
    fates = [
        (outcome.status, outcome.is_new)
        for settings in (fresh, fresh, taught, taught, fresh)
        for outcome in load_source(settings, "civil_affairs", landing=landing)
    ]
    assert fates == [("rejected", True), ("rejected", False), *[("accepted", True), *[("accepted", False)] * 2]]
    assert one(fresh, "select count(*) from ops.deliveries") == 1


@pytest.mark.parametrize(("rows", "status"), [(70, "accepted"), (69, "held")])
def test_a_snapshot_that_lost_more_than_its_share_is_held(
    landing: Path, load_all: Loader, rows: int, status: str
) -> None:
    poverty_csv(landing, "202501", 100)
    poverty_csv(landing, "202502", rows)
    assert load_all()["202502/特困人员供养名册_202502.csv"].status == status


@pytest.mark.parametrize(("before", "now", "status"), [(20, 0, "held"), (30, 11, "accepted"), (30, 10, "held")])
def test_a_small_snapshot_may_lose_less_than_twenty_rows(
    landing: Path, load_all: Loader, before: int, now: int, status: str
) -> None:
    poverty_csv(landing, "202501", before)
    poverty_csv(landing, "202502", now)
    assert load_all()["202502/特困人员供养名册_202502.csv"].status == status


def test_the_loss_is_measured_against_the_newest_accepted_list_of_the_part(landing: Path, load_all: Loader) -> None:
    poverty_csv(landing, "202501", 100)
    poverty_csv(landing, "202502", 30)
    poverty_csv(landing, "202503", 90)
    poverty_csv(landing, "202503", 10, "_虚构乡")
    statuses = {name: outcome.status for name, outcome in load_all().items()}
    assert statuses == {
        "202501/特困人员供养名册_202501.csv": "accepted",
        "202502/特困人员供养名册_202502.csv": "held",
        "202503/特困人员供养名册_202503.csv": "accepted",
        "202503/特困人员供养名册_202503_虚构乡.csv": "accepted",
    }


SAMPLES: dict[str, LiteralString] = {
    "never": "delete from restricted.row_samples",
    "by other columns": "update restricted.row_samples set told_by = '{household_no}', digests = '{1}'",
}
"""What a Hearth before this one may have left."""


@pytest.mark.parametrize("sampled", ["now", *SAMPLES])
@pytest.mark.parametrize(
    ("before", "now", "status"), [(90, 100, "held"), (90, 40, "accepted"), (1000, 520, "held"), (1000, 490, "accepted")]
)
def test_a_part_under_another_name_does_not_count_beside_itself(
    fresh: Settings, landing: Path, load_all: Loader, before: int, now: int, status: str, sampled: str
) -> None:
    poverty_csv(landing, "202501", before, "_虚构乡")
    load_all()
    if sampled != "now":
        with connect(fresh, "owner") as connection:
            connection.execute(SAMPLES[sampled])
    poverty_csv(landing, "202502", now, "_虚构镇")
    renamed = load_all()["202502/特困人员供养名册_202502_虚构镇.csv"]
    assert renamed.status == status
    assert status == "accepted" or "特困人员供养名册_202501_虚构乡.csv" in str(renamed.message_zh)


def test_an_event_file_may_be_as_short_as_it_is(landing: Path, load_all: Loader) -> None:
    deaths_csv(landing, "202501", 100)
    deaths_csv(landing, "202502", 1)
    assert {outcome.status for outcome in load_all().values()} == {"accepted"}


@pytest.mark.parametrize(("mark", "status"), [("_12人", "held"), ("_10人", "accepted"), ("_4户", "accepted")])
def test_a_count_in_the_name_must_be_the_rows_read(landing: Path, load_all: Loader, mark: str, status: str) -> None:
    poverty_csv(landing, "202501", 10, mark)
    [outcome] = load_all().values()
    assert outcome.status == status


def test_a_data_date_of_another_month_holds_the_file(landing: Path, load_all: Loader) -> None:
    path = landing / "civil_affairs/202502/死亡人员信息_202502.csv"
    write_csv(landing, "civil_affairs/202502/死亡人员信息_202502.csv", DEATHS, deaths(3))
    note = "数据日期：2025年1月31日,,,\n"
    path.write_text(note + path.read_text(encoding="utf-8"), encoding="utf-8")
    [outcome] = load_all().values()
    assert outcome.status == "held"
    assert outcome.message and "2025-01-31" in outcome.message and "202502" in outcome.message


def test_a_failed_gate_holds_the_file(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "gate_delivery", lambda *_: GateResult(False, ["Half of it is empty."], ["一半为空"]))
    deaths_csv(landing, "202501", 3)
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_read, outcome.rows_loaded) == ("held", 3, 0)
    assert outcome.message and "failed a critical check: Half of it is empty. Expected: " in outcome.message
    assert slices(fresh) == [f"civil_affairs__deaths__d{outcome.delivery_id}"]
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 0


@pytest.fixture
def held(fresh: Settings, landing: Path, load_all: Loader) -> DeliveryOutcome:
    """A held list of ten rows, one of them quarantined, after one of a hundred."""
    poverty_csv(landing, "202501", 100)
    poverty_csv(landing, "202502", 10)
    load_all()
    return load_all()["202502/特困人员供养名册_202502.csv"]


def test_a_released_delivery_counts(fresh: Settings, held: DeliveryOutcome, load_all: Loader) -> None:
    assert held.status == "held"
    decided = decisions.release(fresh, held.delivery_id, decided_by="tester", reason="the township was split")
    assert (decided.month, decided.status) == ("202502", "accepted")
    assert (
        one(fresh, "select count(*) from raw.civil_affairs__extreme_poverty where delivery_id = %s", held.delivery_id)
        == 10
    )
    assert load_all()["202502/特困人员供养名册_202502.csv"].rows_loaded == 10
    assert ask(fresh, "select delivery_id, decision, decided_by from ops.delivery_decisions") == [
        (held.delivery_id, "released", "tester")
    ]
    with pytest.raises(UsageError, match="was released by tester already: the township was split"):
        decisions.reject(fresh, held.delivery_id, decided_by="tester", reason="again")


def test_a_rejected_delivery_leaves_no_row_and_is_not_read_again(
    fresh: Settings, held: DeliveryOutcome, load_all: Loader
) -> None:
    decisions.reject(fresh, held.delivery_id, decided_by="tester", reason="half of a list")
    assert f"civil_affairs__extreme_poverty__d{held.delivery_id}" not in slices(fresh)
    again = load_all()["202502/特困人员供养名册_202502.csv"]
    assert (again.status, again.is_new) == ("rejected", False)


def test_a_held_slice_is_no_leftover(fresh: Settings, held: DeliveryOutcome, load_all: Loader) -> None:
    load_all()
    assert f"civil_affairs__extreme_poverty__d{held.delivery_id}" in slices(fresh)


def test_what_nobody_recognises_is_listed_once(fresh: Settings, landing: Path, load_all: Loader) -> None:
    for path in (
        "civil_affairs/202501/通讯录.csv",
        "civil_affairs/202513/死亡人员信息_202501.csv",
        "civil_affairs/死亡人员信息_202501.csv",
        "civil_affairs/202501/附件/死亡人员信息_202501.csv",
        "civil_affairs/202501/~$死亡人员信息_202501.xlsx",
        "civil_affairs/202501/.DS_Store",
        "人社局/202501/务工.csv",
        "说明.txt",
    ):
        write_csv(landing, path, DEATHS, deaths(1))
    load_all()
    load_source(fresh, "registry", landing=landing)
    listed = (
        "select relative_path, source, month from ops.deliveries"
        " where status = 'unrecognised' order by relative_path collate \"C\""
    )
    expected = [
        ("civil_affairs/202501/通讯录.csv", "civil_affairs", "202501"),
        ("civil_affairs/202501/附件/死亡人员信息_202501.csv", "civil_affairs", "202501"),
        ("civil_affairs/202513/死亡人员信息_202501.csv", "civil_affairs", None),
        ("civil_affairs/死亡人员信息_202501.csv", "civil_affairs", None),
        ("人社局/202501/务工.csv", None, None),
        ("说明.txt", None, None),
    ]
    assert ask(fresh, listed) == expected
    assert not any(outcome.is_new for outcome in load_all().values())
    load_source(fresh, "registry", landing=landing)
    assert ask(fresh, listed) == expected


def test_a_file_replaced_in_its_place_is_another_delivery(fresh: Settings, landing: Path, load_all: Loader) -> None:
    deaths_csv(landing, "202501", 2)
    first = load_all()["202501/死亡人员信息_202501.csv"]
    deaths_csv(landing, "202501", 3)
    second = load_all()["202501/死亡人员信息_202501.csv"]
    assert second.is_new and second.delivery_id > first.delivery_id
    counting = "select delivery_id from ops.counting_deliveries('2025-01-01')"
    assert ask(fresh, counting) == [(second.delivery_id,)]


def test_there_must_be_a_landing_folder(fresh: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="landing"):
        load_source(fresh, "civil_affairs", landing=tmp_path / "nowhere")


@pytest.mark.parametrize(
    "change",
    [
        "update ops.deliveries set rows_loaded = rows_loaded + 1, rows_read = rows_read + 1",
        "update ops.deliveries set rows_quarantined = 1, rows_loaded = rows_loaded - 1",
        "insert into ops.deliveries (delivery_id, source, extract, month, file_name, relative_path, sha256, status,"
        " rows_read, rows_loaded) select delivery_id + 1000, source, extract, month, file_name, 'other', sha256,"
        " status, rows_read, rows_loaded from ops.deliveries",
    ],
)
def test_the_database_refuses_counts_that_are_not_the_rows(
    fresh: Settings, landing: Path, load_all: Loader, change: str
) -> None:
    deaths_csv(landing, "202501", 5)
    load_all()
    with (
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="registered with"),
        connect(fresh) as connection,
    ):
        connection.execute(change)


def test_the_database_refuses_counts_that_do_not_add_up(fresh: Settings, landing: Path, load_all: Loader) -> None:
    deaths_csv(landing, "202501", 5)
    load_all()
    with pytest.raises(psycopg.errors.CheckViolation), connect(fresh, "loader") as connection:
        connection.execute("update ops.deliveries set rows_duplicate = 1")


def test_a_row_of_broken_bytes_is_kept_and_goes_back_as_it_came(
    fresh: Settings, landing: Path, tmp_path: Path, load_all: Loader
) -> None:
    deaths_csv(landing, "202501", 30)
    file = landing / "civil_affairs" / "202501" / "死亡人员信息_202501.csv"
    lines = file.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace("医院".encode(), b"\xff\xc3\0=1")
    file.write_bytes(b"".join(lines))
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("accepted", 29, 1)
    [(row, cells, reasons)] = ask(fresh, "select row_number, cells, reasons from restricted.waiting_rows")
    assert (row, cells[3]) == (6, "\\xFF\\xC3\\x00=1")
    assert [(reason["column"], reason["code"]) for reason in reasons] == [("reported_by", "undecodable_bytes")]
    [written] = write_returned_rows(fresh, tmp_path / "returned", number=outcome.delivery_id)
    sheet = openpyxl.load_workbook(written.path).active
    assert sheet["D2"].value == cells[3]
    assert "十六进制" in sheet["D2"].comment.text
