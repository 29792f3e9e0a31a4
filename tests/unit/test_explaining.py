"""How an explanation looks: in both languages, in 100 columns, with what is missing said."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from hearth.building.dbt import PROJECT
from hearth.explaining import Explanation
from hearth.explaining.printing import UNITS, figure, print_explanation, source_zh

HOUSEHOLD = {
    "household_key": "0" * 32,
    "month": date(2025, 3, 1),
    "village_code": "990121101202",
    "village_name": "虚构村",
    "township_name": "虚构乡",
    "member_count": 3,
    "risk_level": "yellow",
    "suggested_category": "marginal",
    "flagged_count": 1,
    "unknown_count": 0,
}
POLICY = {
    "document_zh": "虚构规划",
    "document_en": "A fictional plan",
    "issued_as": "虚构〔2021〕1号",
    "place_zh": "第一章",
    "place_en": "chapter 1",
    "sentence_zh": "应纳尽纳。",
    "sentence_en": "All who are entitled are covered.",
}
PARAMETER = {
    "parameter": "income_line",
    "parameter_zh": "监测线",
    "population_group": "",
    "value": "8400",
    "unit": "yuan",
    "division_code": "990121",
    "division_name": "虚构县",
    "valid_from": "2025-03-01",
    "valid_to": None,
    "source": "",
    "is_default": False,
    "is_missing": False,
}
ROW = {
    "rule_code": "INC01",
    "place": 1,
    "kind": "row",
    "department_zh": "乡村振兴局",
    "department_en": "Rural revitalisation bureau",
    "delivery_id": 8,
    "file_name": "农户收支信息_20250331.csv",
    "delivered_month": "202503",
    "data_date": date(2025, 3, 31),
    "received_at": datetime(2025, 4, 2, 9, 30, tzinfo=UTC),
    "sheet": "",
    "row_number": 12,
    "column_letters": "J",
    "column_header": "人均纯收入",
    "value": "6688.13",
    "cell": "6688.13",
    "threshold": Decimal(8400),
    "parameter": "income_line",
    "link_tier": 1,
    "link_reason_zh": "证件号码与姓名一致",
    "link_reason_en": "ID number and name",
    "is_row_kept": True,
    "delivered_row": [
        {"header": "户编号", "value": "虚构户"},
        {"header": "人均纯收入", "unit": "yuan", "value": 6688.130},
        {"header": "参保年度", "value": 2025},
        {"header": "是否搬迁", "value": False},
        {"header": "身份证号", "value": None, "fault": "wrong_check_digit"},
        {"header": "备注", "value": None},
    ],
}


def flag(**facts: Any) -> dict[str, Any]:
    known = {
        "rule_code": "INC01",
        "title_zh": "收入低于监测线",
        "title_en": "Income below the line",
        "severity": "yellow",
        "state": "flagged",
        "why_zh": "人均纯收入6,688.13元，低于监测线8,400元。",
        "why_en": "Income per head 6,688.13 yuan is below the line of 8,400 yuan.",
        "observed_value": Decimal("6688.1300"),
        "threshold_value": Decimal("8400.0000"),
        "parameters": [PARAMETER],
        "policies": [POLICY],
        "needs": [],
        "definition_zh": "人均纯收入低于监测线",
        "definition_en": "Income per head below the line",
        "queued_candidate_count": 0,
        "evidence": [ROW],
    }
    return {**known, **facts}


def printed(*flags: dict[str, Any], chinese: bool = False) -> str:
    console = Console(file=io.StringIO(), width=140, highlight=False)
    print_explanation(console, Explanation(HOUSEHOLD, list(flags)), chinese=chinese)
    return console.file.getvalue()  # type: ignore[attr-defined]


def words(text: str) -> str:
    """The text without line breaks, which depend on the width."""
    return " ".join(text.split())


@pytest.mark.parametrize("chinese", [False, True])
def test_fits_into_100_columns(chinese: bool) -> None:
    lines = printed(flag(), flag(state="unknown", observed_value=None), chinese=chinese).splitlines()
    assert max(map(cell_len, lines)) <= 100


def test_english_says_everything_a_village_officer_checks() -> None:
    said = words(printed(flag()))
    for part in (
        "INC01 Income below the line · flagged · yellow",
        "3 members",
        "below the line of 8,400 yuan",
        "observed 6,688.13 · threshold 8,400",
        "income_line = 8400 yuan; the county's file, for 990121 虚构县; valid 2025-03-01 to further notice",
        "A fictional plan; chapter 1 (虚构〔2021〕1号)",
        "“应纳尽纳。” All who are entitled are covered.",
        "month 202503, received 2025-04-02, no. 8), row 12, column J 人均纯收入",
        "the cell: 6688.13, held against 8,400 (income_line)",
        "linked: tier 1, ID number and name",
        "户编号 虚构户 · 人均纯收入 6,688.13 · 参保年度 2025 · 是否搬迁 否 · 身份证号 – (The check digit of the ID",
    ):
        assert part in said


def test_chinese_says_the_same_and_no_english_sentence() -> None:
    said = printed(flag(), chinese=True)
    assert "命中 · 黄" in said
    assert "INC01 收入低于监测线 · 命中" in said
    assert "Income below" not in said
    assert "监测线 income_line = 8400元；" in words(said)
    assert "第 12 行" in said
    assert "J 列 人均纯收入" in words(said)
    assert "第 1 级，证件号码与姓名一致" in said
    assert "单元格：6688.13，对照 8,400（监测线）" in words(said)
    assert "身份证号 –（证件号码校验位不符）" in words(said)
    assert "虚构〔2021〕1号）" in said
    assert POLICY["sentence_en"] not in said
    assert "待核实线索：边缘易致贫户" in words(said)


def test_a_row_is_shown_once_and_then_referred_to() -> None:
    again = {**ROW, "rule_code": "INC02", "place": 3}
    said = words(printed(flag(), flag(rule_code="INC02", evidence=[again])))
    assert said.count("虚构户") == 1
    assert "the row: as under INC01 1" in said


def test_a_row_that_is_gone_is_said_to_be_gone() -> None:
    gone = {**ROW, "is_row_kept": False, "delivered_row": None, "cell": None}
    assert "no longer kept" in words(printed(flag(evidence=[gone])))


def test_a_parameter_without_a_value_is_said_to_be_missing() -> None:
    missing = {**PARAMETER, "value": None, "is_missing": True, "population_group": "assisted"}
    said = words(printed(flag(state="unknown", parameters=[missing]), chinese=True))
    assert "监测线 income_line（脱贫户或正在监测户）：月末没有有效值，也没有默认值" in said


def test_unknown_names_the_list_that_is_too_old_or_missing() -> None:
    need = {"title_zh": "住房台账", "title_en": "Ledger", "is_fresh": False, "age_days": 59, "max_age_days": 45}
    stale, missing = {**need, "data_date": "2025-01-31"}, {**need, "data_date": None, "title_en": "Roster"}
    said = words(printed(flag(state="unknown", needs=[stale, missing])))
    assert "Ledger: stale, of 2025-01-31, 59 days old at the month's end; more than 45 is too old" in said
    assert "Roster: missing" in said
    assert "Ledger" not in printed(flag(needs=[stale])), "a flagged rule had what it needs"


def test_the_queue_comes_first() -> None:
    queued = {**ROW, "place": 2, "kind": "queued", "link_tier": None, "column_header": None, "column_letters": None}
    said = words(printed(flag(queued_candidate_count=1, evidence=[ROW, queued])))
    assert "Look at the queue first: 1 waiting record may" in said
    assert "[2] waiting in the queue: 农户收支信息_20250331.csv" in said
    assert "may be a member's: ID number and name" in said


def test_what_was_taken_from_a_cell_is_told_apart_from_it() -> None:
    aged = {**ROW, "value": "12周岁", "cell": "2012-04-19", "threshold": None}
    assert "the cell: 2012-04-19, taken as 12周岁" in words(printed(flag(evidence=[aged])))


def test_a_number_is_written_without_the_zeros_it_was_stored_with() -> None:
    timed = {**ROW, "value": "21", "cell": "21.0000", "threshold": None}
    assert "the cell: 21 " in words(printed(flag(evidence=[timed])))


def test_a_severity_is_a_flags_alone() -> None:
    assert "· unknown ─" in printed(flag(state="unknown"))
    assert "· 未知 ─" in printed(flag(state="unknown"), chinese=True)


def test_a_unit_nobody_knows_stays_as_the_county_wrote_it() -> None:
    assert "= 8400 斗;" in words(printed(flag(parameters=[{**PARAMETER, "unit": "斗"}])))
    assert "= 8400 斗；" in words(printed(flag(parameters=[{**PARAMETER, "unit": "斗"}]), chinese=True))


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_default_has_its_unit_and_source_in_chinese() -> None:
    documents = {row["plan"]: row["title_zh"] for row in seed("policy_documents")}
    policies = [{**row, "document_zh": documents[row["plan"]]} for row in seed("policy_sentences")]
    rules = [(row["rule_code"], row["parameters"].split(", ")) for row in seed("rule_catalogue")]
    for default in seed("rule_parameter_defaults"):
        assert default["unit"] in UNITS
        for rule in (code for code, parameters in rules if default["parameter"] in parameters):
            told = source_zh(default["source"], [row for row in policies if row["rule_code"] == rule])
            assert told != default["source"] or not told, (rule, default["parameter"])


def test_nothing_to_explain_is_said() -> None:
    assert "--rule" in printed()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (True, "是"),
        (Decimal("8400.0000"), "8,400"),
        (0, "0"),
        (18.0, "18"),
        (1234.5, "1,234.5"),
        ("A", "A"),
    ],
)
def test_figures_are_written_as_people_write_them(value: Any, written: str) -> None:
    assert figure(value) == written
