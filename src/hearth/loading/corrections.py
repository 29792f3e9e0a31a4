"""What a file replaces: the one of its part and month that counts so far, and what to say when it holds fewer rows; or
that it replaces nothing, being the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import psycopg

from hearth.contracts.model import Extract, ExtractKind
from hearth.loading.checks import Previous
from hearth.loading.outcome import Message
from hearth.loading.registry import NEWEST_FIRST
from hearth.reading.filename import FileName

Connection = psycopg.Connection[Any]

BEFORE_IT = f"""
    select delivery_id, file_name, rows_loaded + rows_quarantined, is_correction, coalesce(name_date, '')
    from ops.deliveries
    where
        status = 'accepted' and not is_addition
        and (source, extract, part, month) = (%(source)s, %(extract)s, %(part)s, %(month)s)
    order by {NEWEST_FIRST}
    limit 1
"""  # noqa: S608
TWINS = """
    select delivery_id, part = %(part)s and not is_addition
    from ops.deliveries
    where
        status = 'accepted'
        and (source, extract, month, sha256) = (%(source)s, %(extract)s, %(month)s, %(sha256)s)
    order by 1
"""

Claim = Mapping[str, Any]
"""A file by the columns of `ops.deliveries` that tell it apart and order it: source, extract, part, month,
is_correction, name_date, file_name."""


def claim_of(source: str, extract: str, name: FileName, file_name: str, month: str) -> Claim:
    """A file that is not registered yet."""
    place = {"source": source, "extract": extract, "part": name.part, "month": month}
    return place | {"is_correction": name.is_correction, "name_date": name.name_date, "file_name": file_name}


def replaced_by(connection: Connection, file: Claim) -> Previous | None:
    """The accepted delivery that a file takes the place of; None where there is none, or where the file, as names are
    ordered, does not come after it."""
    row = connection.execute(BEFORE_IT, file).fetchone()
    if row is None:
        return None
    number, former_name, rows, was_correction, former_date = row
    mine = (file["is_correction"], file["name_date"] or "", file["file_name"])
    return Previous(number, former_name, rows) if mine >= (was_correction, former_date, former_name) else None


def accepted_twin(connection: Connection, file: Claim, sha256: str) -> int | None:
    """The first accepted delivery with the same bytes for the same source, extract and month.

    None where another file has taken its place since, and this one comes after that by its name: its sender brings back
    what was replaced.
    """
    twins = connection.execute(TWINS, {**file, "sha256": sha256}).fetchall()
    if any(is_of_part for _, is_of_part in twins):
        replaced = replaced_by(connection, file)
        if replaced is not None and replaced.delivery_id not in (number for number, _ in twins):
            return None
    return twins[0][0] if twins else None


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
