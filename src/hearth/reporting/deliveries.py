"""Deliveries as lists and cards for people. Of quarantined rows only counts by reason: their cells are restricted."""

from __future__ import annotations

import json
from typing import Any

from psycopg.rows import dict_row
from rich import box
from rich.table import Table

from hearth.cli.console import terminal
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.language import said
from hearth.settings import Settings

RETURNED = """
    select
        (select count(*) from restricted.waiting_rows where delivery_id = %(number)s) as rows_waiting,
        coalesce(
            (
                select jsonb_agg(distinct answers.delivery_id)
                from restricted.row_answers as answers
                inner join ops.deliveries as additions using (delivery_id)
                where answers.answers_delivery_id = %(number)s and additions.status = 'accepted'
            ),
            '[]'
        ) as corrected_by
"""
"""Faulty rows that wait for their sender, and the returned workbooks that corrected some."""
COUNTS = ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate", "rows_waiting")


def find_deliveries(
    settings: Settings, *, status: str | None = None, source: str | None = None, month: str | None = None
) -> list[dict[str, Any]]:
    """The deliveries that fit, by month, source and number."""
    with connect(settings, row_factory=dict_row) as connection:
        return connection.execute(
            """
            select delivery_id, month, source, extract, part, status, file_name, rows_read, rows_loaded,
                rows_quarantined, rows_duplicate, coalesce(rows_waiting, 0) as rows_waiting, message, message_zh,
                registered_at
            from ops.deliveries
            left join (
                select delivery_id, count(*) as rows_waiting from restricted.waiting_rows group by delivery_id
            ) as waiting using (delivery_id)
            where (%(status)s::text is null or status = %(status)s)
                and (%(source)s::text is null or source = %(source)s)
                and (%(month)s::text is null or month = %(month)s)
            order by month nulls first, source nulls first, delivery_id
            """,
            {"status": status, "source": source, "month": month},
        ).fetchall()


def delivery(settings: Settings, number: int) -> dict[str, Any]:
    """Everything about one delivery that is no personal data.

    Raises:
        UsageError: there is no such delivery.
    """
    with connect(settings, row_factory=dict_row) as connection:
        found = connection.execute("select * from ops.deliveries where delivery_id = %s", (number,)).fetchone()
        if found is None:
            raise UsageError(f"There is no delivery {number}; `hearth deliveries list` shows them.")
        reasons = connection.execute(
            """
            select
                reason ->> 'column' as column, reason ->> 'code' as code, min(reason ->> 'message_en') as message_en,
                min(reason ->> 'message_zh') as message_zh, count(*) as rows, min(row_number) as first_row
            from restricted.quarantine cross join jsonb_array_elements(reasons) as reason
            where delivery_id = %s group by 1, 2 order by rows desc, 1, 2
            """,
            (number,),
        ).fetchall()
        returned = connection.execute(RETURNED, {"number": number}).fetchone() or {}
    return {**found, **returned, "quarantine_reasons": reasons}


def print_deliveries(found: list[dict[str, Any]]) -> None:
    """The list as a table, and below it what there is to say about each, in the language of the locale."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("no.", "month", "source", "status", "file"):
        table.add_column(name, overflow="fold")
    shown = COUNTS if any(row["rows_waiting"] for row in found) else COUNTS[:-1]
    for name in shown:
        table.add_column(name.removeprefix("rows_"), justify="right")
    for row in found:
        counts = ("–" if row[name] is None else f"{row[name]:,}" for name in shown)
        names = (str(row["delivery_id"]), row["month"] or "", row["source"] or "", row["status"], row["file_name"])
        table.add_row(*names, *counts)
    console = terminal()
    console.print(table)
    for row in found:
        if message := said(row["message"], row["message_zh"]):
            console.print(f"{row['delivery_id']:>6} {row['status']:12} {message}", markup=False, soft_wrap=True)


def print_delivery(found: dict[str, Any]) -> None:
    """One delivery, a line for each thing known."""
    console = terminal()
    for name, value in found.items():
        if name != "quarantine_reasons" and value not in (None, "", {}, []):
            said = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
            console.print(f"{name:18} {said}", markup=False, soft_wrap=True)
    for reason in found["quarantine_reasons"]:
        where = f"{reason['rows']:,} rows, the first is row {reason['first_row']}"
        words = f"{reason['message_en']} {reason['message_zh']}"
        console.print(f"{'quarantined':18} {reason['column']}: {words} ({where})", markup=False, soft_wrap=True)
