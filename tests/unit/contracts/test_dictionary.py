"""The data dictionary says what a contract says."""

from hearth.contracts.dictionary import data_dictionary
from hearth.contracts.model import FLAG_VALUES, Column, Extract, ExtractKind, Kind, Source, Stem


def page_of(*columns: Column, **facts) -> str:
    kind = facts.pop("kind", ExtractKind.SNAPSHOT)
    extract = Extract("things", "台账", "Things", (Stem("台账"),), kind, columns, **facts)
    return data_dictionary((Source("office", "某局", "Some office", (extract,)),))


def test_a_column_is_one_line() -> None:
    column = Column(
        "amount_yuan",
        "金额",
        Kind.AMOUNT,
        "Amount",
        group="发放",
        required=True,
        aliases=("补助",),
        unit="元",
        is_personal=True,
    )
    assert "| `amount_yuan` | 发放/金额（元） | Amount | amount | yes 是 | 补助 |  | yes 是 |" in page_of(column)


def test_values_come_with_their_spellings() -> None:
    column = Column("grade", "等级", Kind.CODE, "Grade", values={"A级": "A", "无": ""}, allowed=("A", "B"))
    assert "A ← A级; B; 空 ← 无" in page_of(column)


def test_flags_do_not_repeat_their_spellings() -> None:
    flag = Column("is_x", "是否", Kind.FLAG, "X", values=FLAG_VALUES, allowed=("是", "否"))
    assert "| 是 / 否 |" in page_of(flag)


def test_a_cell_that_must_be_filled_is_marked() -> None:
    paid = Column("paid_on", "日期", Kind.DATE, "Paid on", required=True)
    assert "yes, filled" in page_of(paid, kind=ExtractKind.EVENT).split("### office.things")[1]


def test_a_snapshot_says_when_it_is_stale_and_held_and_an_event_does_not() -> None:
    snapshot, event = page_of(max_age_days=45, drop_share=0.5), page_of(kind=ExtractKind.EVENT)
    assert "stale after 45 days" in snapshot
    assert "Held when a part lost more than 50% of its rows" in snapshot
    assert "Held" not in event


def test_a_bar_in_a_header_does_not_break_the_table() -> None:
    assert "甲\\|乙" in page_of(Column("x", "甲|乙", Kind.TEXT, "X"))
