"""Faulty rows go back to their sender in the sender's own layout, and come back corrected as an addition."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hearth.contracts import source
from hearth.database.engine import connect
from hearth.errors import InputError, UsageError
from hearth.gating import gate_delivery
from hearth.loading import load
from hearth.loading.decisions import reject, release
from hearth.loading.held import held_delivery
from hearth.loading.load import load_source
from hearth.loading.outcome import DeliveryOutcome
from hearth.reading.filename import recognise
from hearth.reporting.deliveries import find_deliveries
from hearth.reporting.figures import waiting
from hearth.reporting.returned_rows import write_returned_rows
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import (
    DEATHS,
    POVERTY,
    Loader,
    ask,
    begin_anew,
    deaths,
    fictional_id,
    one,
    poverty,
    slices,
    write_csv,
)

pytestmark = pytest.mark.usefixtures("every_gate_passes")
FILE = "civil_affairs/202501/死亡人员信息_202501.csv"
RETURNED = "civil_affairs/202501/死亡人员信息_202501（退回）.xlsx"
LEDGER = "housing/202501/农村住房安全台账_20250131.xlsx"
HEADER_ROW = 3
COUNTY = PROJECT_ROOT / "tests" / "acceptance"
WAITING = "select delivery_id, row_number from restricted.waiting_rows order by 1, 2"
COUNTING = "select file_name from ops.counting_deliveries(date '2025-01-01') order by recency"


@pytest.fixture
def load_all(fresh: Settings, landing: Path) -> Loader:
    def loaded() -> dict[str, DeliveryOutcome]:
        outcomes = load_source(fresh, "civil_affairs", landing=landing)
        return {outcome.file_name: outcome for outcome in outcomes if outcome.is_new}

    return loaded


@pytest.fixture
def faulty(landing: Path, load_all: Loader) -> int:
    """Thirty deaths, two of them (rows 32 and 33) with dates that are none; the delivery's number."""
    rows = [
        *deaths(30),
        ["=cmd|'/c calc'!A1", fictional_id(30), "2025-02-30", "医院"],
        ["虚构丙", fictional_id(31), "无", "医院"],
    ]
    write_csv(landing, FILE, DEATHS, rows)
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_quarantined) == ("accepted", 2)
    return outcome.delivery_id


def corrected(landing: Path, source: Path, cells: dict[str, Any], name: str = RETURNED) -> Path:
    """The returned workbook with some cells changed, in the landing folder."""
    book = openpyxl.load_workbook(source)
    for place, value in cells.items():
        book.active[place].value = value
    target = landing / name
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


@pytest.fixture
def returned(fresh: Settings, tmp_path: Path, faulty: int) -> Path:
    [written] = write_returned_rows(fresh, tmp_path / "returned", number=faulty)
    assert (written.rows, written.path) == (2, tmp_path / "returned" / RETURNED)
    return written.path


def test_the_workbook_holds_the_faulty_rows_marked_and_no_formula(returned: Path) -> None:
    sheet = openpyxl.load_workbook(returned).active
    assert [cell.value for cell in sheet[1]] == [*DEATHS, "错误原因"]
    assert sheet.max_row == 3
    name, number, died_on = sheet["A2"], sheet["B2"], sheet["C2"]
    assert (name.value, name.data_type, name.quotePrefix) == ("=cmd|'/c calc'!A1", "s", True)
    assert (number.value, number.data_type) == (fictional_id(30), "s")
    assert died_on.fill.fgColor.rgb == "FFFFC7CE"
    assert "日期不存在" in died_on.comment.text
    assert name.comment is None
    assert "第32行" in sheet["E2"].value


def test_rows_that_wait_are_counted(fresh: Settings, faulty: int) -> None:
    assert (waiting(fresh).rows, waiting(fresh).records) == (2, 0)
    assert [(row["delivery_id"], row["rows_waiting"]) for row in find_deliveries(fresh)] == [(faulty, 2)]


def test_only_its_owner_may_read_it_and_it_is_not_written_twice(fresh: Settings, returned: Path, faulty: int) -> None:
    assert returned.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError):
        write_returned_rows(fresh, returned.parents[2], number=faulty)
    before = returned.stat()
    [left] = write_returned_rows(fresh, returned.parents[2], month="202501")
    assert (left.rows, left.path, returned.stat()) == (None, returned, before)


def test_corrected_rows_are_added_and_wait_no_more(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path, faulty: int
) -> None:
    corrected(landing, returned, {"A2": "虚构丁", "C2": "2025-01-30", "C3": "2025-01-31"})
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("accepted", 2, 0)
    assert ask(fresh, "select is_addition, adds_to from ops.deliveries order by delivery_id") == [
        (False, None),
        (True, faulty),
    ]
    assert ask(fresh, COUNTING) == [(Path(FILE).name,), (Path(RETURNED).name,)]
    assert ask(fresh, WAITING) == []
    assert ask(fresh, "select answers_delivery_id, answers_row from restricted.row_answers order by 2") == [
        (faulty, 32),
        (faulty, 33),
    ]
    with pytest.raises(UsageError):
        write_returned_rows(fresh, landing.parent / "again", number=faulty)


def test_a_row_that_is_faulty_still_waits_and_goes_back_once_more(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path, tmp_path: Path
) -> None:
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "还是没有"})
    [outcome] = load_all().values()
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (1, 1)
    assert ask(fresh, WAITING) == [(outcome.delivery_id, 3)]
    [again] = write_returned_rows(fresh, tmp_path / "again", month="202501")
    assert again.path.name == "死亡人员信息_202501（退回2）.xlsx"
    corrected(landing, again.path, {"C2": "2025-01-31"}, f"civil_affairs/202501/{again.path.name}")
    [second] = load_all().values()
    assert (second.status, second.rows_loaded) == ("accepted", 1)
    assert ask(fresh, WAITING) == []
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 32
    assert len(ask(fresh, COUNTING)) == 3


def test_returns_of_one_list_count_in_the_order_in_which_they_went_back(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path
) -> None:
    """（退回2） and （退回10） came before （退回） by their names, so that an earlier answer won over a later one."""
    times = ("（退回10）", "（退回）", "（退回2）")
    for n, mark in enumerate(times):
        corrected(landing, returned, {"A2": f"虚构{n}", "C2": f"2025-01-1{n}"}, RETURNED.replace("（退回）", mark))
    numbers = {name: outcome.delivery_id for name, outcome in load_all().items()}
    names = [f"死亡人员信息_202501{mark}.xlsx" for mark in ("（退回）", "（退回2）", "（退回10）")]
    assert sorted(numbers, key=numbers.__getitem__) == names
    assert [name for (name,) in ask(fresh, COUNTING)][1:] == names
    assert [row["file_name"] for row in find_deliveries(fresh)][1:] == names


@pytest.mark.parametrize(
    "name",
    [
        "死亡人员信息.csv",
        "死亡人员信息（退回）.xlsx",
        "死亡人员信息(退回2).xlsx",
        "死亡人员信息_退回１２_副本.xlsx",
        "死亡人员信息退回0.xls",
    ],
)
def test_the_number_of_a_return_is_the_same_in_both_places(fresh: Settings, name: str) -> None:
    found = recognise(source("civil_affairs"), name)
    assert found is not None
    [(number,)] = ask(fresh, f"select ops.return_number('{name}')")
    assert number == found.return_number


def test_a_workbook_sent_twice_adds_nothing(fresh: Settings, landing: Path, load_all: Loader, returned: Path) -> None:
    first = corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31"})
    load_all()
    first.with_name("死亡人员信息_202501（退回）副本.xlsx").write_bytes(first.read_bytes())
    corrected(
        landing,
        returned,
        {"C2": "2025-01-30", "C3": "2025-01-31", "F2": "存过一次"},
        "civil_affairs/202501/死亡人员信息_202501（退回）_再报.xlsx",
    )
    outcomes = load_all()
    assert sorted((o.status, o.rows_loaded, o.rows_duplicate) for o in outcomes.values()) == [
        ("accepted", 0, 2),
        ("duplicate", 0, 0),
    ]
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 32


def test_another_correction_of_a_corrected_row_goes_into_quarantine_unless_its_key_says(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path
) -> None:
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31"})
    load_all()
    changed = {"C2": "2025-01-29", "C3": "2025-01-31", "D3": "派出所"}
    corrected(landing, returned, changed, "civil_affairs/202501/死亡人员信息_202501（退回）_再报.xlsx")
    [outcome] = load_all().values()
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (1, 1)
    assert one(
        fresh, "select reasons -> 0 ->> 'code' from restricted.quarantine order by delivery_id desc limit 1"
    ) == ("already_corrected")


def test_a_whole_list_replaces_the_list_and_what_was_added(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path
) -> None:
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31"})
    load_all()
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501_更正.csv", DEATHS, deaths(32))
    load_all()
    assert ask(fresh, COUNTING) == [("死亡人员信息_202501_更正.csv",)]
    late = corrected(landing, returned, {"C2": "2025-01-28"}, "civil_affairs/202501/死亡人员信息_202501退回迟到.xlsx")
    outcome = load_all()[late.name]
    assert outcome.status == "accepted"
    assert "do not count now" in str(outcome.message)
    assert ask(fresh, COUNTING) == [("死亡人员信息_202501_更正.csv",)]


def test_a_workbook_in_another_months_folder_is_told_where_it_belongs(
    landing: Path, load_all: Loader, returned: Path
) -> None:
    corrected(landing, returned, {"C2": "2025-01-30"}, "civil_affairs/202502/死亡人员信息_202501（退回）.xlsx")
    [outcome] = load_all().values()
    assert outcome.status == "rejected"
    assert "202501" in str(outcome.message)


def test_an_addition_without_its_list_is_read_again_once_the_list_is_there(landing: Path, load_all: Loader) -> None:
    rows = [[*row, ""] for row in deaths(2)]
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501（退回）.csv", [*DEATHS, "错误原因"], rows)
    assert [o.status for o in load_all().values()] == ["rejected"]
    assert load_all() == {}, "read again, registered once"
    write_csv(landing, FILE, DEATHS, deaths(30)[5:])
    assert {o.file_name: (o.status, o.rows_loaded) for o in load_all().values()} == {
        Path(FILE).name: ("accepted", 25),
        "死亡人员信息_202501（退回）.csv": ("accepted", 2),
    }


def test_a_returned_workbook_comes_after_its_list_whatever_it_is_called(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path
) -> None:
    """Loaded anew into an empty warehouse, and read again by a reload, in one go each."""
    renamed = "civil_affairs/202501/死亡人员信息_202501-改好.xlsx"
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31"}, renamed)
    begin_anew(fresh)
    anew = load_all()
    assert [(o.file_name, o.status, o.rows_loaded) for o in anew.values()] == [
        (Path(FILE).name, "accepted", 30),
        (Path(renamed).name, "accepted", 2),
    ]
    assert ask(fresh, WAITING) == []
    load_source(fresh, "civil_affairs", landing=landing, again_before=one(fresh, "select now()"))
    assert ask(fresh, WAITING) == []
    assert len(ask(fresh, COUNTING)) == 2


def test_a_file_marked_as_returned_without_the_column_is_held(landing: Path, load_all: Loader, faulty: int) -> None:
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501（退回）.csv", DEATHS, deaths(2, "2025-01-30"))
    [outcome] = load_all().values()
    assert outcome.status == "held"
    assert "错误原因" in str(outcome.message_zh)


def test_a_ledger_with_a_cover_and_a_two_level_header_comes_back_as_it_was(
    fresh: Settings, landing: Path, tmp_path: Path
) -> None:
    ledger = landing / LEDGER
    ledger.parent.mkdir(parents=True)
    book = openpyxl.load_workbook(COUNTY / "landing" / LEDGER)
    before = next(sheet for sheet in book if sheet["A3"].value or sheet["E3"].value)
    headers = [cell.value for cell in before[HEADER_ROW]]
    amount = headers.index("补助金额（元）") + 1 if "补助金额（元）" in headers else headers.index("补助金额") + 1
    for row in (5, 7):
        before.cell(row, amount).value = "三百"
    book.save(ledger)
    [outcome] = load_source(fresh, "housing", landing=landing)
    [written] = write_returned_rows(fresh, tmp_path / "returned", number=outcome.delivery_id)
    after = openpyxl.load_workbook(written.path).active
    assert after.title == before.title
    in_header = {str(merge) for merge in before.merged_cells.ranges if merge.max_row <= HEADER_ROW}
    assert {str(merge) for merge in after.merged_cells.ranges} == in_header
    width = len(headers)
    assert [[cell.value for cell in row][:width] for row in after.iter_rows(max_row=HEADER_ROW)] == [
        [cell.value for cell in row] for row in before.iter_rows(max_row=HEADER_ROW)
    ]
    assert after.cell(HEADER_ROW, width + 1).value == "错误原因"
    faulty = [cell for row in after.iter_rows(min_row=HEADER_ROW + 1) for cell in row if cell.comment]
    assert {cell.column for cell in faulty} == {amount}
    name = f"housing/202501/{written.path.name}"
    corrected(landing, written.path, {cell.coordinate: "300" for cell in faulty}, name)
    added = load_source(fresh, "housing", landing=landing)[-1]
    assert (added.status, added.rows_loaded, added.rows_quarantined) == ("accepted", written.rows, 0)
    assert ask(fresh, WAITING) == []


STATED = "civil_affairs/202501/死亡人员信息_202501_50人.csv"
STATED_RETURNED = "civil_affairs/202501/死亡人员信息_202501_50人（退回）.xlsx"
STATUSES = "select status from ops.deliveries order by delivery_id"


@pytest.fixture
def kept_apart(fresh: Settings, landing: Path, load_all: Loader, tmp_path: Path) -> tuple[int, int]:
    """A held list of 31 rows, whose name states 50, and the correction of its one faulty row; their numbers."""
    write_csv(landing, STATED, DEATHS, [*deaths(30), ["虚构丙", fictional_id(30), "无", "医院"]])
    [held] = load_all().values()
    assert held.status == "held"
    [written] = write_returned_rows(fresh, tmp_path / "returned", number=held.delivery_id)
    corrected(landing, written.path, {"C2": "2025-01-30"}, STATED_RETURNED)
    [addition] = load_all().values()
    assert (addition.status, addition.rows_loaded) == ("waiting", 0)
    assert f"delivery {held.delivery_id}, to which it adds, is held or waits" in str(addition.message)
    assert ask(fresh, WAITING) == [], "its correction is there"
    assert load_all() == {}, "it waits for its list, not for a load"
    return held.delivery_id, addition.delivery_id


def test_an_addition_to_a_held_list_counts_with_it(fresh: Settings, kept_apart: tuple[int, int]) -> None:
    held, addition = kept_apart
    with pytest.raises(UsageError, match="or for its list"):
        release(fresh, addition, decided_by="li", reason="now")
    release(fresh, held, decided_by="li", reason="the number was a slip")
    assert ask(fresh, STATUSES) == [("accepted",), ("accepted",)]
    assert ask(fresh, COUNTING) == [(Path(STATED).name,), (Path(STATED_RETURNED).name,)]
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 31
    message = one(fresh, "select message from ops.deliveries where delivery_id = %s", addition)
    assert "its rows are added" in message
    assert "held or waits" not in message


def test_an_addition_to_a_held_list_is_rejected_with_it(fresh: Settings, kept_apart: tuple[int, int]) -> None:
    held, addition = kept_apart
    reject(fresh, held, decided_by="li", reason="half a list")
    assert ask(fresh, STATUSES) == [("rejected",), ("rejected",)]
    assert ask(fresh, "select delivery_id, decision from ops.delivery_decisions order by 1") == [
        (held, "rejected"),
        (addition, "rejected"),
    ]
    assert (slices(fresh), ask(fresh, WAITING)) == ([], [])
    assert "was rejected, and this file with it" in one(
        fresh, "select message from ops.deliveries where delivery_id = %s", addition
    )


def decide_month(settings: Settings, action: str) -> None:
    with connect(settings, "transformer") as connection:
        connection.execute(
            "insert into ops.month_closings (month, action, decided_by, reason) values ('202501', %s, 'li', 'test')",
            (action,),
        )


def test_a_list_of_a_closed_month_and_its_addition_are_taken_in_together(
    fresh: Settings, landing: Path, load_all: Loader, tmp_path: Path
) -> None:
    decide_month(fresh, "closed")
    write_csv(landing, STATED, DEATHS, [*deaths(30), ["虚构丙", fictional_id(30), "无", "医院"]])
    [held] = load_all().values()
    write_csv(landing, FILE, DEATHS, [*deaths(40), ["虚构丙", fictional_id(41), "无", "医院"]])
    [waiting] = load_all().values()
    assert (held.status, waiting.status) == ("held", "waiting")
    for number, name in ((held.delivery_id, STATED_RETURNED), (waiting.delivery_id, RETURNED)):
        [written] = write_returned_rows(fresh, tmp_path / str(number), number=number)
        corrected(landing, written.path, {"C2": "2025-01-30"}, name)
    assert [o.status for o in load_all().values()] == ["waiting", "waiting"]
    decide_month(fresh, "reopened")
    assert {o.file_name: o.status for o in load_all().values()} == {
        Path(FILE).name: "accepted",
        Path(RETURNED).name: "accepted",
    }
    assert ask(fresh, COUNTING) == [(Path(FILE).name,), (Path(RETURNED).name,)]
    left = "select status, message from ops.deliveries where file_name = %s"
    [(status, message)] = ask(fresh, left, Path(STATED_RETURNED).name)
    assert status == "waiting"
    assert "is closed" not in message
    assert "held or waits" in message
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 41


def test_a_held_addition_that_is_released_is_held_against_what_was_added_meanwhile(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path
) -> None:
    """One row was added equally, one was corrected otherwise: neither counts a second time."""
    two_sheets = corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-29"})
    book = openpyxl.load_workbook(two_sheets)
    book.copy_worksheet(book.active)
    book.save(two_sheets)
    [held] = load_all().values()
    assert held.status == "held"
    again = "civil_affairs/202501/死亡人员信息_202501（退回）_再报.xlsx"
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31"}, again)
    assert [o.rows_loaded for o in load_all().values()] == [2]
    release(fresh, held.delivery_id, decided_by="li", reason="the other sheet is a copy")
    counts = (
        "select rows_read, rows_loaded, rows_quarantined, rows_duplicate from ops.deliveries where delivery_id = %s"
    )
    assert ask(fresh, counts, held.delivery_id) == [(2, 0, 1, 1)]
    quarantined = "select cells, reasons -> 0 ->> 'code' from restricted.quarantine where delivery_id = %s"
    assert ask(fresh, quarantined, held.delivery_id) == [
        (["虚构丙", fictional_id(31), "2025-01-29", "医院", None], "already_corrected")
    ]
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 32


def test_rows_whose_reason_was_emptied_are_added_and_said_to_answer_nothing(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path, faulty: int
) -> None:
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31", "E3": None})
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded) == ("accepted", 2)
    assert "1 row does not say in 错误原因" in str(outcome.message)
    assert ask(fresh, WAITING) == [(faulty, 33)]


def test_a_list_that_is_read_again_keeps_its_additions_once(
    fresh: Settings, landing: Path, load_all: Loader, returned: Path
) -> None:
    corrected(landing, returned, {"C2": "2025-01-30", "C3": "2025-01-31"})
    load_all()
    rows = (
        "select count(*) from raw.civil_affairs__deaths"
        " inner join ops.counting_deliveries(date '2025-01-01') using (delivery_id)"
    )
    before = ask(fresh, rows), ask(fresh, COUNTING)
    moment = one(fresh, "select now()")
    read = load_source(fresh, "civil_affairs", landing=landing, again_before=moment)
    assert [(o.status, o.rows_loaded, o.is_new) for o in read] == [("accepted", 30, True), ("accepted", 2, True)]
    assert (ask(fresh, rows), ask(fresh, COUNTING), ask(fresh, WAITING)) == (*before, [])
    changed = {"C2": "2025-01-30", "C3": "2025-01-29"}
    corrected(landing, returned, changed, "civil_affairs/202501/死亡人员信息_202501（退回）_再报.xlsx")
    [outcome] = load_all().values()
    assert (outcome.rows_loaded, outcome.rows_quarantined, outcome.rows_duplicate) == (0, 1, 1)


def test_the_real_gate_lets_additions_pass_whatever_the_shares_of_their_rows(
    fresh: Settings, landing: Path, load_all: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A roster's addition in which most rows have faulty ID numbers too, and one of an event list."""
    monkeypatch.setattr(load, "gate_delivery", gate_delivery)
    roster = "registry/202501/（自定义）农户成员信息_20250131.xlsx"
    (landing / roster).parent.mkdir(parents=True)
    book = openpyxl.load_workbook(COUNTY / "landing" / roster)
    sheet = next(one for one in book if one.max_row > HEADER_ROW * 10)
    at = {str(cell.value): cell.column for row in sheet.iter_rows(max_row=HEADER_ROW) for cell in row if cell.value}
    last = sheet.max_row
    for row in range(last - 24, last + 1):
        sheet.cell(row, at["证件号码"]).value = "99"
        sheet.cell(row, at["人编号"]).value = None
    book.save(landing / roster)
    [faulty] = load_source(fresh, "registry", landing=landing)
    assert (faulty.status, faulty.rows_quarantined) == ("accepted", 25)
    [written] = write_returned_rows(fresh, tmp_path / "returned", number=faulty.delivery_id)
    sent = openpyxl.load_workbook(written.path).active
    corrected(
        landing,
        written.path,
        {sent.cell(row, at["人编号"]).coordinate: f"99{row:08}" for row in range(sent.max_row - 24, sent.max_row + 1)},
        f"registry/202501/{written.path.name}",
    )
    roster_addition = load_source(fresh, "registry", landing=landing)[-1]
    assert (roster_addition.status, roster_addition.rows_loaded) == ("accepted", 25)
    again = openpyxl.load_workbook(landing / "registry" / "202501" / written.path.name)
    again.active.cell(last + 2, 1).value = "说明：存过一次"
    again.save(landing / "registry" / "202501" / f"{written.path.stem}_再报.xlsx")
    sent_twice = load_source(fresh, "registry", landing=landing)[-1]
    assert (sent_twice.status, sent_twice.rows_loaded, sent_twice.rows_duplicate) == ("accepted", 0, 25)

    write_csv(landing, FILE, DEATHS, [*deaths(30), ["虚构丙", fictional_id(31), "无", "医院"]])
    [events] = load_all().values()
    [written] = write_returned_rows(fresh, tmp_path / "returned", number=events.delivery_id)
    corrected(landing, written.path, {"C2": "2025-01-30"})
    [added] = load_all().values()
    assert (added.status, added.rows_loaded) == ("accepted", 1)
    results = "select count(distinct delivery_id) from ops.expectation_results where delivery_id = any(%s)"
    assert one(fresh, results, [roster_addition.delivery_id, added.delivery_id]) == 2


def test_files_that_waited_side_by_side_are_held_against_each_other(
    fresh: Settings, landing: Path, load_all: Loader
) -> None:
    """Each is longer than the list that counts, the second one shorter than the first."""
    folder = "civil_affairs/202501/特困人员供养名册_202501"
    write_csv(landing, f"{folder}.csv", POVERTY, poverty(20))
    load_all()
    decide_month(fresh, "closed")
    for day, count in (("30", 60), ("31", 25)):
        write_csv(landing, f"{folder}{day}_更正.csv", POVERTY, poverty(count))
        assert [o.status for o in load_all().values()] == ["waiting"]
    decide_month(fresh, "reopened")
    first, second = load_all().values()
    assert (first.status, second.status) == ("accepted", "held")
    assert "the list has 25 rows where the one before" in str(second.message)
    assert "had 60" in str(second.message)
    assert held_delivery(fresh, second.delivery_id).rows_before == 60
    release(fresh, second.delivery_id, decided_by="li", reason="people moved")
    assert one(fresh, "select status from ops.deliveries where delivery_id = %s", second.delivery_id) == "accepted"
