"""A suite counted in few statements: one pass over the table for whatever asks of single rows, one more for each key
that must not repeat and each query that is not about single rows.

The suites and what they mean are Great Expectations'. Its own engine reads the table's description anew for every
validation, asks each query twice and sums in several passes; of a small file that is most of the load. Held against it
by `tests/integration/test_gating.py`: the same verdicts, the same counts. What this module does not know, or the
database refuses, is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from expectations.kinds import Expectation, Suite
from hearth.gating.result import Finding, finding_of

Connection = psycopg.Connection[Any]

KNOWN = frozenset(
    ("column", "column_list", "mostly", "min_value", "max_value", "value_set", "regex", "unexpected_rows_query")
)
_OF_SINGLE_ROWS = re.compile(
    r"select (?:row_number|1) from \{batch\} where (?P<condition>(?:(?!\b(?:group|having|order|limit|union)\b).)+)",
    re.DOTALL,
)
Statement = sql.SQL | sql.Composed
ALL = sql.SQL("count(*)")


@dataclass(frozen=True)
class _Ask:
    """How an expectation is counted: rows considered and rows unexpected, each an aggregate over the table's rows or,
    where `is_apart`, a query that gives the number. `mostly` is the share that must be as expected."""

    stated: Expectation
    considered: Statement
    unexpected: Statement
    mostly: float = 1.0
    is_apart: bool = False
    counts_elements: bool = True


def counted(
    connection: Connection,
    schema: str,
    table: str,
    suite: Suite,
    parameters: Mapping[str, Any] | None = None,
) -> list[Finding] | None:
    """What each expectation of the suite finds in the table, in the suite's order; None where one of them is not known
    here or cannot be evaluated."""
    whole = sql.Identifier(schema, table)
    asked = [_ask(one, whole, parameters or {}) for one in suite.expectations]
    if not all(asked):
        return None
    known = [one for one in asked if one is not None]
    try:
        with connection.transaction():
            rows, numbers = _numbers(connection, whole, known)
    except (psycopg.ProgrammingError, psycopg.DataError):
        return None
    return [
        _finding(suite.name, one, rows, considered, unexpected)
        for one, (considered, unexpected) in zip(known, numbers, strict=True)
    ]


def _finding(suite: str, one: _Ask, rows: int, considered: int, unexpected: int) -> Finding:
    """Judged as Great Expectations judges: of nothing everything is true."""
    is_success = not considered or (considered - unexpected) / considered >= one.mostly
    if not one.counts_elements:
        is_success = not unexpected
    return finding_of(suite, one.stated, is_success, rows, unexpected)


def _numbers(connection: Connection, whole: sql.Composable, asked: Sequence[_Ask]) -> tuple[int, list[tuple[int, int]]]:
    """The table's rows, and of each expectation the rows considered and the unexpected ones."""
    cells: list[Statement] = [ALL]
    for one in asked:
        cells += [one.considered, ALL if one.is_apart else one.unexpected]
    # The server evaluates equal aggregates once.
    query = sql.SQL("select {} from {}").format(sql.SQL(", ").join(cells), whole)
    rows, *found = connection.execute(query).fetchone() or (0,)
    numbers = []
    for one, considered, unexpected in zip(asked, found[::2], found[1::2], strict=True):
        if one.is_apart:
            (unexpected,) = connection.execute(one.unexpected).fetchone() or (0,)
        numbers.append((int(considered), int(unexpected)))
    return int(rows), numbers


def _ask(stated: Expectation, whole: sql.Composable, parameters: Mapping[str, Any]) -> _Ask | None:
    values = {name: _resolved(value, parameters) for name, value in stated["kwargs"].items()}
    if not KNOWN.issuperset(values):
        return None
    mostly = float(values.get("mostly", 1.0))
    column = sql.Identifier(values["column"]) if "column" in values else sql.SQL("null")
    filled = _count("{} is not null", column)
    match stated["type"]:
        case "expect_column_values_to_not_be_null":
            return _Ask(stated, ALL, _count("{} is null", column), mostly)
        case "expect_column_values_to_be_null":
            return _Ask(stated, ALL, filled, mostly)
        case "expect_column_values_to_be_in_set":
            list_ = sql.SQL(", ").join(map(sql.Literal, values["value_set"]))
            return _Ask(stated, filled, _count("{} not in ({})", column, list_), mostly)
        case "expect_column_values_to_match_regex":
            return _Ask(stated, filled, _count("{} !~ {}", column, sql.Literal(values["regex"])), mostly)
        case "expect_column_values_to_be_between":
            outside = sql.SQL(" or ").join(_outside(column, values))
            return _Ask(stated, filled, _count("{}", outside), mostly)
        case "expect_column_values_to_be_unique":
            return _Ask(stated, filled, _repeated(whole, [column], "{} is not null"), mostly, is_apart=True)
        case "expect_compound_columns_to_be_unique":
            columns = [sql.Identifier(name) for name in values["column_list"]]
            considered = _count("num_nonnulls({}) > 0", sql.SQL(", ").join(columns))
            return _Ask(stated, considered, _repeated(whole, columns, "num_nulls({}) = 0"), mostly, is_apart=True)
        case "unexpected_rows_expectation":
            return _of_query(stated, values["unexpected_rows_query"], whole)
    return None


def _of_query(stated: Expectation, query: str, whole: sql.Composable) -> _Ask:
    table = whole.as_string()
    if single := _OF_SINGLE_ROWS.fullmatch(query):
        condition = sql.SQL(single["condition"].format(batch=table))
        return _Ask(stated, ALL, _count("{}", condition), counts_elements=False)
    found = sql.SQL(query.format(batch=table))
    return _Ask(
        stated, ALL, sql.SQL("select count(*) from ({}) as found").format(found), is_apart=True, counts_elements=False
    )


def _count(condition: LiteralString, *parts: sql.Composable) -> Statement:
    return sql.SQL("count(*) filter (where {})").format(sql.SQL(condition).format(*parts))


def _outside(column: sql.Composable, values: Mapping[str, Any]) -> Iterator[Statement]:
    for name, beyond in (("min_value", "<"), ("max_value", ">")):
        if values.get(name) is not None:
            yield sql.SQL("{} {} {}").format(column, sql.SQL(beyond), sql.Literal(values[name]))


def _repeated(whole: sql.Composable, columns: Sequence[sql.Composable], considered: LiteralString) -> Statement:
    """The rows whose key stands in more than one row."""
    key = sql.SQL(", ").join(columns)
    return sql.SQL(
        "select coalesce(sum(times), 0) from"
        " (select count(*) as times from {} where {} group by {} having count(*) > 1) as repeated"
    ).format(whole, sql.SQL(considered).format(key), key)


def _resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    return parameters[value["$PARAMETER"]] if isinstance(value, dict) and "$PARAMETER" in value else value
