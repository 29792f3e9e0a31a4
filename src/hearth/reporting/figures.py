"""The figures of the summary, read from `ops` and `marts`: counts only, no household and no person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg

from hearth.database.engine import connect
from hearth.language import said
from hearth.orchestration.months import MonthState, month_states
from hearth.settings import Settings

LEVELS = ("red", "yellow", "grey", "green")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Figures:
    """What the summary shows."""

    months: list[MonthState]
    deliveries: list[Row]
    """status, files, rows read, loaded, quarantined, duplicate"""
    attention: list[Row]
    """delivery id, status, source, month, file name, message: what was not accepted"""
    matches: list[Row]
    """source, extract, matched, queued: over the months asked for"""
    levels: dict[str, dict[str, int]]
    """risk level → month → households"""
    rules: dict[str, dict[str, tuple[int, int]]]
    """rule → month → households flagged and unknown"""


def figures(settings: Settings, months: Collection[str] | None = None) -> Figures:
    """The figures of the months asked for, or of all."""
    states = month_states(settings, months)
    names = [state.month for state in states]
    with connect(settings) as connection:
        return Figures(
            months=states,
            deliveries=_deliveries(connection),
            attention=_attention(connection),
            matches=_matches(connection, names),
            levels=_levels(connection, names),
            rules=_rules(connection, names),
        )


def delivery_counts(settings: Settings) -> dict[str, int]:
    """How many files ended in which status."""
    with connect(settings) as connection:
        return {status: files for status, files, *_ in _deliveries(connection)}


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody: faulty rows for their sender, records in doubt for a caseworker. Counts only."""

    rows: int
    records: int

    @property
    def lines(self) -> tuple[str, str]:
        """A line for each, in the language spoken."""
        return (
            said(f"rows that wait for their sender: {self.rows:,}", f"待报送单位更正的行：{self.rows:,}"),
            said(f"records that wait in the queue: {self.records:,}", f"待核记录：{self.records:,}"),
        )


def waiting(settings: Settings) -> Waiting:
    """How many rows and records wait, of all departments and months."""
    with connect(settings) as connection:
        row = connection.execute(
            """
            select
                (select count(*) from restricted.waiting_rows),
                (select count(*) from restricted.queue_states where state in ('open', 'lapsed'))
            """
        ).fetchone()
    assert row is not None
    return Waiting(*row)


def _deliveries(connection: psycopg.Connection[Any]) -> list[Row]:
    return connection.execute(
        """
        select status, count(*), sum(rows_read), sum(rows_loaded), sum(rows_quarantined), sum(rows_duplicate)
        from ops.deliveries group by status
        order by array_position(array['accepted', 'held', 'waiting', 'rejected', 'duplicate', 'unrecognised'], status)
        """
    ).fetchall()


def _attention(connection: psycopg.Connection[Any]) -> list[Row]:
    rows = connection.execute(
        """
        select delivery_id, status, coalesce(source, ''), coalesce(month, ''), file_name, message, message_zh
        from ops.deliveries
        where status in ('held', 'waiting', 'rejected', 'unrecognised')
        order by month, source, delivery_id
        """
    ).fetchall()
    return [(*row, file, _without(file, said(message, message_zh))) for *row, file, message, message_zh in rows]


def _without(file_name: str, message: str) -> str:
    """The message without the file's name before it, which has a column of its own."""
    return message.removeprefix(file_name).lstrip(":： ")


def _matches(connection: psycopg.Connection[Any], months: list[str]) -> list[Row]:
    return connection.execute(
        """
        select source, extract, sum(matched)::bigint, sum(queued)::bigint
        from ops.match_counts where month = any(%s) group by 1, 2 order by 1, 2
        """,
        (months,),
    ).fetchall()


def _levels(connection: psycopg.Connection[Any], months: list[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    if _exists(connection, "marts.fct_household_month"):
        query = """
            select risk_level, to_char(month, 'YYYYMM'), count(*)
            from marts.fct_household_month where to_char(month, 'YYYYMM') = any(%s) group by 1, 2
        """
        for level, month, households in connection.execute(query, (months,)):
            found.setdefault(level, {})[month] = households
    known = [level for level in LEVELS if level in found]
    return {level: found[level] for level in [*known, *sorted(set(found) - set(known))]}


def _rules(connection: psycopg.Connection[Any], months: list[str]) -> dict[str, dict[str, tuple[int, int]]]:
    found: dict[str, dict[str, tuple[int, int]]] = {}
    if _exists(connection, "marts.fct_household_risk_signal"):
        query = """
            select
                rule_code, to_char(month, 'YYYYMM'),
                count(*) filter (where state = 'flagged'), count(*) filter (where state = 'unknown')
            from marts.fct_household_risk_signal where to_char(month, 'YYYYMM') = any(%s) group by 1, 2 order by 1
        """
        for rule, month, flagged, unknown in connection.execute(query, (months,)):
            found.setdefault(rule, {})[month] = (flagged, unknown)
    return found


def _exists(connection: psycopg.Connection[Any], table: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])
