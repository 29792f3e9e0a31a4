"""What becomes of the rows of one delivery."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from hearth.contracts.model import Column, Extract, ExtractKind, Kind, Stem
from hearth.parsing.faults import FAULTS, sentence
from hearth.parsing.frame import Earlier, Parsed

Parse = Callable[..., Parsed]
ID = "990121198001011231"

PAYMENTS = Extract(
    name="payments",
    title="发放",
    label="Payments",
    stems=(Stem("发放"),),
    kind=ExtractKind.EVENT,
    key=("payment_no",),
    columns=(
        Column("payment_no", "编号", Kind.KEY, "Number", required=True),
        Column("person_name", "姓名", Kind.NAME, "Name", required=True),
        Column("document_type", "证件类型", Kind.TEXT, "Document"),
        Column("citizen_id", "证件号码", Kind.IDENTIFIER, "ID", required=True),
        Column("amount_yuan", "金额", Kind.AMOUNT, "Amount", required=True),
        Column("paid_on", "日期", Kind.DATE, "Paid on", required=True, future_is_a_fault=True),
        Column("status", "状态", Kind.CODE, "Status", required=True, allowed=("已发", "未发")),
        Column("way", "方式", Kind.CODE, "Way", allowed=("现金",)),
        Column("checked_on", "核对日期", Kind.DATE, "Checked on", future_is_a_fault=True),
        Column("is_urgent", "是否紧急", Kind.FLAG, "Urgent"),
        Column("village_code", "村代码", Kind.DIVISION, "Village"),
        Column("data_date", "数据日期", Kind.DATE, "Date of the data"),
    ),
)
GOOD = [
    "P1",
    "张三",
    "居民身份证",
    ID,
    "100",
    "2025-01-03",
    "已发",
    "现金",
    "2025-01-04",
    "是",
    "990121101201",
    "2025-01-31",
]


def but(**changes: str | None) -> list[str | None]:
    row: list[str | None] = list(GOOD)
    for name, text in changes.items():
        row[PAYMENTS.names.index(name)] = text
    return row


def test_a_good_row_becomes_raw_columns_in_order(parsed: Parse) -> None:
    result = parsed(PAYMENTS, [GOOD])
    assert result.rows.columns == ["row_number", *(raw.name for raw in PAYMENTS.raw_columns)]
    row = result.rows.row(0, named=True)
    assert row["amount_yuan"] == Decimal("100.00") and row["paid_on"] == date(2025, 1, 3)
    assert (row["row_number"], row["is_urgent"], row["person_name_key"]) == (2, True, "张三")
    assert (row["citizen_id"], row["citizen_id_17"], row["citizen_id_fault"]) == (ID, 99012119800101123, None)
    assert (result.rows_read, result.rows_duplicate, result.faults.height, result.warnings) == (1, 0, 0, {})
    assert result.data_dates == [date(2025, 1, 31)]


def test_raw_types(parsed: Parse) -> None:
    schema = parsed(PAYMENTS, [GOOD], headers=["编号", "姓名"]).rows.schema
    expected = {
        "row_number": pl.Int32,
        "citizen_id_17": pl.Int64,
        "citizen_id_born_on": pl.Date,
        "is_urgent": pl.Boolean,
    }
    assert {name: schema[name] for name in expected} == expected
    assert (schema["amount_yuan"], schema["paid_on"]) == (pl.Decimal(16, 2), pl.Date)


def test_every_reason_of_a_row_is_kept(parsed: Parse) -> None:
    bad = but(payment_no="—", amount_yuan="待核", paid_on="2025-02-30", status="不知")
    result = parsed(PAYMENTS, [GOOD, bad])
    assert result.faults.rows() == [
        (3, "payment_no", "编号", "missing_key"),
        (3, "amount_yuan", "金额", "unreadable_amount"),
        (3, "paid_on", "日期", "impossible_date"),
        (3, "status", "状态", "unknown_code"),
    ]
    assert result.quarantined.row(0) == (3, *bad)
    assert result.rows["row_number"].to_list() == [2]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paid_on": ""}, "missing_date"),
        ({"paid_on": "2025-02-01"}, "future_date"),
        ({"paid_on": "上周"}, "unreadable_date"),
        ({"amount_yuan": "无"}, "missing_amount"),
        ({"payment_no": "8.8E+15"}, "key_digits_lost"),
    ],
)
def test_faults_that_cost_the_row(parsed: Parse, change: dict[str, str], code: str) -> None:
    assert parsed(PAYMENTS, [but(**change)]).faults["code"].to_list() == [code]


def test_faults_of_identity_and_of_optional_columns_do_not(parsed: Parse) -> None:
    change = {
        "citizen_id": "9" * 18,
        "way": "转账",
        "checked_on": "2026-01-01",
        "is_urgent": "急",
        "village_code": "9901",
    }
    result = parsed(PAYMENTS, [but(**change), but(payment_no="P2", citizen_id=None, status=None)])
    assert result.faults.height == 0
    assert result.warnings == {
        "citizen_id": {"blank": 1, "placeholder": 1},
        "way": {"unknown_code": 1},
        "checked_on": {"future_date": 1},
        "is_urgent": {"unknown_code": 1},
        "village_code": {"unreadable_division": 1},
    }
    assert result.rows["citizen_id"].null_count() == 2


def test_blank_required_cells_of_a_snapshot_stay(parsed: Parse) -> None:
    snapshot = Extract(
        "list", "名册", "List", (Stem("名册"),), ExtractKind.SNAPSHOT, PAYMENTS.columns, key=("payment_no",)
    )
    result = parsed(snapshot, [but(amount_yuan="", paid_on="—"), but(payment_no="P2", paid_on="2025-02-30")])
    assert result.faults["code"].to_list() == ["impossible_date"]
    assert result.warnings == {}


def test_documents_by_their_type(parsed: Parse) -> None:
    result = parsed(PAYMENTS, [but(document_type="护照", citizen_id="123456789")])
    assert result.rows["citizen_id_fault"].to_list() == ["other_document"]


def test_equal_rows_count_once_whatever_their_sequence_number(parsed: Parse) -> None:
    headers = [" 序 号", *(column.header for column in PAYMENTS.columns)]
    bad = but(amount_yuan="待核")
    rows = [["1", *GOOD], ["2", *GOOD], ["3", *but(amount_yuan="100.00")], ["4", *bad], ["5", *bad]]
    result = parsed(PAYMENTS, rows, headers=headers)
    assert (result.rows_read, result.rows_duplicate) == (5, 2)
    assert result.rows["row_number"].to_list() == [2, 4]
    assert result.faults["row_number"].to_list() == [5]
    assert result.rows_read == result.rows.height + result.rows_duplicate + result.quarantined.height


def test_blank_and_missing_cells_are_equal(parsed: Parse) -> None:
    assert parsed(PAYMENTS, [but(way=None), but(way="")]).rows_duplicate == 1


def test_number_cells_follow_their_rows(parsed: Parse) -> None:
    rows = [GOOD, GOOD, but(payment_no="P2")]
    numbers = pl.DataFrame({f"c{i}": [False, False, i == 3] for i in range(len(GOOD))})
    result = parsed(PAYMENTS, rows, number_cells=numbers)
    assert result.rows["citizen_id_fault"].to_list() == [None, "number_cell"]


def test_scales_of_headings(parsed: Parse) -> None:
    assert (
        parsed(PAYMENTS, [but(amount_yuan="1.2")], scales={"amount_yuan": 10_000}).rows["amount_yuan"].item() == 12000
    )


def test_distinct_cells_read_once_give_the_same(parsed: Parse) -> None:
    rows = [but(payment_no=f"P{i}", way=("现金", "转账", None)[i % 3]) for i in range(30)]
    result = parsed(PAYMENTS, rows)
    assert result.rows["way"].to_list() == ["现金", None, None] * 10
    assert result.rows["payment_no"].to_list() == [f"P{i}" for i in range(30)]
    assert result.warnings["way"] == {"unknown_code": 10}


def test_an_empty_list(parsed: Parse) -> None:
    result = parsed(PAYMENTS, [])
    assert (result.rows_read, result.rows.height, result.faults.height, result.data_dates) == (0, 0, 0, [])


def test_warnings_are_plain_json(parsed: Parse) -> None:
    assert json.dumps(parsed(PAYMENTS, [but(way="?")]).warnings)


def test_every_code_has_both_sentences() -> None:
    for code in FAULTS:
        zh, en = sentence(code)
        assert re.search(r"[一-鿿]", zh) and re.search(r"[a-z]", en), code


def test_cells_go_to_the_quarantine_as_they_were_but_for_nul(parsed: Parse) -> None:
    result = parsed(PAYMENTS, [but(amount_yuan="待\0核 ", person_name=" 张　三")])
    assert result.quarantined.select("c1", "c4").row(0) == (" 张　三", "待核 ")


def test_a_row_is_a_repetition_only_where_both_halves_of_its_digest_are() -> None:
    cells = pl.DataFrame({"c0": ["甲", "乙", "甲"], "c1": ["1", "2", "1"]})
    known = Earlier()
    assert known.are_first(cells).to_list() == [True, True, False]
    (digests,) = known.digests
    half = digests.with_columns(other=pl.col("other") + 1)
    assert Earlier([half]).are_first(cells).to_list() == [True, True, False]
    assert Earlier([half, digests.tail(1)]).are_first(cells).to_list() == [True, False, False]
