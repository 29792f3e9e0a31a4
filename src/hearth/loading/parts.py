"""Whether a new part of a list is another one under a new name: both would count, side by side.

Of each list a sample is kept, the least digests of its rows: two lists with half of their rows in common have some of
these in common. So of a county's hundred parts only those are read in which the new one's rows may be, and additions,
of which nobody takes a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from hearth.contracts.model import Extract, ExtractKind, Kind, raw_table
from hearth.language import Words
from hearth.loading.catalogue import HOLDS
from hearth.loading.outcome import Message, message

FEWEST_ROWS = 5
LARGEST_SHARE = 0.5
SAMPLED = 256
"""That two lists alike in half of the larger one's rows have none of so many in common has a chance of 1 in 10^45."""

Connection = psycopg.Connection[Any]

PERHAPS = """
    select delivery_id
    from ops.counting_deliveries(to_date(%(month)s, 'YYYYMM'))
    left join restricted.row_samples using (delivery_id)
    where
        (source, extract) = (%(source)s, %(extract)s) and part <> %(part)s
        and coalesce(told_by <> %(told_by)s or digests && %(sample)s::bigint[], true)
"""
"""Other parts that count and may hold the same rows. Additions have no sample, nor have lists of a Hearth before this
one; what one told rows by may be another column than today's."""


@dataclass(frozen=True)
class Twin:
    """A part that counts and holds the same rows; `same_rows` of the new part's."""

    part: str
    file_name: str
    same_rows: int


def sample_of(connection: Connection, source: str, extract: Extract, table: str) -> list[int]:
    """The least digests of the rows of a slice in `raw`; none of an extract whose parts are not compared."""
    if extract.kind is not ExtractKind.SNAPSHOT:
        return []
    query = sql.SQL("select distinct hash_record_extended(row({}), 0) as digest from raw.{} order by digest limit {}")
    names = _names(_telling(extract))
    found = connection.execute(query.format(names, sql.Identifier(table), sql.Literal(SAMPLED)))
    return [digest for (digest,) in found]


def keep_sample(connection: Connection, delivery_id: int, extract: Extract, sample: Sequence[int]) -> None:
    """Keep a list's sample for the parts that come after it."""
    if sample:
        connection.execute(
            "insert into restricted.row_samples (delivery_id, told_by, digests) values (%s, %s, %s)",
            (delivery_id, [*_telling(extract)], [*sample]),
        )


def same_rows_elsewhere(
    connection: Connection, source: str, extract: Extract, part: str, month: str, table: str, sample: Sequence[int]
) -> list[Message]:
    """Why a person must look at a part that was never there before and holds the rows of one that counts.

    `table` is the part's slice in `raw` and `sample` its sample; `month` is YYYYMM.
    """
    if not sample:
        return []
    others = connection.execute(
        PERHAPS,
        {
            "month": month,
            "source": source,
            "extract": extract.name,
            "part": part,
            "told_by": [*_telling(extract)],
            "sample": [*sample],
        },
    ).fetchall()
    twin = _twin(connection, source, extract, table, [number for (number,) in others]) if others else None
    return [] if twin is None else [_message(twin, part)]


def _twin(connection: Connection, source: str, extract: Extract, table: str, others: Sequence[int]) -> Twin | None:
    """The part with the most rows in common, where they are more than half of the larger one."""
    row = connection.execute(
        sql.SQL(
            """
            with here as (select distinct {names} from raw.{table}),
            there as (select distinct delivery_id, {names} from raw.{parent} where delivery_id in ({others})),
            compared as (
                select there.delivery_id, count(*) as rows, count(here.*) as same_rows
                from there left join here using ({names})
                group by there.delivery_id
            )
            select part, file_name, same_rows
            from compared inner join ops.deliveries using (delivery_id)
            where same_rows >= {fewest} and same_rows > {share} * greatest(rows, (select count(*) from here))
            order by same_rows desc, part
            limit 1
            """
        ).format(
            names=_names(_telling(extract)),
            table=sql.Identifier(table),
            parent=sql.Identifier(raw_table(source, extract.name)),
            others=sql.SQL(", ").join(map(sql.Literal, others)),
            fewest=sql.Literal(FEWEST_ROWS),
            share=sql.Literal(LARGEST_SHARE),
        )
    ).fetchone()
    return Twin(*row) if row else None


def _telling(extract: Extract) -> tuple[str, ...]:
    """The columns by which a row is the same one: the key, else who it speaks of."""
    personal = tuple(c.name for c in extract.columns if c.kind in (Kind.IDENTIFIER, Kind.NAME))
    return extract.key or personal or extract.names


def _names(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _message(twin: Twin, part: str) -> Message:
    here, there = (Words(name or "（无）", name or "(none)") for name in (part, twin.part))
    return message(HOLDS["same_rows"], rows=twin.same_rows, here=here, there=there, file=twin.file_name)
