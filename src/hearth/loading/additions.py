"""Returned workbooks that come back corrected: their rows are added to their part, they replace nothing.

A file with the column 错误原因 is one. Each row says there which faulty row it corrects, `[1f2e3d4c-23]`: the first
eight characters of that file's digest and its row. That tells which whole list the file adds to, whatever the file is
called by now; where no row says so, the name does, as names do for whole lists.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl
import psycopg

from hearth.contracts.model import REASONS, Extract
from hearth.language import Listed
from hearth.loading.catalogue import HOLDS, RETURNS_NOTED, RETURNS_REFUSED
from hearth.loading.outcome import Message, message
from hearth.loading.settling import list_counts
from hearth.reading.filename import FileName, unmarked_name
from hearth.reading.table import Table

DIGEST_LENGTH = 8
REFERENCE = rf"\[\s*([0-9a-f]{{{DIGEST_LENGTH}}})\s*-\s*(\d{{1,7}})\s*\]"
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

    `answers` has row_number (of this file), answers_delivery_id and answers_row; `rows_unnamed` rows say nothing there.
    """

    sha256: str
    adds_to: int
    file_name: str
    part: str
    answers: pl.DataFrame
    rows_unnamed: int


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
        return NoAddition(message(RETURNS_REFUSED["other_months_rows"], months=Listed(months), month=place.month))
    wholes = sorted(set(answers["whole"].to_list()))
    if len(wholes) > 1:
        return NoAddition(message(RETURNS_REFUSED["rows_of_several_lists"], lists=Listed(map(str, wholes))))
    whole = wholes[0] if wholes else _by_name(connection, place, name, file_name)
    if whole is None:
        return NoAddition(message(RETURNS_REFUSED["no_list_yet"], column=REASONS), may_change=True)
    whole_name, part = _one(connection, "select file_name, part from ops.deliveries where delivery_id = %s", whole)
    said = answers.select("row_number", answers_delivery_id="delivery_id", answers_row="row")
    return Addition(sha256, whole, whole_name, part, said, table.rows.height - said.height)


def write_answers(connection: Connection, delivery_id: int, addition: Addition) -> None:
    """Keep which faulty row each row corrects."""
    statement = "copy restricted.row_answers (delivery_id, row_number, answers_delivery_id, answers_row) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in addition.answers.iter_rows():
            copy.write_row((delivery_id, *row))


def notes(connection: Connection, addition: Addition) -> list[Message]:
    """What the sender of an addition should know: what it was added to, whether that counts, which rows say nothing."""
    number = str(addition.adds_to)
    found = [message(RETURNS_NOTED["added"], number=number, file=addition.file_name)]
    if list_counts(connection, addition.adds_to) and not _wins(connection, addition.adds_to):
        found.append(message(RETURNS_NOTED["list_replaced"], number=number))
    if addition.rows_unnamed:
        found.append(message(RETURNS_NOTED["rows_unnamed"], rows=addition.rows_unnamed, column=REASONS))
    return found


def waits_for_list(adds_to: int) -> Message:
    """What is said of an addition whose list is held or waits itself."""
    return message(RETURNS_NOTED["list_kept_apart"], number=str(adds_to))


def list_rejected(adds_to: int) -> Message:
    """What is said of an addition whose list was rejected by a person."""
    return message(RETURNS_REFUSED["list_rejected"], number=str(adds_to))


def unmarked_return(name: FileName, table: Table) -> list[Message]:
    """Why a person must look at a file that is named as a returned workbook and lacks its column: it would replace
    the whole list."""
    if not name.is_returned or table.reasons_position is not None:
        return []
    return [message(HOLDS["returned_without_reasons"], column=REASONS)]


def _wins(connection: Connection, adds_to: int) -> bool:
    """Whether the list counts under whatever number: no other has taken its place."""
    row = connection.execute(
        """
        select exists (
            select
            from ops.winning_deliveries(date '9999-12-01') as winning
            inner join ops.deliveries as lists using (delivery_id)
            inner join ops.deliveries as meant on meant.sha256 = lists.sha256
            where
                meant.delivery_id = %s
                and (lists.source, lists.extract, lists.month) = (meant.source, meant.extract, meant.month)
        )
        """,
        (adds_to,),
    ).fetchone()
    return bool(row and row[0])


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
            and status in ('accepted', 'held', 'waiting')
            and left(sha256, %(length)s) = any(%(digests)s)
        order by month = %(month)s, left(sha256, %(length)s), status = 'accepted' desc, delivery_id desc
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
    """The whole list of the part and month that the name follows upon; the first one where it precedes all.

    Lists that are kept apart are asked only where none is accepted.
    """
    rows = connection.execute(
        "select is_correction, coalesce(name_date, ''), file_name, delivery_id, status = 'accepted' from ops.deliveries"
        " where status in ('accepted', 'held', 'waiting') and not is_addition"
        " and (source, extract, part, month) = (%s, %s, %s, %s)",
        (place.source, place.extract.name, place.part, place.month),
    ).fetchall()
    accepted = [row for row in rows if row[4]]
    wholes = sorted(
        (correction, day, unmarked_name(named), number) for correction, day, named, number, _ in accepted or rows
    )
    own = (name.is_correction, name.name_date or "", unmarked_name(file_name))
    before = [whole for whole in wholes if whole[:3] <= own]
    return (before[-1] if before else wholes[0])[3] if wholes else None


def _one(connection: Connection, query: str, *parameters: Any) -> tuple[Any, ...]:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row
