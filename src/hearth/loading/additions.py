"""Returned workbooks that come back corrected: their rows are added to their part, they replace nothing.

A file with the column 错误原因 is one. Each row says there which faulty row it corrects, `[1f2e3d4c-23]`: the first
eight characters of that file's digest and its row. That tells which whole list the file adds to, whatever the file is
called by now; where no row says so, the name does, as names do for whole lists.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import polars as pl
import psycopg
from psycopg import sql

from hearth.contracts.model import REASONS, SEQUENCE, Extract, raw_table
from hearth.loading.outcome import Message
from hearth.loading.slices import slice_table
from hearth.parsing.frame import Parsed
from hearth.reading.filename import FileName, unmarked_name
from hearth.reading.table import Table

DIGEST_LENGTH = 8
REFERENCE = rf"\[\s*([0-9a-f]{{{DIGEST_LENGTH}}})\s*-\s*(\d{{1,7}})\s*\]"
ALREADY_CORRECTED = "already_corrected"
NO_LIST_YET = "waits for the list it adds to"
"""In place of the contract's digest: such a file is read again by every load, until its list is there."""

Connection = psycopg.Connection[Any]


class Place(NamedTuple):
    """Where a file belongs: month is YYYYMM."""

    source: str
    extract: Extract
    part: str
    month: str


@dataclass(frozen=True)
class Addition:
    """What a returned workbook (`sha256`) adds to: the whole list's number, name and part.

    `answers` has row_number (of this file), answers_delivery_id and answers_row.
    """

    sha256: str
    adds_to: int
    file_name: str
    part: str
    answers: pl.DataFrame


@dataclass(frozen=True)
class NoAddition:
    """Why a returned workbook cannot be added to anything; `may_change` where a later load may find its list."""

    message: Message
    may_change: bool = False


def reference(sha256: str, row_number: int) -> str:
    """How a returned row names itself: `[1f2e3d4c-23]`."""
    return f"[{sha256[:DIGEST_LENGTH]}-{row_number}]"


def find_addition(
    connection: Connection, place: Place, name: FileName, file_name: str, sha256: str, table: Table
) -> Addition | NoAddition:
    """What a file with the column 错误原因 adds to, in the order: its rows' references, its name."""
    references = _references(table)
    known = _known(connection, place, references["digest"].unique().to_list())
    answers = references.join(known, on="digest", how="inner")
    months = sorted(set(answers["month"].to_list()) - {place.month})
    if months:
        return NoAddition(_other_month(months, place.month))
    wholes = sorted(set(answers["whole"].to_list()))
    if len(wholes) > 1:
        return NoAddition(_several_lists(wholes))
    whole = wholes[0] if wholes else _by_name(connection, place, name, file_name)
    if whole is None:
        return NoAddition(_no_list(), may_change=True)
    whole_name, part = _one(connection, "select file_name, part from ops.deliveries where delivery_id = %s", whole)
    said = answers.select("row_number", answers_delivery_id="delivery_id", answers_row="row")
    return Addition(sha256, whole, whole_name, part, said)


def settle(
    connection: Connection, place: Place, addition: Addition, delivery_id: int, parsed: Parsed, table: Table
) -> Parsed:
    """Judge the written slice's rows beside those that are there already, and remove from it what does not count.

    A row that is there, equal in every value, is an exact duplicate, as it would be within one file. A row that
    corrects what another addition corrected otherwise goes into quarantine, unless its key says which one counts.
    """
    own = slice_table(place.source, place.extract.name, delivery_id)
    target = sql.Identifier("raw", own)
    equal = _removed_equals(connection, place, addition, target)
    again = _removed_again(connection, place, addition, own)
    gone = [*equal, *again]
    if not gone:
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
    return replace(
        parsed,
        rows=parsed.rows.filter(~pl.col("row_number").is_in(gone)),
        rows_duplicate=parsed.rows_duplicate + len(equal),
        faults=pl.concat([parsed.faults, faults]).sort("row_number", maintain_order=True),
        quarantined=pl.concat([parsed.quarantined, refused]).sort("row_number"),
    )


def write_answers(connection: Connection, delivery_id: int, addition: Addition) -> None:
    """Keep which faulty row each row corrects."""
    statement = "copy restricted.row_answers (delivery_id, row_number, answers_delivery_id, answers_row) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in addition.answers.iter_rows():
            copy.write_row((delivery_id, *row))


def note(connection: Connection, addition: Addition, rows: int) -> Message:
    """What the sender of an addition should know: what it was added to, and whether that counts."""
    counts = _one(
        connection,
        "select count(*) from ops.winning_deliveries(date '9999-12-01') where delivery_id = %s",
        addition.adds_to,
    )
    said = Message(
        f"作为退回更正表，{rows} 行补充进第 {addition.adds_to} 号交付（{addition.file_name}）。",
        f"As a returned workbook, {rows} rows are added to delivery {addition.adds_to} ({addition.file_name}).",
    )
    if counts[0]:
        return said
    return Message(
        said.zh + "该交付目前未计入（已被后来的整份文件替代，或仍在待核），这些行随它一同计入或不计入。",
        f"{said.en} That delivery does not count now (a whole list replaced it, or it is held); these rows count when"
        " it does.",
    )


def unmarked_return(name: FileName, table: Table) -> list[Message]:
    """Why a person must look at a file that is named as a returned workbook and lacks its column: it would replace
    the whole list."""
    if not name.is_returned or table.reasons_position is not None:
        return []
    return [
        Message(
            f"文件名注明“退回”，但表中没有“{REASONS}”列。应为：退回表保留“{REASONS}”列，其行才会补充进原名单；"
            "没有这一列会替代整份名单。请保留该列重新报送；确实是整份名单的，可以放行。",
            f"The file's name says 退回, but there is no column {REASONS}. Expected: that column, by which the rows "
            "are added to their list; without it the file replaces the whole list. Send it again with the column; "
            "release it if it is the whole list.",
        )
    ]


def _references(table: Table) -> pl.DataFrame:
    """row_number, digest, row: what each row says it corrects; rows that say nothing are not there."""
    cells = pl.col(f"c{table.reasons_position}").map_elements(_folded, pl.String).str.extract_groups(REFERENCE)
    return (
        table.rows.select(pl.col("row_number").cast(pl.Int32), said=cells)
        .select("row_number", digest=pl.col("said").struct[0], row=pl.col("said").struct[1].cast(pl.Int32))
        .drop_nulls()
    )


def _folded(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).replace("【", "[").replace("】", "]").lower()


def _known(connection: Connection, place: Place, digests: list[str]) -> pl.DataFrame:
    """The deliveries of the extract that references mean: digest, delivery_id, whole, month."""
    rows = connection.execute(
        """
        select distinct on (month = %(month)s, left(sha256, %(length)s))
            left(sha256, %(length)s), delivery_id, coalesce(adds_to, delivery_id), month
        from ops.deliveries
        where
            (source, extract) = (%(source)s, %(extract)s)
            and status in ('accepted', 'held')
            and left(sha256, %(length)s) = any(%(digests)s)
        order by month = %(month)s, left(sha256, %(length)s), delivery_id desc
        """,
        {
            "source": place.source,
            "extract": place.extract.name,
            "month": place.month,
            "length": DIGEST_LENGTH,
            "digests": digests,
        },
    ).fetchall()
    here = [row for row in rows if row[3] == place.month]
    found = here + [row for row in rows if row[0] not in {known[0] for known in here}]
    schema = {"digest": pl.String, "delivery_id": pl.Int64, "whole": pl.Int64, "month": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _by_name(connection: Connection, place: Place, name: FileName, file_name: str) -> int | None:
    """The whole list of the part and month that the name follows upon; the first one where it precedes all."""
    rows = connection.execute(
        "select is_correction, coalesce(name_date, ''), file_name, delivery_id from ops.deliveries"
        " where status = 'accepted' and not is_addition and (source, extract, part, month) = (%s, %s, %s, %s)",
        (place.source, place.extract.name, place.part, place.month),
    ).fetchall()
    wholes = sorted((correction, day, unmarked_name(named), number) for correction, day, named, number in rows)
    own = (name.is_correction, name.name_date or "", unmarked_name(file_name))
    before = [whole for whole in wholes if whole[:3] <= own]
    return (before[-1] if before else wholes[0])[3] if wholes else None


def _removed_equals(connection: Connection, place: Place, addition: Addition, target: sql.Identifier) -> list[int]:
    columns = [column.name for column in place.extract.raw_columns if column.name != SEQUENCE]
    return _numbers(
        connection,
        sql.SQL(
            """
            with there as (
                select distinct row({columns})::text as cells
                from {parent}
                where delivery_id = any(%(beside)s)
            )
            delete from {target} using there
            where row({columns})::text = there.cells
            returning row_number
            """
        ).format(columns=_identifiers(columns), parent=_parent(place), target=target),
        {"beside": _beside(connection, addition)},
    )


def _removed_again(connection: Connection, place: Place, addition: Addition, own: str) -> list[int]:
    """Rows whose faulty row another accepted addition has corrected; those under the same key replace it."""
    key = place.extract.key or ("row_number",)  # where a row counts as itself, no other replaces it
    of_parent = sql.SQL(", ").join(sql.Identifier("parent", name) for name in key)
    return _numbers(
        connection,
        sql.SQL(
            """
            with
            said as (
                select * from unnest(%(rows)s::integer[], %(deliveries)s::bigint[], %(answered)s::integer[])
                as said (row_number, answers_delivery_id, answers_row)
            ),
            earlier as (
                select said.row_number, row({key}) as key
                from said
                inner join restricted.row_answers as answers using (answers_delivery_id, answers_row)
                inner join {parent} as parent
                    on parent.delivery_id = answers.delivery_id and parent.row_number = answers.row_number
                where parent.delivery_id = any(%(beside)s)
            )
            delete from {target} using earlier
            where {target}.row_number = earlier.row_number
                and (not {is_keyed} or (row({own_key}) = earlier.key) is not true)
            returning {target}.row_number
            """
        ).format(
            key=of_parent,
            own_key=sql.SQL(", ").join(sql.Identifier("raw", own, name) for name in key),
            is_keyed=sql.Literal(bool(place.extract.key)),
            parent=_parent(place),
            target=sql.Identifier("raw", own),
        ),
        {
            "rows": addition.answers["row_number"].to_list(),
            "deliveries": addition.answers["answers_delivery_id"].to_list(),
            "answered": addition.answers["answers_row"].to_list(),
            "beside": _beside(connection, addition),
        },
    )


def _numbers(connection: Connection, statement: sql.Composed, facts: dict[str, Any]) -> list[int]:
    with connection.transaction():
        return [row_number for (row_number,) in connection.execute(statement, facts)]


def _beside(connection: Connection, addition: Addition) -> list[int]:
    """The list and what was added to it so far; an earlier reading of the same file is not beside it."""
    rows = connection.execute(
        """
        select others.delivery_id
        from ops.deliveries as whole
        inner join ops.deliveries as others
            on others.status = 'accepted' and whole.delivery_id in (others.delivery_id, others.adds_to)
        where whole.delivery_id = %s and others.sha256 <> %s
        """,
        (addition.adds_to, addition.sha256),
    )
    return [number for (number,) in rows]


def _parent(place: Place) -> sql.Identifier:
    return sql.Identifier("raw", raw_table(place.source, place.extract.name))


def _identifiers(names: Any) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _one(connection: Connection, query: str, *parameters: Any) -> tuple[Any, ...]:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row


def _other_month(months: list[str], month: str) -> Message:
    shown = "、".join(months)
    return Message(
        f"退回表的行出自 {shown} 的交付，文件却在 {month} 的文件夹内。应为：放回原数据月份的文件夹。"
        f"请移到 {shown} 的文件夹后重新报送。",
        f"The rows of the returned workbook come from {', '.join(months)}, but it lies in the folder of {month}. "
        f"Expected: the folder of the rows' own month. Put it there.",
    )


def _several_lists(wholes: list[int]) -> Message:
    shown = "、".join(map(str, wholes))
    return Message(
        f"退回表的行出自几份名单（第 {shown} 号交付）。应为：一个退回表只更正一份名单。请按原来的退回表分开报送。",
        f"The rows of the returned workbook come from several lists (deliveries {', '.join(map(str, wholes))}). "
        "Expected: one returned workbook corrects one list. Send each one by itself.",
    )


def _no_list() -> Message:
    return Message(
        f"表中有“{REASONS}”列，应补充进已接收的名单，但该部分本月没有已接收的名单。"
        f"应为：先报送整份名单。请报送整份名单（不含“{REASONS}”列）；名单接收后本文件会自动再读。",
        f"The file has the column {REASONS}, so its rows are added to a list, but no list of this part was accepted "
        f"for the month. Expected: the whole list first. Send that (without the column {REASONS}); this file is "
        "read again by the next load.",
    )
