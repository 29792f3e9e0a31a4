"""What a file replaces: the one of its part and month that counts so far, and what to say when it holds fewer rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import psycopg

from hearth.contracts.model import Extract, ExtractKind
from hearth.loading.checks import Previous
from hearth.loading.outcome import Message
from hearth.reading.filename import FileName

Connection = psycopg.Connection[Any]

BEFORE_IT = """
    select delivery_id, file_name, rows_loaded + rows_quarantined, is_correction, coalesce(name_date, '')
    from ops.deliveries
    where status = 'accepted' and not is_addition and (source, extract, part, month) = (%s, %s, %s, %s)
    order by is_correction desc, name_date collate "C" desc nulls last, file_name collate "C" desc, delivery_id desc
    limit 1
"""


def replaced_by(
    connection: Connection, source: str, extract: str, name: FileName, file_name: str, month: str
) -> Previous | None:
    """The accepted delivery that a file takes the place of; None where there is none, or where the file, as names are
    ordered, does not come after it."""
    row = connection.execute(BEFORE_IT, (source, extract, name.part, month)).fetchone()
    if row is None:
        return None
    number, former_name, rows, was_correction, former_date = row
    mine, former = (name.is_correction, name.name_date or "", file_name), (was_correction, former_date, former_name)
    return Previous(number, former_name, rows) if mine >= former else None


def fewer_events(extract: Extract, replaced: Previous | None, rows: int) -> list[Message]:
    """A note where a list of events now holds fewer: those that are missing count no longer, for later months either.

    `rows` are the new file's, loaded and quarantined. A snapshot that shrinks is judged by its share.
    """
    if replaced is None or extract.kind is not ExtractKind.EVENT or rows >= replaced.rows:
        return []
    lost = replaced.rows - rows
    return [
        Message(
            f"本文件有 {rows} 行，所替代的 {replaced.file_name}（第 {replaced.delivery_id} 号）有 {replaced.rows} 行，"
            f"少 {lost} 行：未再列出的记录不再计入。如为补充而非替代，请报送完整名单。",
            f"It has {rows} rows; {replaced.file_name} (delivery {replaced.delivery_id}), whose place it takes, had "
            f"{replaced.rows}: {lost} fewer. What it does not name any more counts no longer. If it was meant as an "
            "addition, send the whole list.",
        )
    ]


def as_figures(replaced: Previous | None) -> dict[str, Any] | None:
    """For `ops.deliveries.figures`."""
    return asdict(replaced) if replaced else None
