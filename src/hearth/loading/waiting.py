"""Files for a closed month: they wait with their rows kept apart, and are taken in by the first load after somebody
has reopened the month.

A file that waits counts for nothing, for no later month either. It was judged when it came; when it is taken in, only
what could not be known then is looked at again: whether the same bytes have been accepted in the meantime.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg.rows import dict_row

from hearth.contracts.model import Source
from hearth.loading import registry
from hearth.loading.accepting import drop_kept_apart, let_kept_apart_count
from hearth.loading.outcome import DeliveryOutcome, Message, Status
from hearth.settings import Settings

Connection = psycopg.Connection[Any]

FREED = """
    select * from ops.deliveries
    where
        status = 'waiting' and source = %(source)s
        and (%(months)s::text[] is null or month = any(%(months)s))
        and month not in (select month from ops.closed_months)
    order by month, delivery_id
"""


def is_closed(connection: Connection, month: str) -> bool:
    """Whether somebody has closed the month. Ask within the registration, which a closing waits for."""
    row = connection.execute("select exists (select from ops.closed_months where month = %s)", (month,)).fetchone()
    return bool(row and row[0])


def waits(month: str) -> Message:
    """What is said of a file for a closed month."""
    return Message(
        f"{month} 已封账：文件已读取并单独保存，暂不计入；重新开放该月后，下次载入时计入。",
        f"{month} is closed: the file was read and its rows are kept apart, they count for nothing until the month is "
        "reopened; the next load after that takes it in.",
    )


def was_taken_in(month: str) -> Message:
    """What is said of it afterwards."""
    return Message(f"曾等待 {month} 重新开放。", f"It waited for the reopening of {month}.")


def take_in(
    settings: Settings, connection: Connection, source: Source, months: Collection[str] | None = None
) -> list[DeliveryOutcome]:
    """Let the source's files count that waited for a month that is open now. The caller holds the source's lock."""
    with connection.cursor(row_factory=dict_row) as cursor:
        parameters = {"source": source.name, "months": None if months is None else list(months)}
        freed = cursor.execute(FREED, parameters).fetchall()
    return [_taken_in(settings, connection, source, delivery) for delivery in freed]


def _taken_in(settings: Settings, connection: Connection, source: Source, delivery: dict[str, Any]) -> DeliveryOutcome:
    number, month, extract = delivery["delivery_id"], delivery["month"], source.extract(delivery["extract"])
    with registry.registration(connection):
        twin = registry.accepted_twin(connection, source.name, extract.name, month, delivery["sha256"])
        if twin is not None and delivery["reading"] == 1:
            _set_aside(connection, delivery, twin)
        elif not is_closed(connection, month):
            before, after = waits(month), was_taken_in(month)
            let_kept_apart_count(
                settings,
                connection,
                delivery,
                extract,
                message=(delivery["message"] or "").replace(before.en, after.en),
                message_zh=(delivery["message_zh"] or "").replace(before.zh, after.zh),
            )
    return registry.outcome_of(connection, number)


def _set_aside(connection: Connection, delivery: dict[str, Any], twin: int) -> None:
    """The same bytes count already: what was kept apart of these goes."""
    drop_kept_apart(connection, delivery)
    number = delivery["delivery_id"]
    said = registry.twin_message(twin)
    connection.execute(
        "update ops.deliveries set status = %s, duplicate_of = %s, message = %s, message_zh = %s"
        " where delivery_id = %s",
        (Status.DUPLICATE, twin, f"{delivery['file_name']}: {said.en}", f"{delivery['file_name']}：{said.zh}", number),
    )
