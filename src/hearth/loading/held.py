"""What a person needs to decide on a held delivery: its rows and villages beside those of the one that counts so far.

Counts and the names of villages only. A village is named when the month's divisions know it; whatever else stands in a
village's column is counted, never shown: a shifted column may have put a person's name there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from hearth.contracts import KNOWN
from hearth.database.bootstrap import RAW
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.loading.slices import slice_table
from hearth.settings import Settings
from hearth.texts import text

VILLAGE_COLUMNS = ("village_code", "village_name")
"""The columns that tell a row's village, the better one first."""

NAMED_AT_MOST = 30

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Villages:
    """How many villages the lists name, and which of them only the earlier list does."""

    before: int
    now: int
    gone: tuple[str, ...] = ()
    gone_unknown: int = 0

    @property
    def gone_count(self) -> int:
        """Villages of the earlier list that the new one does not name."""
        return len(self.gone) + self.gone_unknown


@dataclass(frozen=True)
class HeldDelivery:
    """A delivery that waits, or waited, for a person. Rows are those read without exact repeats."""

    delivery_id: int
    title: str
    source: str
    month: str
    part: str
    file_name: str
    status: str
    reason: str
    reason_zh: str
    rows_now: int | None = None
    rows_quarantined: int | None = None
    rows_before: int | None = None
    file_before: str | None = None
    stated_count: int | None = None
    stated_unit: str | None = None
    villages: Villages | None = None

    @property
    def is_held(self) -> bool:
        """Whether it still waits."""
        return self.status == "held"


def held_delivery(settings: Settings, delivery_id: int) -> HeldDelivery:
    """The delivery with the figures behind a decision.

    Raises:
        UsageError: there is no such delivery.
    """
    with connect(settings, row_factory=dict_row) as connection:
        row = connection.execute("select * from ops.deliveries where delivery_id = %s", (delivery_id,)).fetchone()
        if row is None:
            raise UsageError(text("no_such_delivery", number=str(delivery_id)))
        return HeldDelivery(
            delivery_id=delivery_id,
            title=_title(row),
            source=row["source"] or "",
            month=row["month"] or "",
            part=row["part"],
            file_name=row["file_name"],
            status=row["status"],
            reason=row["message"] or "",
            reason_zh=row["message_zh"] or "",
            **_counts(row["figures"] or {}),
            villages=_villages(connection, row),
        )


def _title(row: dict[str, Any]) -> str:
    for source in KNOWN:
        for extract in source.extracts:
            if (source.name, extract.name) == (row["source"], row["extract"]):
                return f"{extract.title} {extract.name}"
    return str(row["extract"] or "")


def _counts(figures: dict[str, Any]) -> dict[str, Any]:
    kept, previous = figures.get("kept_apart") or {}, figures.get("previous") or {}
    now = kept["rows_loaded"] + kept["rows_quarantined"] if kept else None
    return {
        "rows_now": now,
        "rows_quarantined": kept.get("rows_quarantined"),
        "rows_before": previous.get("rows"),
        "file_before": previous.get("file_name"),
        "stated_count": figures.get("stated_count"),
        "stated_unit": figures.get("stated_unit"),
    }


def _villages(connection: Connection, row: dict[str, Any]) -> Villages | None:
    """None where there is no earlier list, the rows are not kept, or they name no village."""
    previous = ((row["figures"] or {}).get("previous") or {}).get("delivery_id")
    if previous is None or row["extract"] is None:
        return None
    tables = [slice_table(row["source"], row["extract"], number) for number in (previous, row["delivery_id"])]
    column = _village_column(connection, tables)
    if column is None:
        return None
    found = connection.execute(_query(column, *tables), {"month": row["month"]}).fetchone()
    assert found is not None
    names = tuple(found["named"] or ())
    return Villages(found["before"], found["now"], names, found["gone"] - len(names))


def _village_column(connection: Connection, tables: list[str]) -> str | None:
    rows = connection.execute(
        """
        select attname::text as name from pg_attribute
        where attrelid = any(array_remove(array[to_regclass(%s), to_regclass(%s)], null)) and attname = any(%s)
        group by attname having count(*) = 2
        """,
        (*(f'{RAW}."{table}"' for table in tables), list(VILLAGE_COLUMNS)),
    ).fetchall()
    present = {row["name"] for row in rows}
    return next((column for column in VILLAGE_COLUMNS if column in present), None)


def _query(column: str, before: str, now: str) -> sql.Composed:
    """Villages of two slices held against each other; those that went are named as the divisions name them."""
    own = "division_code" if column == "village_code" else "division_name"
    return sql.SQL(
        """
        with before as (select distinct {column} as village from {before} where {column} is not null),
        now as (select distinct {column} as village from {now} where {column} is not null),
        gone as (select village from before except select village from now),
        divisions as (
            select {own} as village, min(division_name) as name, min(division_code) as code
            from raw.registry__divisions
            inner join ops.deliveries using (delivery_id)
            where deliveries.status = 'accepted' and deliveries.month <= %(month)s
            group by 1
        ),
        named as (
            select divisions.name || ' ' || divisions.code as name
            from gone inner join divisions using (village)
        )
        select
            (select count(*) from before) as before,
            (select count(*) from now) as now,
            (select count(*) from gone) as gone,
            (select array_agg(name order by name) from named) as named
        """
    ).format(
        column=sql.Identifier(column),
        own=sql.Identifier(own),
        before=sql.Identifier(RAW, before),
        now=sql.Identifier(RAW, now),
    )
