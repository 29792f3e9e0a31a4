"""A slice's rows: their number and digest, out into a file and back in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from hearth.database.bootstrap import RAW
from hearth.keeping.manifest import TableOf

Connection = psycopg.Connection[Any]

AS_WRITTEN = "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1"
COLUMNS = """
    select attname::text from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum
"""


def columns_of_slice(connection: Connection, table: str) -> list[str]:
    """The columns of a table in `raw`, in order."""
    return [name for (name,) in connection.execute(COLUMNS, (f"raw.{table}",))]


def digest_of(connection: Connection, table: str, columns: Sequence[str] = ()) -> TableOf:
    """Rows and digest of a slice, by all its columns or those named, in their order."""
    named = sql.SQL(", ").join(map(sql.Identifier, columns or columns_of_slice(connection, table)))
    connection.execute(AS_WRITTEN)
    row: Any = connection.execute(
        sql.SQL(
            "select count(*), coalesce(sum(hashtextextended(kept::text, 0)), 0)::text from (select {} from {}) as kept"
        ).format(named, sql.Identifier(RAW, table))
    ).fetchone()
    return TableOf(rows=row[0], digest=row[1])


def written_out(connection: Connection, table: str) -> Iterator[bytes]:
    """The slice as CSV with a heading, block by block; nothing is null, quoted nothing an empty text."""
    connection.execute(AS_WRITTEN)
    query = sql.SQL("copy (select * from {} order by row_number) to stdout (format csv, header, encoding 'UTF8')")
    with connection.cursor() as cursor, cursor.copy(query.format(sql.Identifier(RAW, table))) as copy:
        for block in copy:
            yield bytes(block)


def read_in(connection: Connection, target: sql.Identifier, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
    """Copy such a CSV into a table."""
    connection.execute(AS_WRITTEN)
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    command = sql.SQL("copy {} ({}) from stdin (format csv, header, encoding 'UTF8')").format(target, named)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in blocks:
            copy.write(block)
