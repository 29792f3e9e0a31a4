"""The gate of a month: its marts, built but not yet published, against the roster, each other and the month before."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import psycopg

from expectations import marts
from hearth.database.engine import connect
from hearth.gating.changes import month_changes
from hearth.gating.records import record_month
from hearth.gating.result import Finding, GateResult, judge
from hearth.gating.validation import hold_against
from hearth.settings import Settings

SCHEMA = "marts_next"
ROLE = "transformer"
STATE = "_state"


def gate_month(settings: Settings, month: str) -> GateResult:
    """Validate the month (`YYYYMM`) that stands in `marts_next`, before its slices are swapped into `marts`.

    Raises:
        DatabaseUnavailable: the marts cannot be read or the results cannot be written.
        GateBroken: a critical expectation could not be evaluated.
    """
    with connect(settings, ROLE) as connection:
        columns = _columns(connection)
        first_day = datetime.strptime(month, "%Y%m").date()  # noqa: DTZ007 a month has no zone
        about = marts.Month(first_day, _rules(connection))
    suites = marts.suites(about)
    found = [_not_built(table) for table in suites if table not in columns]
    found += [
        _not_judged(marts.FACT, rule) for rule in about.rules if rule.lower() + STATE not in columns.get(marts.FACT, ())
    ]
    if not found:
        for table, suite in suites.items():
            found += hold_against(settings, ROLE, SCHEMA, table, suite)
        found += _changes(settings, about)
    record_month(settings, month, found)
    return judge(found)


def _changes(settings: Settings, about: marts.Month) -> list[Finding]:
    with connect(settings, ROLE) as connection:
        before = _previous(connection, about.first_day)
        return month_changes(connection, about.first_day, about.rules, before) if before else []


def _not_built(table: str) -> Finding:
    reason = "The month has no such table to publish.", "当月缺少该表，无法发布。"
    return Finding(table, "table_built", None, "critical", False, None, 1, *reason)


def _not_judged(table: str, rule: str) -> Finding:
    reason = "The fact has no state for this rule of the catalogue.", "事实表缺少规则目录中该规则的状态列。"
    return Finding(table, "rule_judged", rule.lower() + STATE, "critical", False, None, 1, *reason)


def _columns(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """The tables that were built, each with its columns in order."""
    rows = connection.execute(
        "select table_name, array_agg(column_name::text order by ordinal_position) "
        "from information_schema.columns where table_schema = %s group by 1",
        (SCHEMA,),
    )
    return dict(rows.fetchall())


def _rules(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    rows = connection.execute("select rule_code from intermediate.rule_catalogue order by 1").fetchall()
    return tuple(code for (code,) in rows)


def _previous(connection: psycopg.Connection[Any], first_day: date) -> date | None:
    """The last published month before this one."""
    if connection.execute("select to_regclass('marts.fct_household_month')").fetchone() == (None,):
        return None
    row = connection.execute(
        "select max(month) from marts.fct_household_month where month < %s", (first_day,)
    ).fetchone()
    return row[0] if row else None
