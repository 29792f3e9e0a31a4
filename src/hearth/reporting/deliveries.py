"""Deliveries as lists and cards for people. Of quarantined rows only counts by reason: their cells are restricted."""

from __future__ import annotations

import json
from typing import Any

from psycopg.rows import dict_row
from rich import box
from rich.cells import set_cell_size
from rich.markup import escape
from rich.table import Table

from hearth.cli.console import terminal
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.language import one_line, said
from hearth.settings import Settings
from hearth.texts import field_word, status_word, text

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
COUNTS = {
    "rows_read": "read",
    "rows_loaded": "loaded",
    "rows_quarantined": "quarantined",
    "rows_duplicate": "duplicate",
    "rows_waiting": "waiting_rows",
}
"""Each count with the code of its column's title."""


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
            raise UsageError(text("no_such_delivery", number=str(number)))
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
        gone = connection.execute("select * from ops.slices_gone where delivery_id = %s", (number,)).fetchone()
    return {**found, **returned, "rows_gone": gone and _gone(gone), "quarantine_reasons": reasons}


def _gone(gone: dict[str, Any]) -> str:
    """Where a delivery's rows are that the warehouse does not keep any more, by whom and why."""
    day, by, reason, folder = f"{gone['decided_at']:%Y-%m-%d}", gone["decided_by"], gone["reason"], gone["folder"]
    if folder is None:
        return said(f"dropped on {day} by {by}: {reason}", f"{day} 由 {by} 删除：{reason}")
    return said(
        f"moved to {folder} on {day} by {by}: {reason}; `hearth retention return {folder}` brings them back",
        f"{day} 由 {by} 移至 {folder}：{reason}；可用 `hearth retention return {folder}` 移回",
    )


def print_deliveries(found: list[dict[str, Any]]) -> None:
    """The list as a table, and below it what there is to say about each, in the language of the locale."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("number", "month", "source", "status", "file"):
        table.add_column(text(name), overflow="fold")
    has_waiting = any(row["rows_waiting"] for row in found)
    shown = [name for name in COUNTS if has_waiting or name != "rows_waiting"]
    for name in shown:
        table.add_column(text(COUNTS[name]), justify="right")
    for row in found:
        counts = ("–" if row[name] is None else f"{row[name]:,}" for name in shown)
        place = (str(row["delivery_id"]), row["month"] or "", row["source"] or "")
        table.add_row(*place, status_word(row["status"]), escape(one_line(row["file_name"])), *counts)
    console = terminal()
    console.print(table)
    for row in found:
        if message := said(row["message"], row["message_zh"]):
            status = set_cell_size(status_word(row["status"]), 12)
            console.print(f"{row['delivery_id']:>6} {status} {message}", markup=False, soft_wrap=True)


def print_delivery(found: dict[str, Any]) -> None:
    """One delivery, a line for each thing known."""
    console = terminal()
    for name, value in found.items():
        if name != "quarantine_reasons" and value not in (None, "", {}, []):
            console.print(labelled(name, _shown(name, value)), markup=False, soft_wrap=True)
    for reason in found["quarantine_reasons"]:
        console.print(labelled("quarantined", _reason(reason)), markup=False, soft_wrap=True)


def labelled(name: str, value: str) -> str:
    """A line of the card: the field's name, and what it holds."""
    return f"{set_cell_size(field_word(name), 18)} {value}"


def _shown(name: str, value: Any) -> str:
    if isinstance(value, dict | list):
        return one_line(json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return said(str(value), "是" if value else "否")
    return status_word(value) if name == "status" else one_line(str(value))


def _reason(reason: dict[str, Any]) -> str:
    rows, first = f"{reason['rows']:,}", reason["first_row"]
    column = reason["column"]
    return said(
        f"{column}: {reason['message_en']} ({rows} rows, the first is row {first})",
        f"{column}：{reason['message_zh']}（{rows} 行，首见于第 {first} 行）",
    )
