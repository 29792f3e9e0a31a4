"""The sudden changes of a month or a delivery against the one before: both counted once, each held against its limit.

What is counted of the month is what stands in `marts_next`; before it is the last month that is published, whichever
was built first. All of it is kept, also what is steady, so that a change can be seen coming.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from expectations.changes import EVENTS, FLAGGED, HOUSEHOLDS, LISTED, MATCHES, SUITE, UNKNOWN, Figures, Steady, moved
from hearth.contracts.model import ExtractKind
from hearth.gating.result import Finding

FACT = "fct_household_month"
STATES = ("flagged", "unknown")

_MATCHES = """
    select
        now.source, now.extract, now.queued, now.matched + now.queued,
        before.month, before.queued, before.matched + before.queued
    from intermediate.int_match_counts as now
    cross join lateral (
        select * from ops.match_counts as earlier
        where (earlier.source, earlier.extract) = (now.source, now.extract) and earlier.month < %(month)s
            and earlier.matched + earlier.queued > 0
        order by earlier.month desc
        limit 1
    ) as before
    where now.matched + now.queued > 0
    order by now.source, now.extract
"""

_ROWS = """
    with counted as (
        select
            months.is_now, counting.source, counting.extract, extracts.kind,
            sum(deliveries.rows_loaded + deliveries.rows_quarantined)::bigint as rows
        from (values (true, %(now)s::date), (false, %(before)s::date)) as months (is_now, first_day)
        cross join lateral ops.counting_deliveries(months.first_day) as counting
        inner join ops.deliveries on counting.delivery_id = deliveries.delivery_id
        inner join ops.extracts on (counting.source, counting.extract) = (extracts.source, extracts.extract)
        where
            not deliveries.is_addition
            and case
                when extracts.kind = 'event' then counting.month = to_char(months.first_day, 'YYYYMM')
                when extracts.one_part_per_year then
                    coalesce(substring(counting.part from '([0-9]{4})年') = to_char(months.first_day, 'YYYY'), true)
                else true
            end
        group by 1, 2, 3, 4
    )

    select source, extract, kind, min(rows) filter (where is_now), min(rows) filter (where not is_now)
    from counted
    group by 1, 2, 3
    having count(*) = 2
    order by 1, 2
"""
"""Of each list that counts for both months, and of events that were delivered in both, the rows of either."""


@dataclass(frozen=True)
class Before:
    """The rows of a part's list in an earlier month."""

    month: str
    rows: int


def delivery_changes(source: str, extract: str, kind: ExtractKind, rows: int, before: Before) -> list[Finding]:
    """Whether a delivery of so many rows, faulty ones included, is a sudden change against its part before."""
    limit = EVENTS if kind is ExtractKind.EVENT else LISTED
    return [_finding(limit, Figures(rows), Figures(before.rows), before.month, source=source, extract=extract)]


def month_changes(
    connection: psycopg.Connection[Any], first_day: date, rules: Sequence[str], before: date
) -> list[Finding]:
    """Households, states by rule, matches and rows of the month in `marts_next` beside those of the month before."""
    return [
        *_of_households(connection, rules, before),
        *_of_matches(connection, first_day),
        *_of_rows(connection, first_day, before),
    ]


def _of_households(connection: psycopg.Connection[Any], rules: Sequence[str], before: date) -> Iterator[Finding]:
    shared = [rule for rule in rules if _column(rule) in _columns(connection)]
    now = _counted(connection, "marts_next", shared, None)
    then = _counted(connection, "marts", shared, before)
    month = f"{before:%Y%m}"
    households = Figures(now["households"]), Figures(then["households"])
    yield _finding(HOUSEHOLDS, *households, month, column="household_key")
    for rule in shared:
        for state, limit in zip(STATES, (FLAGGED, UNKNOWN), strict=True):
            both = [Figures(found[f"{rule} {state}"], found[rule]) for found in (now, then)]
            if all(figures.of for figures in both):
                yield _finding(limit, both[0], both[1], month, column=_column(rule))


def _of_matches(connection: psycopg.Connection[Any], first_day: date) -> Iterator[Finding]:
    for source, extract, queued, rows, month, queued_then, rows_then in connection.execute(
        _MATCHES, {"month": f"{first_day:%Y%m}"}
    ):
        now, then = Figures(queued, rows), Figures(queued_then, rows_then)
        yield _finding(MATCHES, now, then, month, source=source, extract=extract)


def _of_rows(connection: psycopg.Connection[Any], first_day: date, before: date) -> Iterator[Finding]:
    for source, extract, kind, now, then in connection.execute(_ROWS, {"now": first_day, "before": before}):
        yield from delivery_changes(source, extract, ExtractKind(kind), now, Before(f"{before:%Y%m}", then))


def _counted(
    connection: psycopg.Connection[Any], schema: str, rules: Sequence[str], month: date | None
) -> dict[str, int]:
    """Households, and by rule: those that have a state, and those in each of the states."""
    cells: list[sql.Composable] = [sql.SQL("count(*) as households")]
    for rule in rules:
        column = sql.Identifier(_column(rule))
        cells.append(sql.SQL("count({}) as {}").format(column, sql.Identifier(rule)))
        cells += [
            sql.SQL("count(*) filter (where {} = {}) as {}").format(
                column, sql.Literal(state), sql.Identifier(f"{rule} {state}")
            )
            for state in STATES
        ]
    query = sql.SQL("select {} from {} where {}::date is null or month = {}").format(
        sql.SQL(", ").join(cells), sql.Identifier(schema, FACT), sql.Literal(month), sql.Literal(month)
    )
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(query).fetchone() or {}


def _columns(connection: psycopg.Connection[Any]) -> set[str]:
    """The columns of the published fact: a rule that is new has none yet."""
    found = connection.execute(
        "select column_name::text from information_schema.columns where (table_schema, table_name) = ('marts', %s)",
        (FACT,),
    )
    return {name for (name,) in found}


def _column(rule: str) -> str:
    return f"{rule.lower()}_state"


def _finding(
    limit: Steady,
    now: Figures,
    before: Figures,
    month: str,
    *,
    column: str = "",
    source: str | None = None,
    extract: str | None = None,
) -> Finding:
    is_met = limit.is_met(now, before)
    figures = {"now": now.rows, "of": now.of, "before": before.rows, "of_before": before.of, "month_before": month}
    return Finding(
        SUITE,
        limit.name,
        column or f"{source}.{extract}",
        "warning",
        is_met,
        now.rows if now.of is None else now.of,
        0 if is_met else round(moved(now, before)),
        limit.en,
        limit.zh,
        observed={name: value for name, value in figures.items() if value is not None},
        source=source,
        extract=extract,
    )
