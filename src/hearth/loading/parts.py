"""Whether a new part of a list is another one under a new name: both would count, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from hearth.contracts.model import Extract, ExtractKind, Kind
from hearth.language import Words
from hearth.loading.catalogue import HOLDS
from hearth.loading.outcome import Message, message

FEWEST_ROWS = 5
LARGEST_SHARE = 0.5

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Twin:
    """A part that counts and holds the same rows; `same_rows` of the new part's."""

    part: str
    file_name: str
    same_rows: int


def same_rows_elsewhere(
    connection: Connection, source: str, extract: Extract, part: str, month: str, table: str
) -> list[Message]:
    """Why a person must look at a part that was never there before and holds the rows of one that counts.

    `table` is the part's slice in `raw`; `month` is YYYYMM.
    """
    if extract.kind is not ExtractKind.SNAPSHOT:
        return []
    twin = _twin(connection, source, extract, part, month, table)
    return [] if twin is None else [_message(twin, part)]


def _twin(connection: Connection, source: str, extract: Extract, part: str, month: str, table: str) -> Twin | None:
    """The part with the most rows in common, where they are more than half of the larger one."""
    names = sql.SQL(", ").join(map(sql.Identifier, _telling(extract)))
    row = connection.execute(
        sql.SQL(
            """
            with others as (
                select part, delivery_id, file_name
                from ops.counting_deliveries(to_date(%(month)s, 'YYYYMM'))
                where (source, extract) = (%(source)s, %(extract)s) and part <> %(part)s
            ),
            here as (select distinct {names} from raw.{table}),
            there as (
                select distinct others.part, others.file_name, {names}
                from raw.{parent} inner join others using (delivery_id)
            ),
            compared as (
                select there.part, there.file_name, count(*) as rows, count(here.*) as same_rows
                from there left join here using ({names})
                group by there.part, there.file_name
            )
            select part, file_name, same_rows
            from compared
            where same_rows >= %(fewest)s and same_rows > %(share)s * greatest(rows, (select count(*) from here))
            order by same_rows desc, part
            limit 1
            """
        ).format(names=names, table=sql.Identifier(table), parent=sql.Identifier(f"{source}__{extract.name}")),
        {
            "month": month,
            "source": source,
            "extract": extract.name,
            "part": part,
            "fewest": FEWEST_ROWS,
            "share": LARGEST_SHARE,
        },
    ).fetchone()
    return Twin(*row) if row else None


def _telling(extract: Extract) -> tuple[str, ...]:
    """The columns by which a row is the same one: the key, else who it speaks of."""
    personal = tuple(c.name for c in extract.columns if c.kind in (Kind.IDENTIFIER, Kind.NAME))
    return extract.key or personal or extract.names


def _message(twin: Twin, part: str) -> Message:
    here, there = (Words(name or "（无）", name or "(none)") for name in (part, twin.part))
    return message(HOLDS["same_rows"], rows=twin.same_rows, here=here, there=there, file=twin.file_name)
