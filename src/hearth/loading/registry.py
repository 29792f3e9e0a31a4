"""The register of deliveries, `ops.deliveries`: what is known of a file, and the row that seals its fate."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from hearth.contracts.model import Extract
from hearth.database.bootstrap import LOCK
from hearth.errors import Busy, DatabaseUnavailable, NoRoomToSort
from hearth.loading.checks import Previous
from hearth.loading.discovery import Landed
from hearth.loading.outcome import DeliveryOutcome, Message, Status
from hearth.parsing.faults import sentence
from hearth.parsing.frame import Parsed
from hearth.reading.table import Table
from hearth.texts import text

WAIT_SECONDS = 300.0
PAUSE_SECONDS = 0.5
_OUTCOME = (
    "delivery_id",
    "source",
    "extract",
    "part",
    "month",
    "file_name",
    "status",
    "rows_read",
    "rows_loaded",
    "rows_quarantined",
    "rows_duplicate",
    "message",
    "message_zh",
)

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Known:
    """A file as it was registered."""

    sha256: str | None
    byte_count: int | None
    file_stamp: str | None
    contract_digest: str | None
    reading: int
    registered_at: datetime
    is_decided: bool
    outcome: DeliveryOutcome

    @property
    def is_refused_for_good(self) -> bool:
        """Whether a person has rejected it."""
        return self.is_decided and self.outcome.status == Status.REJECTED

    def still_stands(self, contract_digest: str) -> bool:
        """Whether reading the same bytes again would change nothing: only a rejection under another contract could,
        and not one by a person."""
        is_rejected = self.outcome.status == Status.REJECTED and not self.is_decided
        return not is_rejected or self.contract_digest in (None, contract_digest)

    def is_read_again(self, moment: datetime | None) -> bool:
        """Whether a reload asked for at that moment reads it anew; what waits for a person is left to them, and what
        one has rejected stays so."""
        is_done = self.outcome.status in (Status.ACCEPTED, Status.REJECTED) and not self.is_refused_for_good
        return moment is not None and is_done and self.registered_at < moment


@contextmanager
def source_lock(connection: Connection, source: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """One load of a source at a time. The server lets go when the connection ends, however it ends.

    Raises:
        Busy: another load of the source did not finish in time.
    """
    key = f"hearth load {source}"
    deadline = time.monotonic() + wait_seconds
    while not _value(connection, "select pg_try_advisory_lock(hashtextextended(%s, 0))", key):
        if time.monotonic() > deadline:
            raise Busy(text("load_busy", source=source))
        time.sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


@contextmanager
def answering(source: str) -> Iterator[None]:
    """A server that goes away, runs out of room or gives up on a lock is no fault of the file's.

    Raises:
        DatabaseUnavailable: in place of the driver's error, whose words may quote a row.
        NoRoomToSort: likewise, where room on the disk has to be made first.
    """
    try:
        yield
    except psycopg.errors.DiskFull:
        raise DatabaseUnavailable(text("disk_full", source=source)) from None
    except psycopg.errors.ConfigurationLimitExceeded:
        raise NoRoomToSort(text("over_limit")) from None
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(text("load_gave_up", source=source, sqlstate=error.sqlstate or "–")) from None


@contextmanager
def registration(connection: Connection) -> Iterator[None]:
    """The one transaction in which a delivery is sealed; a bootstrap does not change tables under it."""
    with connection.transaction():
        connection.execute(sql.SQL("select pg_advisory_xact_lock_shared({})").format(sql.SQL(LOCK)))
        yield


def known_files(connection: Connection, source: str | None) -> dict[str, list[Known]]:
    """What is registered of a source (of no source where None), by path."""
    columns = ", ".join(_OUTCOME)
    rows = connection.execute(
        "select relative_path, sha256, byte_count, file_stamp, contract_digest, reading, registered_at,"  # noqa: S608
        " exists (select from ops.delivery_decisions as made where made.delivery_id = deliveries.delivery_id),"
        f" {columns} from ops.deliveries"
        " where source is not distinct from %s order by delivery_id",
        (source,),
    )
    known = defaultdict(list)
    for path, sha256, byte_count, file_stamp, digest, reading, registered_at, is_decided, *cells in rows:
        outcome = DeliveryOutcome(**dict(zip(_OUTCOME, cells, strict=True)), is_new=False)
        known[path].append(Known(sha256, byte_count, file_stamp, digest, reading, registered_at, is_decided, outcome))
    return dict(known)


def next_delivery_id(connection: Connection) -> int:
    """A number for a new delivery; a number of a try that failed is not used again."""
    return int(_value(connection, "select nextval('ops.delivery_ids')"))


NEWEST_FIRST: LiteralString = """
    is_correction desc, name_date collate "C" desc nulls last, file_name collate "C" desc, delivery_id desc
"""
"""Of a part's files for one month the first counts (`ops.winning_deliveries`)."""


def twin_message(twin: int) -> Message:
    """What is said of a file whose bytes were accepted before."""
    return Message(
        f"内容与已接收的第 {twin} 号交付完全相同，未重复载入。",
        f"The bytes are those of delivery {twin}, which was accepted; nothing was loaded again.",
    )


def outcome_of(connection: Connection, delivery_id: int) -> DeliveryOutcome:
    """What has become of a registered file."""
    row = connection.execute(
        f"select {', '.join(_OUTCOME)} from ops.deliveries where delivery_id = %s".encode(),  # noqa: S608
        (delivery_id,),
    ).fetchone()
    assert row is not None
    return DeliveryOutcome(**dict(zip(_OUTCOME, row, strict=True)))


def previous_delivery(connection: Connection, source: str, extract: str, part: str, month: str) -> Previous | None:
    """The newest whole list of a part that was accepted up to a month, in the order in which deliveries count."""
    row = connection.execute(
        f"""
        select delivery_id, file_name, rows_loaded + rows_quarantined, month
        from ops.deliveries
        where status = 'accepted' and not is_addition and (source, extract, part) = (%s, %s, %s) and month <= %s
        order by month desc, {NEWEST_FIRST}
        limit 1
        """,  # noqa: S608
        (source, extract, part, month),
    ).fetchone()
    return Previous(*row) if row else None


def register(
    connection: Connection,
    file: Landed,
    status: str,
    *,
    delivery_id: int | None = None,
    message: Message | None = None,
    **facts: Any,
) -> DeliveryOutcome:
    """Write the row of a file and return what became of it. It takes the place of an earlier row of the path
    that was not read, or of the same bytes that were rejected under another contract, though not by a person."""
    name = file.name
    row: dict[str, Any] = {
        "delivery_id": delivery_id or next_delivery_id(connection),
        "source": file.source,
        "extract": name.extract.name if name else None,
        "part": name.part if name else "",
        "month": file.month,
        "file_name": file.file_name,
        "relative_path": file.relative_path,
        "status": status,
        "message": message.en if message else None,
        "message_zh": message.zh if message else None,
        "is_correction": bool(name and name.is_correction),
        "name_date": name.name_date if name else None,
        "data_date": file.data_date if file.month else None,
        **facts,
    }
    connection.execute(
        "delete from ops.deliveries where relative_path = %s"
        " and (sha256 is null or (sha256 = %s and status = 'rejected'))"
        " and not exists (select from ops.delivery_decisions as made where made.delivery_id = deliveries.delivery_id)",
        (file.relative_path, facts.get("sha256")),
    )
    connection.execute(
        sql.SQL("insert into ops.deliveries ({}) values ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
        ),
        {key: Jsonb(value) if isinstance(value, dict) else value for key, value in row.items()},
    )
    return DeliveryOutcome(**{key: row[key] for key in _OUTCOME if key in row})


def write_quarantine(connection: Connection, delivery_id: int, parsed: Parsed, extract: Extract) -> None:
    """Keep the faulty rows: their cells as delivered, in the file's order, and every reason."""
    if not parsed.quarantined.height:
        return
    reasons = _reasons_by_row(parsed.faults, extract)
    statement = "copy restricted.quarantine (delivery_id, row_number, cells, reasons) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row_number, *cells in parsed.quarantined.iter_rows():
            copy.write_row((delivery_id, row_number, _json(cells), _json(reasons[row_number])))


def write_top(connection: Connection, delivery_id: int, parsed: Parsed, table: Table) -> None:
    """Keep what stands above the rows, for the workbook that goes back: only where some rows do."""
    if parsed.quarantined.height:
        connection.execute(
            "insert into restricted.delivery_tops (delivery_id, cells, merged_cells) values (%s, %s, %s)",
            (delivery_id, _json(table.top), _json(table.top_merges)),
        )


def _reasons_by_row(faults: pl.DataFrame, extract: Extract) -> Mapping[int, list[dict[str, str]]]:
    reasons = defaultdict(list)
    columns = {column.name: column for column in extract.columns}
    for fault in faults.to_dicts():
        words = sentence(fault["code"], columns.get(fault["column"]))
        reasons[fault.pop("row_number")].append({**fault, "message_zh": words.zh, "message_en": words.en})
    return reasons


def _json(values: Iterable[Any]) -> str:
    return json.dumps(values, ensure_ascii=False).replace("\\u0000", "")


def _value(connection: Connection, query: str, *parameters: Any) -> Any:
    row = connection.execute(query, parameters or None).fetchone()
    return row[0] if row else None
