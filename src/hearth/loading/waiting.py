"""Files for a closed month: they wait with their rows kept apart, and are taken in by the first load after somebody
has reopened the month. So do additions to a list that is kept apart itself, until it counts.

A file that waits counts for nothing, for no later month either. It was judged when it came; when it is taken in, only
what could not be known then is looked at again: whether the same bytes have been accepted in the meantime, and whether
it lost rows beside a list that has begun to count since, as another one that waited may have.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from hearth.contracts.model import Extract, Source
from hearth.loading import registry
from hearth.loading.accepting import drop_kept_apart, let_kept_apart_count
from hearth.loading.additions import waits_for_list
from hearth.loading.checks import Previous, lost_rows
from hearth.loading.corrections import accepted_twin
from hearth.loading.outcome import DeliveryOutcome, Message, Status
from hearth.loading.settling import list_counts
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

DEPENDENT = """
    select additions.*
    from ops.deliveries as meant
    inner join ops.deliveries as lists using (source, extract, month, sha256)
    inner join ops.deliveries as additions on additions.adds_to = lists.delivery_id
    where meant.delivery_id = %s and additions.status = any(%s)
    order by additions.delivery_id
"""
"""What adds to a list, under whatever number it was read."""


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
    """Let the source's files count that waited for a month that is open now, or for a list that counts by now.

    The caller holds the source's lock.
    """
    parameters = {"source": source.name, "months": None if months is None else list(months)}
    return _all_taken_in(settings, connection, source, _rows(connection, FREED, parameters))


def take_in_additions(settings: Settings, connection: Connection, source: Source, adds_to: int) -> None:
    """Let what waited for a list count with it, which has just begun to. The caller holds the source's lock."""
    _all_taken_in(settings, connection, source, dependent_on(connection, adds_to, [Status.WAITING]))


def dependent_on(connection: Connection, number: int, statuses: Collection[str]) -> list[dict[str, Any]]:
    """The rows of `ops.deliveries` that add to a list, of these statuses."""
    return _rows(connection, DEPENDENT, (number, list(statuses)))


def _rows(connection: Connection, query: str, parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()


def _all_taken_in(
    settings: Settings, connection: Connection, source: Source, freed: list[dict[str, Any]]
) -> list[DeliveryOutcome]:
    """Lists come before what adds to them: their numbers are lower."""
    taken = [_taken_in(settings, connection, source, delivery) for delivery in freed]
    return [outcome for outcome in taken if outcome is not None]


def _taken_in(
    settings: Settings, connection: Connection, source: Source, delivery: dict[str, Any]
) -> DeliveryOutcome | None:
    """What became of it; None where it goes on waiting for its list."""
    number, month, extract = delivery["delivery_id"], delivery["month"], source.extract(delivery["extract"])
    with registry.registration(connection):
        twin = accepted_twin(connection, delivery, delivery["sha256"])
        if twin is not None and delivery["reading"] == 1:
            _set_aside(connection, delivery, twin)
        elif not is_closed(connection, month):
            if delivery["is_addition"] and not list_counts(connection, delivery["adds_to"]):
                _say_instead(connection, delivery, waits(month), waits_for_list(delivery["adds_to"]))
                return None
            lost = _lost_meanwhile(connection, delivery, extract)
            if lost is None:
                message, message_zh = _said_after(delivery)
                let_kept_apart_count(settings, connection, delivery, extract, message=message, message_zh=message_zh)
            else:
                _hold(connection, delivery, *lost)
    return registry.outcome_of(connection, number)


def _said_after(delivery: dict[str, Any]) -> tuple[str, str]:
    """Its message in English and in Chinese, once nothing waits any more."""
    en, zh, month = delivery["message"] or "", delivery["message_zh"] or "", delivery["month"]
    before, after = [waits(month)], was_taken_in(month)
    if delivery["is_addition"]:
        before.append(waits_for_list(delivery["adds_to"]))
        after = was_taken_in(month) if before[0].en in en else Message("", "")
    for words in before:
        en, zh = en.replace(words.en, after.en), zh.replace(words.zh, after.zh)
    return en.strip(), zh.strip()


def _say_instead(connection: Connection, delivery: dict[str, Any], before: Message, after: Message) -> None:
    connection.execute(
        "update ops.deliveries set message = replace(message, %s, %s), message_zh = replace(message_zh, %s, %s)"
        " where delivery_id = %s",
        (before.en, after.en, before.zh, after.zh, delivery["delivery_id"]),
    )


def _lost_meanwhile(
    connection: Connection, delivery: dict[str, Any], extract: Extract
) -> tuple[Previous, Message] | None:
    """The list that counts since the file was judged, where it lost rows beside that and nobody has released it."""
    figures = delivery["figures"]
    previous = registry.previous_delivery(
        connection, delivery["source"], extract.name, delivery["part"], delivery["month"]
    )
    if delivery["is_addition"] or previous is None or _was_released(connection, delivery["delivery_id"]):
        return None
    if previous.delivery_id == (figures.get("previous") or {}).get("delivery_id"):
        return None
    kept = figures["kept_apart"]
    lost = lost_rows(extract, kept["rows_loaded"] + kept["rows_quarantined"], previous)
    return (previous, lost) if lost else None


def _was_released(connection: Connection, number: int) -> bool:
    return bool(
        connection.execute(
            "select from ops.delivery_decisions where delivery_id = %s and decision = 'released' limit 1", (number,)
        ).rowcount
    )


def _hold(connection: Connection, delivery: dict[str, Any], previous: Previous, lost: Message) -> None:
    """What waited is held now, with the figures of the list it is held against."""
    message, message_zh = _said_after(delivery)
    connection.execute(
        "update ops.deliveries set status = 'held', message = %s, message_zh = %s, figures = figures || %s"
        " where delivery_id = %s",
        (
            f"{message} {lost.en}",
            f"{message_zh}{lost.zh}",
            Jsonb({"previous": asdict(previous)}),
            delivery["delivery_id"],
        ),
    )


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
