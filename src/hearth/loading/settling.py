"""What of an addition's rows counts beside its list and what was added to that before.

A row that is there already, equal in every value, is an exact duplicate, as it would be within one file. A row that
corrects what another addition corrected otherwise goes into quarantine, unless its key says which one counts. Judged
when the file is read, and once more when it had been kept apart and is to count: its list, or another addition, may
have begun to count meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from hearth.contracts.model import REASONS, SEQUENCE, Extract, raw_table
from hearth.loading.slices import slice_table
from hearth.parsing.faults import sentence
from hearth.parsing.frame import Parsed
from hearth.reading.table import Table

ALREADY_CORRECTED = "already_corrected"

Connection = psycopg.Connection[Any]

LIST_COUNTS = """
    select exists (
        select
        from ops.deliveries as meant
        inner join ops.deliveries as lists using (source, extract, month, sha256)
        where meant.delivery_id = %s and lists.status = 'accepted' and not lists.is_addition
    )
"""
"""By the list's bytes, since a list that is read anew has another number."""

BESIDE = """
    select distinct on (others.relative_path, others.sha256) others.delivery_id
    from ops.deliveries as meant
    inner join ops.deliveries as others using (source, extract, month)
    left join ops.deliveries as added_to on others.adds_to = added_to.delivery_id
    where
        meant.delivery_id = %s
        and others.status = 'accepted'
        and coalesce(added_to.sha256, others.sha256) = meant.sha256
        and others.sha256 <> %s
    order by others.relative_path, others.sha256, others.delivery_id desc
"""

EQUAL = """
    with there as (
        select distinct row({columns})::text as cells
        from {parent}
        where delivery_id = any(%(beside)s)
    )
    select own.row_number
    from {target} as own
    inner join there on row({own_columns})::text = there.cells
"""

AGAIN = """
    with
    said as (
        select said.row_number, meant.sha256, said.answers_row
        from unnest(%(rows)s::integer[], %(deliveries)s::bigint[], %(answered)s::integer[])
        as said (row_number, delivery_id, answers_row)
        inner join ops.deliveries as meant using (delivery_id)
    ),
    earlier as (
        select said.row_number, row({key}) as key
        from said
        inner join ops.deliveries as meant
            on meant.sha256 = said.sha256 and (meant.source, meant.extract) = (%(source)s, %(extract)s)
        inner join restricted.row_answers as answers
            on answers.answers_delivery_id = meant.delivery_id and answers.answers_row = said.answers_row
        inner join {parent} as parent
            on parent.delivery_id = answers.delivery_id and parent.row_number = answers.row_number
        where parent.delivery_id = any(%(beside)s)
    )
    select distinct own.row_number
    from {target} as own
    inner join earlier on own.row_number = earlier.row_number
    where (not {is_keyed} or (row({own_key}) = earlier.key) is not true)
"""

QUARANTINED = """
    insert into restricted.quarantine (delivery_id, row_number, cells, reasons)
    select %(number)s, own.row_number, cells.cells, %(reasons)s
    from {target} as own
    cross join lateral (
        select jsonb_agg(to_jsonb(own) ->> placed.name order by header.position) as cells
        from generate_series(0, %(width)s - 1) as header (position)
        left join jsonb_each_text(%(positions)s) as placed (name, position)
            on placed.position::integer = header.position
    ) as cells
    where own.row_number = any(%(again)s)
"""
"""The cells by the columns' places in the file, as they were understood: the file may be gone by now."""


class Slice(NamedTuple):
    """An addition's slice, and what it adds to."""

    source: str
    extract: Extract
    delivery_id: int
    adds_to: int
    sha256: str

    @property
    def table(self) -> sql.Identifier:
        """The slice, with its schema."""
        return sql.Identifier("raw", slice_table(self.source, self.extract.name, self.delivery_id))


def list_counts(connection: Connection, adds_to: int) -> bool:
    """Whether the list that an addition adds to is accepted, under whatever number."""
    row = connection.execute(LIST_COUNTS, (adds_to,)).fetchone()
    return bool(row and row[0])


def settle(connection: Connection, own: Slice, answers: pl.DataFrame, parsed: Parsed, table: Table) -> Parsed:
    """Judge the written slice's rows beside those that are there already, and remove from it what does not count.

    `answers` has row_number, answers_delivery_id and answers_row.
    """
    equal, again = _found(connection, own, answers)
    if not equal and not again:
        return parsed
    refused = table.rows.filter(pl.col("row_number").is_in(again)).with_columns(
        pl.col(pl.String).str.replace_all("\0", "", literal=True)
    )
    faults = refused.select(
        pl.col("row_number").cast(pl.Int32),
        column=pl.lit(""),
        header=pl.lit(REASONS),
        code=pl.lit(ALREADY_CORRECTED),
    )
    with connection.transaction():
        _remove(connection, own, [*equal, *again])
    return replace(
        parsed,
        rows=parsed.rows.filter(~pl.col("row_number").is_in([*equal, *again])),
        rows_duplicate=parsed.rows_duplicate + len(equal),
        faults=pl.concat([parsed.faults, faults]).sort("row_number", maintain_order=True),
        quarantined=pl.concat([parsed.quarantined, refused]).sort("row_number"),
    )


def settle_kept_apart(connection: Connection, delivery: dict[str, Any], extract: Extract) -> dict[str, int]:
    """The same for an addition that was kept apart and is to count now, within the caller's transaction.

    `delivery` is its row of `ops.deliveries`, locked. Gives its counts of rows.
    """
    own = Slice(delivery["source"], extract, delivery["delivery_id"], delivery["adds_to"], delivery["sha256"])
    counts: dict[str, int] = delivery["figures"]["kept_apart"]
    equal, again = _found(connection, own, _kept_answers(connection, own))
    if again:
        _quarantine(connection, own, again, delivery["layout"])
    if equal or again:
        _remove(connection, own, [*equal, *again])
    return {
        "rows_loaded": counts["rows_loaded"] - len(equal) - len(again),
        "rows_quarantined": counts["rows_quarantined"] + len(again),
        "rows_duplicate": counts["rows_duplicate"] + len(equal),
    }


def _found(connection: Connection, own: Slice, answers: pl.DataFrame) -> tuple[list[int], list[int]]:
    """Numbers of the rows that are there already, and of those whose faulty row was corrected otherwise."""
    beside = [number for (number,) in connection.execute(BESIDE, (own.adds_to, own.sha256))]
    if not beside:
        return [], []
    equal = _equal(connection, own, beside)
    again = _again(connection, own, beside, answers.filter(~pl.col("row_number").is_in(equal)))
    return equal, again


def _equal(connection: Connection, own: Slice, beside: list[int]) -> list[int]:
    columns = [column.name for column in own.extract.raw_columns if column.name != SEQUENCE]
    query = sql.SQL(EQUAL).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        own_columns=sql.SQL(", ").join(sql.Identifier("own", name) for name in columns),
        parent=_parent(own),
        target=own.table,
    )
    return [number for (number,) in connection.execute(query, {"beside": beside})]


def _again(connection: Connection, own: Slice, beside: list[int], answers: pl.DataFrame) -> list[int]:
    key = own.extract.key or ("row_number",)  # where a row counts as itself, no other replaces it
    query = sql.SQL(AGAIN).format(
        key=sql.SQL(", ").join(sql.Identifier("parent", name) for name in key),
        own_key=sql.SQL(", ").join(sql.Identifier("own", name) for name in key),
        is_keyed=sql.Literal(bool(own.extract.key)),
        parent=_parent(own),
        target=own.table,
    )
    facts = {
        "rows": answers["row_number"].to_list(),
        "deliveries": answers["answers_delivery_id"].to_list(),
        "answered": answers["answers_row"].to_list(),
        "source": own.source,
        "extract": own.extract.name,
        "beside": beside,
    }
    return [number for (number,) in connection.execute(query, facts)]


def _kept_answers(connection: Connection, own: Slice) -> pl.DataFrame:
    rows = connection.execute(
        "select row_number, answers_delivery_id, answers_row from restricted.row_answers where delivery_id = %s",
        (own.delivery_id,),
    ).fetchall()
    schema = {"row_number": pl.Int32, "answers_delivery_id": pl.Int64, "answers_row": pl.Int32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _quarantine(connection: Connection, own: Slice, again: list[int], layout: dict[str, Any]) -> None:
    words = sentence(ALREADY_CORRECTED)
    reason = {"column": "", "header": REASONS, "code": ALREADY_CORRECTED}
    connection.execute(
        sql.SQL(QUARANTINED).format(target=own.table),
        {
            "number": own.delivery_id,
            "again": again,
            "width": len(layout["headers"]),
            "positions": Jsonb(layout.get("positions") or {}),
            "reasons": Jsonb([{**reason, "message_zh": words.zh, "message_en": words.en}]),
        },
    )


def _remove(connection: Connection, own: Slice, numbers: list[int]) -> None:
    connection.execute(sql.SQL("delete from {} where row_number = any(%s)").format(own.table), (numbers,))


def _parent(own: Slice) -> sql.Identifier:
    return sql.Identifier("raw", raw_table(own.source, own.extract.name))
