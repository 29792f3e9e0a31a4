"""The kinds of expectation that the suites are written in: Great Expectations' own, under its names and in the form in
which it stores them.

A suite in this form is counted (`hearth.gating.counting`) without an import of the library, which takes as it is what
cannot be counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack


class Because(TypedDict):
    """How bad a failure is, why in English and Chinese, and the name in reports."""

    severity: Literal["critical", "warning"]
    notes: list[str]
    meta: dict[str, str]


class Expectation(Because):
    """One expectation, as Great Expectations stores it."""

    type: str
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class Suite:
    """What one table must hold."""

    name: str
    expectations: Sequence[Expectation]


def expect_column_values_to_not_be_null(*, column: str, mostly: Any = None, **because: Unpack[Because]) -> Expectation:
    """The column is filled, in `mostly` of the rows at least."""
    return _stated("expect_column_values_to_not_be_null", because, column=column, mostly=mostly)


def expect_column_values_to_be_null(*, column: str, mostly: Any = None, **because: Unpack[Because]) -> Expectation:
    """The column is null, in `mostly` of the rows at least."""
    return _stated("expect_column_values_to_be_null", because, column=column, mostly=mostly)


def expect_column_values_to_be_in_set(
    *, column: str, value_set: Sequence[Any], **because: Unpack[Because]
) -> Expectation:
    """What the column holds is in the set."""
    return _stated("expect_column_values_to_be_in_set", because, column=column, value_set=list(value_set))


def expect_column_values_to_match_regex(*, column: str, regex: str, **because: Unpack[Because]) -> Expectation:
    """What the column holds matches PostgreSQL's regular expression."""
    return _stated("expect_column_values_to_match_regex", because, column=column, regex=regex)


def expect_column_values_to_be_between(
    *, column: str, min_value: Any = None, max_value: Any = None, **because: Unpack[Because]
) -> Expectation:
    """What the column holds lies between the bounds, or is one of them."""
    return _stated(
        "expect_column_values_to_be_between", because, column=column, min_value=min_value, max_value=max_value
    )


def expect_column_values_to_be_unique(*, column: str, **because: Unpack[Because]) -> Expectation:
    """No value of the column stands in two rows."""
    return _stated("expect_column_values_to_be_unique", because, column=column)


def expect_compound_columns_to_be_unique(*, column_list: Sequence[str], **because: Unpack[Because]) -> Expectation:
    """No values of the columns together stand in two rows."""
    return _stated("expect_compound_columns_to_be_unique", because, column_list=list(column_list))


def unexpected_rows_expectation(*, unexpected_rows_query: str, **because: Unpack[Because]) -> Expectation:
    """A query over `{batch}` finds nothing."""
    return _stated("unexpected_rows_expectation", because, unexpected_rows_query=unexpected_rows_query)


def _stated(kind: str, because: Because, **kwargs: Any) -> Expectation:
    return {"type": kind, "kwargs": {name: value for name, value in kwargs.items() if value is not None}, **because}
