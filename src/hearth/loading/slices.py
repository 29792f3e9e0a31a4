"""Slices: a delivery's rows in a table of their own, which nothing counts until it is attached."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from hearth.contracts.model import Extract, Kind, Source, raw_table
from hearth.database.bootstrap import RAW, add_missing_columns

CHUNK_ROWS = 50_000
ANALYSE_ONLY = 180_000
"""The server's version from which a partitioned table is analysed without its partitions."""
NO_BYTE = b"\x00"
"""PostgreSQL's text holds every character but this one."""

Connection = psycopg.Connection[Any]


def slice_table(source: str, extract: str, delivery_id: int) -> str:
    """The table of a delivery's rows, without its schema."""
    return f"{raw_table(source, extract)}__d{delivery_id}"


def write_slice(
    connection: Connection, source: Source, extract: Extract, delivery_id: int, pieces: Iterable[pl.DataFrame]
) -> str:
    """Make the slice and copy the rows into it, committed but not attached. Returns its name.

    Raises:
        psycopg.DataError: a value that the column's type cannot hold.
    """
    name = slice_table(source.name, extract.name, delivery_id)
    target = sql.Identifier(RAW, name)
    with connection.transaction():
        connection.execute(
            # Written once and analysed below: there is nothing to vacuum.
            sql.SQL("create table {} (like {}, check (delivery_id = {})) with (autovacuum_enabled = false)").format(
                target, sql.Identifier(RAW, raw_table(source.name, extract.name)), sql.Literal(delivery_id)
            )
        )
        _copy(connection, target, (rows.with_columns(delivery_id=pl.lit(delivery_id)) for rows in pieces))
        finish_slice(connection, name, extract)
    return name


def finish_slice(connection: Connection, name: str, extract: Extract) -> None:
    """What the planner needs of a filled slice: an index on the time of events, of which a month wants the last year's
    and not those of all slices there are, and statistics."""
    table = sql.Identifier(RAW, name)
    for column in extract.columns:
        if column.kind is Kind.TIMESTAMP:
            connection.execute(sql.SQL("create index on {} ({})").format(table, sql.Identifier(column.name)))
    connection.execute(sql.SQL("analyze {}").format(table))


def attach_slice(connection: Connection, source: str, extract: Extract, delivery_id: int) -> None:
    """Let the rows count, within the caller's transaction. A slice that waited gains its contract's new columns."""
    name = slice_table(source, extract.name, delivery_id)
    add_missing_columns(connection, name, extract)
    connection.execute(
        sql.SQL("alter table {} attach partition {} for values in ({})").format(
            sql.Identifier(RAW, raw_table(source, extract.name)), sql.Identifier(RAW, name), sql.Literal(delivery_id)
        )
    )


def analyse_whole(connection: Connection, source: str, extract: str) -> None:
    """Let the planner know all slices of an extract together; each was analysed alone, the whole never is by itself."""
    only = "only " if connection.info.server_version >= ANALYSE_ONLY else ""
    whole = sql.Identifier(RAW, raw_table(source, extract))
    connection.execute(sql.SQL("analyze {}{}").format(sql.SQL(only), whole))


def drop_slice(connection: Connection, name: str) -> None:
    """Remove a slice that does not count."""
    connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(RAW, name)))


def drop_leftovers(connection: Connection, source: Source) -> list[str]:
    """Remove what a load that was cut off left: slices whose delivery is neither accepted nor kept apart."""
    rows = connection.execute(
        r"""
        select tables.relname
        from pg_class as tables
        inner join unnest(%s::text[]) as parents (name) on tables.relname ~ ('^' || parents.name || '__d[0-9]+$')
        left join ops.deliveries
            on deliveries.delivery_id = substring(tables.relname from '__d([0-9]+)$')::bigint
            and deliveries.status in ('accepted', 'held', 'waiting')
        where tables.relnamespace = 'raw'::regnamespace and tables.relkind = 'r' and not tables.relispartition
            and deliveries.delivery_id is null
        order by 1
        """,
        ([table for _, table in source.raw_tables()],),
    ).fetchall()
    names = [name for (name,) in rows]
    for name in names:
        drop_slice(connection, name)
    return names


def _copy(connection: Connection, target: sql.Identifier, pieces: Iterator[pl.DataFrame]) -> None:
    """COPY in chunks of CSV, where nothing is null and quoted nothing is an empty text.

    Frozen, which a table of the same transaction allows: no later reader has to mark the rows as committed.
    """
    first = next(pieces)
    columns = sql.SQL(", ").join(map(sql.Identifier, first.columns))
    command = sql.SQL("copy {} ({}) from stdin (format csv, freeze, encoding 'UTF8')").format(target, columns)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for chunk in (chunk for rows in chain([first], pieces) for chunk in rows.iter_slices(CHUNK_ROWS)):
            buffer = io.BytesIO()
            chunk.write_csv(buffer, include_header=False, quote_style="non_numeric")
            copy.write(buffer.getvalue().replace(NO_BYTE, b""))
