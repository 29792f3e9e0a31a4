"""People's decisions on records in doubt: kept, replayed when the record comes again, revoked, counted, exported."""

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hearth.building import build_month
from hearth.building.months import months_due
from hearth.database.engine import connect
from hearth.errors import InputError, NotAllowed, UsageError
from hearth.loading import load
from hearth.loading.load import load_source
from hearth.queueing.queue import decide, listed, look, revoke
from hearth.queueing.workbook import HEADERS, export, import_decisions
from hearth.reporting.figures import waiting as waiting_counts
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask, one, passing_gate

COUNTY = PROJECT_ROOT / "tests" / "acceptance"


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of the acceptance county's roster, and one roster of allowances, sent in both."""
    folder = tmp_path_factory.mktemp("landing")
    for month in ("202501", "202502"):
        shutil.copytree(COUNTY / "landing" / "registry" / month, folder / "registry" / month)
        [allowances] = (COUNTY / "landing" / "civil_affairs" / "202501").glob("农村低保*")
        target = folder / "civil_affairs" / month / f"农村低保保障名册_{month}.xls"
        target.parent.mkdir(parents=True)
        shutil.copy(allowances, target)
    return folder


@pytest.fixture(scope="module")
def county(warehouse: Settings, landing: Path) -> Settings:
    """The county with its first month built, and a caseworker who may see all."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(load, "gate_delivery", passing_gate)
        for source in ("registry", "civil_affairs"):
            load_source(warehouse, source, landing=landing)
    with connect(warehouse) as connection:
        connection.execute("insert into restricted.caseworker_divisions values ('caseworker', '00')")
    build_month(warehouse, "202501")
    return warehouse


def waiting(county: Settings, **wanted: Any) -> list[dict[str, Any]]:
    """Allowance rows that wait, with these values."""
    rows = [row for row in listed(county, state="open", source="civil_affairs") if row["extract"] == "allowances"]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def counts(county: Settings) -> tuple[int, int, int, int]:
    """January's allowance rows: matched, queued, decided, dismissed."""
    [row] = ask(
        county,
        "select matched, queued, decided, dismissed from ops.match_counts"
        " where (extract, month) = ('allowances', '202501')",
    )
    return row


def states(county: Settings, queue_id: int) -> dict[str, str]:
    """By month, of the rows that count."""
    return dict(
        ask(
            county,
            "select to_char(month, 'YYYYMM'), min(state) from restricted.queue_records"
            " inner join restricted.queue_items using (source, extract, record_key)"
            " where queue_id = %s and is_counting group by 1 order by 1",
            queue_id,
        )
    )


def test_decisions_are_replayed_counted_and_revoked(county: Settings) -> None:
    before = counts(county)
    [mine, other, *_] = waiting(county, candidate_count=1)
    rows = [len(look(county, row["queue_id"])["rows"]) for row in (mine, other)]
    item = look(county, mine["queue_id"])
    decide(county, mine["queue_id"], "person", candidate="1", decided_by="甲", reason="入户核实")
    decide(county, other["queue_id"], "elsewhere", candidate=None, decided_by="甲", reason="户籍在外县")
    with pytest.raises(UsageError):
        decide(county, mine["queue_id"], "nobody", candidate=None, decided_by="乙", reason="再次")

    assert months_due(county, ["202501"]) == ["202501"]
    build_month(county, "202501")
    assert counts(county) == (before[0] + rows[0], before[1] - sum(rows), rows[0], rows[1])
    linked = ask(
        county,
        "select person_key, tier from intermediate.int_links where delivery_id = %s and row_number = %s",
        item["rows"][0]["delivery_id"],
        item["rows"][0]["row_number"],
    )
    assert linked == [(item["candidates"][0]["person_key"], 5)]
    assert look(county, other["queue_id"])["candidates"] == []

    build_month(county, "202502")
    assert states(county, mine["queue_id"]) == {"202501": "decided", "202502": "decided"}
    assert states(county, other["queue_id"]) == {"202501": "dismissed", "202502": "dismissed"}
    assert months_due(county, ["202501", "202502"]) == []

    for row in (mine, other):
        revoke(county, row["queue_id"], revoked_by="丙", reason="认错了人")
    assert months_due(county, ["202501", "202502"]) == ["202501", "202502"]
    build_month(county, "202501")
    assert counts(county) == before
    assert look(county, mine["queue_id"])["decisions"][0]["revoked_by"] == "丙"


def test_a_look_is_written_down_and_the_list_holds_no_person(county: Settings) -> None:
    row = waiting(county, candidate_count=1)[0]
    seen = one(county, "select count(*) from restricted.read_log where what = 'queue'")
    item = look(county, row["queue_id"])
    logged = ask(
        county,
        "select role_name::text, household_key from restricted.read_log where queue_id = %s"
        " order by read_id desc limit 1",
        row["queue_id"],
    )
    assert one(county, "select count(*) from restricted.read_log where what = 'queue'") == seen + 1
    assert logged == [("caseworker", item["candidates"][0]["household_key"])]
    assert not {"name", "cells", "household_no"} & set(row)


def test_a_caseworker_sees_what_is_of_the_own_divisions(county: Settings) -> None:
    row = waiting(county, candidate_count=1)[0]
    village = look(county, row["queue_id"])["candidates"][0]["village_code"]
    with connect(county) as connection:
        connection.execute("update restricted.caseworker_divisions set division_code = %s", (village,))
    try:
        numbers = {one["queue_id"] for one in listed(county)}
        assert row["queue_id"] in numbers
        seen_one_by_one = ask(
            county,
            "select queue_id from restricted.queue_states"
            " where restricted.may_see_queued('caseworker', source, extract, record_key)",
        )
        assert numbers == {number for (number,) in seen_one_by_one}
        assert waiting_counts(county).records > len(numbers), "what waits is counted for everybody"
        everything = {number for (number,) in ask(county, "select queue_id from restricted.queue_items")}
        hidden = min(everything - numbers)
        for act in (
            lambda: look(county, hidden),
            lambda: decide(county, hidden, "nobody", candidate=None, decided_by="甲", reason="看不见"),
            lambda: revoke(county, hidden, revoked_by="甲", reason="看不见"),
        ):
            with pytest.raises(NotAllowed):
                act()
    finally:
        with connect(county) as connection:
            connection.execute("update restricted.caseworker_divisions set division_code = '00'")


def test_nobody_is_told_that_nothing_waits_who_may_see_nothing(county: Settings, tmp_path: Path) -> None:
    with connect(county) as connection:
        connection.execute("delete from restricted.caseworker_divisions")
    try:
        for act in (lambda: listed(county), lambda: look(county, 1), lambda: export(county, tmp_path / "queue.xlsx")):
            with pytest.raises(NotAllowed, match="No division is assigned"):
                act()
    finally:
        with connect(county) as connection:
            connection.execute("insert into restricted.caseworker_divisions values ('caseworker', '00')")
    with pytest.raises(UsageError, match=r"must end with \.xlsx"):
        export(county, tmp_path / "queue.csv")


def fill(file: Path, changes: dict[tuple[int, str], str]) -> Path:
    """The workbook with some cells filled in, by row and header."""
    book = openpyxl.load_workbook(file)
    for (row, header), value in changes.items():
        book.active.cell(row, HEADERS.index(header) + 1).value = value
    book.save(file)
    return file


def test_a_workbook_is_imported_whole_or_not_at_all(county: Settings, tmp_path: Path) -> None:
    file = tmp_path / "queue.xlsx"
    rows = export(county, file, source="civil_affairs")
    sheet = openpyxl.load_workbook(file).active
    assert sheet.max_row == rows + 1
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}  # blank cells are n
    assert file.stat().st_mode & 0o777 == 0o600
    wrong = {
        (2, "决定"): "也许",
        (3, "决定"): "此人",
        (3, "理由"): "核实",
        (3, "候选人序号"): "99",
        (4, "决定"): "名册中无此人",
        (5, "决定"): "外县人员",
        (5, "理由"): "核实",
        (5, "校验码"): "00000000",
        (6, "决定"): "名册中无此人",
        (6, "理由"): "核实",
    }
    fill(file, wrong)
    with pytest.raises(InputError) as refused:
        import_decisions(county, file, "甲")
    told = str(refused.value)
    assert all(f"row {number}, column" in told for number in (2, 3, 4, 5))
    assert "row 6" not in told
    assert one(county, "select count(*) from restricted.queue_decisions where revoked_at is null") == 0

    right = {(row, header): "" for row in range(2, 6) for header in ("决定", "理由", "候选人序号", "校验码")}
    kept = import_decisions(county, fill(file, right), "甲")
    assert [(one.decision, one.decided_by, one.reason) for one in kept] == [("nobody", "甲", "核实")]
    with pytest.raises(InputError, match="without a decision"):
        import_decisions(county, file, "甲")
    revoke(county, kept[0].queue_id, revoked_by="甲", reason="复原")
