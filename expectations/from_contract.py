"""The baseline of every delivery, derived from its contract.

What parsing already guarantees is asked again here, on the slice as the database holds it: the gate looks at
what will count, not at what a reader believes it wrote. The rest asks whether the export as a whole can be
what its contract says, with room for twice the usual dirt (faulty ID numbers in every tenth row).
"""

from collections.abc import Iterator
from typing import Any

from expectations.kinds import (
    Expectation,
    expect_column_values_to_be_between,
    expect_column_values_to_be_in_set,
    expect_column_values_to_be_null,
    expect_column_values_to_be_unique,
    expect_column_values_to_not_be_null,
)
from expectations.terms import (
    DELIVERY_ID,
    HALF,
    IN_TEN_YEARS,
    LAST_DAY,
    LAST_MOMENT,
    MOST,
    SOME,
    critical,
    warning,
)
from hearth.contracts.model import Column, Extract, ExtractKind, Kind

EARLIEST = "1900-01-01"
LARGEST_AMOUNT = 10_000_000
LARGEST_NUMBER = 1_000_000

MAY_BE_EMPTY = (Kind.DATE, Kind.MONTH, Kind.NAME, Kind.IDENTIFIER)
"""Dates because none may have come to pass yet; names and IDs because more is asked of them."""


def expectations(extract: Extract) -> list[Expectation]:
    """Everything the contract alone says about a delivery of this extract."""
    found = [*_of_the_slice()]
    for column in extract.columns:
        found += _of_presence(extract, column)
        found += _of_a_code(column)
        found += _of_identity(column)
        found += _of_a_range(column)
    return found


def _of_the_slice() -> Iterator[Expectation]:
    yield expect_column_values_to_not_be_null(
        column="row_number",
        **critical(
            "row_number_present",
            "A row without its number cannot be shown to the sender.",
            "缺少行号的行无法退回报送单位核对。",
        ),
    )
    yield expect_column_values_to_be_unique(
        column="row_number",
        **critical(
            "row_number_unique",
            "Evidence names a file and a row; two rows with one number are none.",
            "证据以文件和行号定位，行号重复则无法定位。",
        ),
    )
    yield expect_column_values_to_be_between(
        column="delivery_id",
        min_value=DELIVERY_ID,
        max_value=DELIVERY_ID,
        **critical(
            "rows_of_this_delivery",
            "A slice holds the rows of one delivery and of no other.",
            "一个分片只能包含一次报送的数据。",
        ),
    )


def _of_presence(extract: Extract, column: Column) -> Iterator[Expectation]:
    if extract.blank_is_a_fault(column):
        yield expect_column_values_to_not_be_null(
            column=column.name,
            **critical(
                "key_present",
                "Without it the row cannot count; such rows belong into quarantine.",
                "缺少该值的行不能计入，应进入隔离区。",
            ),
        )
    elif column.required and extract.kind is ExtractKind.SNAPSHOT and column.kind not in MAY_BE_EMPTY:
        yield expect_column_values_to_not_be_null(
            column=column.name,
            mostly=SOME,
            **warning(
                "not_entirely_empty",
                "A required column without a single value was probably not exported.",
                "必填列整列为空，可能导出有误。",
            ),
        )


def _of_a_code(column: Column) -> Iterator[Expectation]:
    if column.required and column.kind is Kind.CODE and column.allowed:
        yield expect_column_values_to_be_in_set(
            column=column.name,
            value_set=column.allowed,
            **critical(
                "code_in_list",
                "A code outside the contract's list has no meaning for the rules.",
                "代码不在约定的取值范围内，规则无法使用。",
            ),
        )


def _of_identity(column: Column) -> Iterator[Expectation]:
    if not column.required:
        return
    if column.kind is Kind.NAME:
        yield expect_column_values_to_not_be_null(
            column=column.name,
            mostly=HALF,
            **critical(
                "names_mostly_filled",
                "More than half of the names are blank: nobody could be linked.",
                "半数以上姓名为空，无法比对到人。",
            ),
        )
    if column.kind is Kind.IDENTIFIER:
        yield expect_column_values_to_be_null(
            column=f"{column.name}_fault",
            mostly=HALF,
            **critical(
                "identifiers_half_valid",
                "More than half of the ID numbers are faulty: the export lost digits or shifted a column.",
                "半数以上身份证号无效，导出时可能丢失数字或错列。",
            ),
        )
        yield expect_column_values_to_be_null(
            column=f"{column.name}_fault",
            mostly=MOST,
            **warning(
                "identifiers_mostly_valid",
                "More than a tenth of the ID numbers are faulty; the sender should look.",
                "一成以上身份证号无效，请报送单位核对。",
            ),
        )


def _of_a_range(column: Column) -> Iterator[Expectation]:
    if column.kind in (Kind.DATE, Kind.MONTH):
        latest = LAST_DAY if column.future_is_a_fault else IN_TEN_YEARS
        yield _between(column, EARLIEST, latest, **_DATE)
    elif column.kind is Kind.TIMESTAMP:
        # One bound only: Great Expectations reads a bound at midnight as a date and cannot compare it with a moment.
        yield _between(column, None, LAST_MOMENT, **_DATE)
    elif column.kind is Kind.AMOUNT:
        yield _between(column, -LARGEST_AMOUNT, LARGEST_AMOUNT, **_AMOUNT)
    elif column.kind is Kind.NUMBER:
        yield _between(column, 0, LARGEST_NUMBER, **_NUMBER)


def _between(column: Column, lowest: Any, highest: Any, **because: Any) -> Expectation:
    return expect_column_values_to_be_between(column=column.name, min_value=lowest, max_value=highest, **because)


_DATE = warning(
    "date_in_range",
    "The date lies before 1900 or further in the future than can be.",
    "日期早于1900年，或晚得不合情理。",
)
_AMOUNT = warning(
    "amount_in_range",
    "An amount beyond ten million yuan is probably in the wrong unit.",
    "金额超过一千万元，可能单位有误。",
)
_NUMBER = warning(
    "number_in_range",
    "A measure below zero or beyond a million is a slip of the pen.",
    "数值为负或超过一百万，可能录入有误。",
)
