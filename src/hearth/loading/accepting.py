"""Letting a slice count: within the transaction that registers its delivery as accepted."""

from __future__ import annotations

from typing import Any

import psycopg

from hearth.contracts.model import Extract
from hearth.keys import issue_keys
from hearth.loading.settling import settle_kept_apart
from hearth.loading.slices import attach_slice, drop_slice, slice_table
from hearth.settings import Settings

SPINE = ("registry", "members")
"""The extract whose households and persons are given pseudonyms."""

Connection = psycopg.Connection[Any]


def let_count(settings: Settings, connection: Connection, source: str, extract: Extract, delivery_id: int) -> None:
    """Attach the delivery's slice; a roster's households and persons get their pseudonyms."""
    attach_slice(connection, source, extract, delivery_id)
    if (source, extract.name) == SPINE:
        issue_keys(settings, connection, slice_table(source, extract.name, delivery_id), delivery_id)


def drop_kept_apart(connection: Connection, delivery: dict[str, Any]) -> None:
    """Remove the rows of a delivery that was kept apart and will never count. `delivery` is its row, locked."""
    number = delivery["delivery_id"]
    drop_slice(connection, slice_table(delivery["source"], delivery["extract"], number))
    for kept in ("quarantine", "row_answers", "delivery_tops", "row_samples"):
        connection.execute(f"delete from restricted.{kept} where delivery_id = %s".encode(), (number,))  # noqa: S608


def let_kept_apart_count(
    settings: Settings, connection: Connection, delivery: dict[str, Any], extract: Extract, **facts: str | None
) -> None:
    """Let a delivery whose rows were kept apart count with them. `facts` are further columns of its row.

    `delivery` is its row of `ops.deliveries`, locked. An addition's rows are held against what counts by now.
    """
    counts = delivery["figures"]["kept_apart"]
    if delivery["is_addition"]:
        counts = settle_kept_apart(connection, delivery, extract)
    let_count(settings, connection, delivery["source"], extract, delivery["delivery_id"])
    columns = {"status": "accepted", **counts, **facts}
    assignments = ", ".join(f"{column} = %({column})s" for column in columns)
    connection.execute(
        f"update ops.deliveries set {assignments} where delivery_id = %(delivery_id)s".encode(),  # noqa: S608
        {**columns, "delivery_id": delivery["delivery_id"]},
    )
