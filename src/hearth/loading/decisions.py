"""What people decide: to release or to reject a held delivery.

A release for a closed month lets the delivery wait for the reopening. Every decision is kept in
`ops.delivery_decisions` with who and why, whether made here or on Airflow's page.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from hearth.contracts import county_source
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.keys import check_key
from hearth.language import said
from hearth.loading import registry
from hearth.loading.accepting import drop_kept_apart, let_kept_apart_count
from hearth.loading.additions import list_rejected, waits_for_list
from hearth.loading.history import airflow_run
from hearth.loading.outcome import Message, Status
from hearth.loading.settling import list_counts
from hearth.loading.waiting import dependent_on, is_closed, take_in_additions, waits
from hearth.settings import Settings
from hearth.texts import text

Connection = psycopg.Connection[Any]

HELD = (Status.HELD,)
KEPT_APART = (Status.HELD, Status.WAITING)
NOTHING = Message("", "")


@dataclass(frozen=True)
class Decided:
    """A delivery after a decision: what is needed to see which months it touches, and why it waits if it does."""

    delivery_id: int
    source: str
    extract: str
    month: str
    status: str
    waits_for: Message | None = None


@dataclass(frozen=True)
class Decision:
    """What a person decided on a delivery, and why."""

    decision: str
    decided_by: str
    reason: str

    @property
    def is_release(self) -> bool:
        """Whether the delivery counts."""
        return self.decision == "released"

    @property
    def decision_zh(self) -> str:
        """The same in Chinese."""
        return "放行" if self.is_release else "退回"


def decisions_on(connection: Connection, delivery_ids: Collection[int]) -> dict[int, Decision]:
    """The last decision on each of the deliveries that has one."""
    rows = connection.execute(
        """
        select distinct on (delivery_id) delivery_id, decision, decided_by, reason
        from ops.delivery_decisions where delivery_id = any(%s) order by delivery_id, decision_id desc
        """,
        (list(delivery_ids),),
    )
    return {delivery_id: Decision(*facts) for delivery_id, *facts in rows}


def release(settings: Settings, delivery_id: int, *, decided_by: str, reason: str) -> Decided:
    """Let a held delivery count, with the additions that waited for it; for a closed month: as soon as that is
    reopened; an addition: as soon as its list counts.

    Raises:
        UsageError: there is no such delivery, or it is not held.
        Busy: a load of its source is at work and does not finish.
    """
    with connect(settings, "loader", autocommit=True) as connection:
        check_key(settings, connection)
        source = _source_of(connection, delivery_id)
        with registry.source_lock(connection, source), registry.registration(connection):
            held = _held(connection, delivery_id)
            contract = county_source(source, settings.county_file)
            waits_for = _what_it_waits_for(connection, held)
            _record(connection, delivery_id, "released", decided_by, reason)
            if waits_for is not None:
                _let_wait(connection, held, waits_for)
            else:
                let_kept_apart_count(settings, connection, held, contract.extract(held["extract"]))
                take_in_additions(settings, connection, contract, delivery_id)
            status = Status.ACCEPTED if waits_for is None else Status.WAITING
            return Decided(delivery_id, source, held["extract"], held["month"], status, waits_for)


def reject(settings: Settings, delivery_id: int, *, decided_by: str, reason: str) -> Decided:
    """Refuse a held delivery for good, or one that waits, and what adds to it; their rows are removed.

    Raises:
        UsageError: there is no such delivery, or it neither is held nor waits.
        Busy: a load of its source is at work and does not finish.
    """
    with connect(settings, "loader", autocommit=True) as connection:
        source = _source_of(connection, delivery_id, KEPT_APART)
        with registry.source_lock(connection, source), registry.registration(connection):
            held = _held(connection, delivery_id, KEPT_APART)
            _refuse(connection, held, decided_by, reason)
            for addition in dependent_on(connection, delivery_id, KEPT_APART):
                _refuse(connection, addition, decided_by, reason, list_rejected(addition["adds_to"]))
            return Decided(delivery_id, source, held["extract"], held["month"], Status.REJECTED)


def _refuse(
    connection: Connection, delivery: dict[str, Any], decided_by: str, reason: str, words: Message = NOTHING
) -> None:
    number = delivery["delivery_id"]
    drop_kept_apart(connection, delivery)
    connection.execute(
        "update ops.deliveries set status = 'rejected', contract_digest = null,"
        " message = concat_ws(' ', message, nullif(%s, '')), message_zh = concat(message_zh, %s::text)"
        " where delivery_id = %s",
        (words.en, words.zh, number),
    )
    _record(connection, number, "rejected", decided_by, reason)


def _what_it_waits_for(connection: Connection, held: dict[str, Any]) -> Message | None:
    """Why a released delivery cannot count yet, in words; None where it can."""
    if is_closed(connection, held["month"]):
        return waits(held["month"])
    if held["is_addition"] and not list_counts(connection, held["adds_to"]):
        return waits_for_list(held["adds_to"])
    return None


def _let_wait(connection: Connection, held: dict[str, Any], words: Message) -> None:
    connection.execute(
        "update ops.deliveries set status = 'waiting', message = concat_ws(' ', message, %s::text),"
        " message_zh = concat(message_zh, %s::text) where delivery_id = %s",
        (words.en, words.zh, held["delivery_id"]),
    )


def _source_of(connection: Connection, delivery_id: int, statuses: Collection[str] = HELD) -> str:
    row = connection.execute(
        "select source, status from ops.deliveries where delivery_id = %s", (delivery_id,)
    ).fetchone()
    if row is None:
        raise UsageError(text("no_such_delivery", number=str(delivery_id)))
    if row[1] not in statuses:
        raise _not_held(connection, delivery_id)
    return str(row[0])


def _held(connection: Connection, delivery_id: int, statuses: Collection[str] = HELD) -> dict[str, Any]:
    """The delivery to decide on, locked; looked at again because somebody may have been quicker."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select * from ops.deliveries where delivery_id = %s and status = any(%s) for update",
            (delivery_id, list(statuses)),
        ).fetchone()
    if row is None:
        raise _not_held(connection, delivery_id)
    return row


def _not_held(connection: Connection, delivery_id: int) -> UsageError:
    if registry.outcome_of(connection, delivery_id).status == Status.WAITING:
        return UsageError(
            said(
                f"Delivery {delivery_id} is not held: it waits for the reopening of its month, or for its list.",
                f"第 {delivery_id} 号交付不在暂扣中：它等待所属月份重新开放，或等待所补充的名单。",
            )
        )
    earlier = decisions_on(connection, [delivery_id]).get(delivery_id)
    if earlier is not None:
        return UsageError(
            said(
                f"Delivery {delivery_id} was {earlier.decision} by {earlier.decided_by} already: {earlier.reason}",
                f"第 {delivery_id} 号交付已由 {earlier.decided_by} {earlier.decision_zh}：{earlier.reason}",
            )
        )
    return UsageError(
        said(
            f"Delivery {delivery_id} is not held; `hearth deliveries list --status held` shows which are.",
            f"第 {delivery_id} 号交付不在暂扣中；`hearth deliveries list --status held` 列出暂扣的交付。",
        )
    )


def _record(connection: Connection, delivery_id: int, decision: str, decided_by: str, reason: str) -> None:
    connection.execute(
        "insert into ops.delivery_decisions (delivery_id, decision, decided_by, reason, run_id)"
        " values (%s, %s, %s, %s, %s)",
        (delivery_id, decision, decided_by, reason, airflow_run()),
    )
