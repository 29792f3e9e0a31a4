"""Money and measures, exactly."""

from collections.abc import Callable
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearth.contracts.model import Kind
from hearth.parsing.amounts import read_amounts

Cells = Callable[..., pl.DataFrame]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1，234.50", "1234.50"),
        ("12,345,678.90", "12345678.90"),
        ("￥1234.5", "1234.50"),
        ("¥1,234.5", "1234.50"),
        ("1234.5元", "1234.50"),
        ("1234.5 元整", "1234.50"),
        ("人民币1234元", "1234.00"),
        ("100元/月", "100.00"),
        ("1.2万", "12000.00"),
        ("1.2万元", "12000.00"),
        ("0.00007万元", "0.70"),
        ("1.00005万", "10000.50"),
        ("0.3亿元", "30000000.00"),
        (" 100.00 ", "100.00"),
        ("１２３．４５", "123.45"),
        ("-12", "-12.00"),
        ("−12.5", "-12.50"),
        ("－12.5", "-12.50"),
        ("-￥12.5", "-12.50"),
        ("￥-12.5", "-12.50"),
        ("(1,234.50)", "-1234.50"),
        ("（1,234.50）", "-1234.50"),
        ("+3", "3.00"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("0", "0.00"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.30000000000000004", "0.30"),
        ("1234.567", "1234.57"),
        ("99999999999999.99", "99999999999999.99"),
        ('="1234.5"', "1234.50"),
    ],
)
def test_amounts(cells: Cells, text: str, expected: str) -> None:
    assert read_amounts(cells(text), Kind.AMOUNT).row(0) == (Decimal(expected), None)


@pytest.mark.parametrize("text", [None, "", "  ", "—", "——", "-", "/", "无", "\u3000", "NULL", "#N/A"])
def test_no_amount(cells: Cells, text: str | None) -> None:
    assert read_amounts(cells(text), Kind.AMOUNT).row(0) == (None, "blank")


@pytest.mark.parametrize(
    "text",
    [
        "待核",
        "约500",
        "一千二百元",
        "1.2.3",
        "1,23",
        "12 34x",
        "1.2E+05",
        "50-60",
        "元",
        "999999999999999",
        "9" * 40,
        "9" * 26 + "亿",
        "1E+30",
        "9999999亿",
        "1234以上",
    ],
)
def test_unreadable_amounts(cells: Cells, text: str) -> None:
    assert read_amounts(cells(text), Kind.AMOUNT).row(0) == (None, "unreadable_amount")


def test_the_heading_s_unit_yields_to_the_cell_s(cells: Cells) -> None:
    read = read_amounts(cells("1.2", "1.2万元", "500元", "0.1234567", "—"), Kind.AMOUNT, scale=10_000)
    expected = [Decimal("12000.00"), Decimal("12000.00"), Decimal("500.00"), Decimal("1234.57"), None]
    assert read["value"].to_list() == expected


def test_what_a_formula_leaves_is_zero_but_scientific_text_is_not_read(cells: Cells) -> None:
    assert read_amounts(cells("-1.8189894035458565e-12", is_number=True), Kind.AMOUNT).row(0) == (Decimal("0.00"), None)
    assert read_amounts(cells("1.8e-12"), Kind.AMOUNT).row(0) == (None, "unreadable_amount")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("55升", "55"),
        ("20分钟", "20"),
        ("37天", "37"),
        ("6个月", "6"),
        ("60.5L", "60.5"),
        ("2025年", "2025"),
        ("80㎡", "80"),
        ("12.3456", "12.3456"),
        ("60升/天", "60"),
        ("1,200", "1200"),
        ("3人", "3"),
        ("0", "0"),
        ("5眼", "5"),
    ],
)
def test_numbers_with_their_unit(cells: Cells, text: str, expected: str) -> None:
    assert read_amounts(cells(text), Kind.NUMBER, unit="眼").row(0) == (
        Decimal(expected).quantize(Decimal("0.0001")),
        None,
    )


@pytest.mark.parametrize("text", ["充足", "50-60", "半小时", "2小时", "约20", "1.2万", "一"])
def test_unreadable_numbers(cells: Cells, text: str) -> None:
    fault = "blank" if text == "一" else "unreadable_number"
    assert read_amounts(cells(text), Kind.NUMBER).row(0) == (None, fault)


@given(st.decimals(-9999999, 9999999, places=2), st.sampled_from(["{}", "{:,}", "￥{}", "{}元", " {:,} ", "{:,}元整"]))
def test_every_amount_survives_every_spelling(amount: Decimal, spelling: str) -> None:
    cell = pl.DataFrame({"text": [spelling.format(amount)], "is_number": [False]})
    assert read_amounts(cell, Kind.AMOUNT).row(0) == (amount, None)


@given(st.decimals(0, 9999, places=6))
def test_ten_thousands_are_exact(amount: Decimal) -> None:
    cell = pl.DataFrame({"text": [f"{amount}万"], "is_number": [False]})
    assert read_amounts(cell, Kind.AMOUNT)["value"].item() == amount * 10_000
