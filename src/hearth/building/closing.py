"""Closing a month and reopening it: between the two nothing changes what the month has published.

A file for a closed month waits (`hearth.loading.waiting`), a build of it is refused, and it is never due, whatever
else its inputs become: a correction of an earlier month, another parameter. Who, when and why is kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from hearth.building.build import build_lock
from hearth.building.gone import gone_under, numbers_of, way_back
from hearth.building.months import (
    Closing,
    closed_months,
    fingerprint,
    months_with_files,
)
from hearth.building.shape import marts_shape
from hearth.building.trial import published_build
from hearth.database.bootstrap import LOCK
from hearth.database.engine import connect
from hearth.errors import BuildFailed, UsageError
from hearth.language import said
from hearth.settings import Settings

PUBLISHED = """
    select distinct on (month) to_char(month, 'YYYYMM'), household_count, finished_at, fingerprint, marts_shape
    from ops.builds
    where status = 'published'
    order by month, build_id desc
"""

LAST_DECISIONS = """
    select distinct on (month) month, action, decided_by, reason, decided_at
    from ops.month_closings
    order by month, closing_id desc
"""


@dataclass(frozen=True)
class Closed:
    """A month that was closed just now, and what whoever closed it should know."""

    month: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MonthStanding:
    """How a month stands: `state` is open, closed or reopened; the last three tell the decision, if there was one."""

    month: str
    state: str
    households: int | None
    published_at: datetime | None
    waiting_files: int
    is_changed: bool
    """Whether it would be built anew, was it open: its deliveries or parameters, or the shape of the marts,
    changed since it was published."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


def close_month(settings: Settings, month: str, *, decided_by: str, reason: str) -> Closed:
    """Close a published month: what it says stays until somebody reopens it.

    Raises:
        UsageError: it is closed already, or there is no reason.
        InputError: nothing was ever delivered for the month.
        BuildFailed: it is not published as its deliveries and parameters are now; it has to be built first.
        Busy: a build did not end in time.
    """
    _require_reason(reason)
    with build_lock(settings), connect(settings, "transformer") as connection:
        _let_nothing_be_registered(connection)
        closing = closed_months(connection).get(month)
        if closing:
            raise UsageError(said(f"{closing.sentence}; nothing was changed.", f"{closing.sentence}；未作改动。"))
        published_build(connection, month)
        _decide(connection, month, "closed", decided_by, reason)
        return Closed(month, tuple(_notes(connection, month)))


def reopen_month(settings: Settings, month: str, *, decided_by: str, reason: str) -> Closing:
    """Open a closed month again; gives how it had been closed, with the files that waited.

    The next load takes those in, and the month and the later ones that use them become due.

    Raises:
        UsageError: it is not closed, or there is no reason.
        BuildFailed: rows that it rests on were moved away; they have to come back first.
        Busy: a build did not end in time.
    """
    _require_reason(reason)
    with build_lock(settings), connect(settings, "transformer") as connection:
        _let_nothing_be_registered(connection)
        closing = closed_months(connection).get(month)
        if closing is None:
            raise UsageError(
                said(
                    f"{month} is not closed; `hearth month list` shows which are.",
                    f"{month} 没有封账；已封账的月份见 `hearth month list`。",
                )
            )
        _refuse_moved(connection, month)
        _decide(connection, month, "reopened", decided_by, reason)
        return closing


def month_standings(settings: Settings) -> list[MonthStanding]:
    """Every month that has files, in order."""
    with connect(settings, "transformer") as connection:
        decided = {row[0]: row[1:] for row in connection.execute(LAST_DECISIONS)}
        published = {row[0]: row[1:] for row in connection.execute(PUBLISHED)}
        waiting = _waiting(connection)
        return [
            _standing(connection, month, decided.get(month), published.get(month), waiting.get(month, 0))
            for month in months_with_files(connection)
        ]


def _standing(
    connection: psycopg.Connection,
    month: str,
    decision: tuple[Any, ...] | None,
    published: tuple[Any, ...] | None,
    waiting: int,
) -> MonthStanding:
    households, published_at, inputs, shape = published or (None, None, None, None)
    is_changed = published is not None and (inputs, shape) != (fingerprint(connection, month), marts_shape())
    action, *who_when_why = decision or ("open",)
    by, reason, at = who_when_why or (None, None, None)
    return MonthStanding(month, action, households, published_at, waiting, is_changed, by, at, reason)


def _waiting(connection: psycopg.Connection) -> dict[str, int]:
    return dict(
        connection.execute(
            "select month, count(*) from ops.deliveries where status = 'waiting' group by month"
        ).fetchall()
    )


def _refuse_moved(connection: psycopg.Connection, month: str) -> None:
    """What comes to an open month is held against rows that have to be there. What was dropped cannot come back before
    the month is open: its files are read anew, and their rows would wait."""
    moved = [one for one in gone_under(connection, month) if one.action == "moved"]
    if moved:
        numbers = numbers_of(moved)
        raise BuildFailed(
            said(
                f"{month} stays closed: the rows of {len(moved)} deliveries that it rests on were moved away "
                f"(delivery {numbers}). {way_back(moved)}",
                f"{month} 仍为封账：所依据的 {len(moved)} 个交付（第 {numbers} 号）的原始行已移出。{way_back(moved)}",
            )
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError(said("Give a reason with --reason.", "请用 --reason 写明理由。"))


def _let_nothing_be_registered(connection: psycopg.Connection) -> None:
    """No load seals a file until this transaction ends, so each file was before the decision or comes after it."""
    connection.execute(f"select pg_advisory_xact_lock({LOCK})".encode())


def _decide(connection: psycopg.Connection, month: str, action: str, decided_by: str, reason: str) -> None:
    connection.execute(
        "insert into ops.month_closings (month, action, decided_by, reason) values (%s, %s, %s, %s)",
        (month, action, decided_by, reason.strip()),
    )


def _notes(connection: psycopg.Connection, month: str) -> list[str]:
    """What may come to the month all the same, or is left undecided."""
    closed = closed_months(connection)
    earlier = [other for other in months_with_files(connection) if other < month and other not in closed]
    held = connection.execute(
        "select count(*) from ops.deliveries where status = 'held' and month = %s", (month,)
    ).fetchone()
    notes = []
    if earlier:
        english, chinese = ", ".join(earlier), "、".join(earlier)
        notes.append(
            said(
                f"still open before it: {english}. What comes to them may reach {month}, which stays as it is.",
                f"此前仍未封账的月份：{chinese}。这些月份的更正即使涉及 {month}，{month} 也保持不变。",
            )
        )
    if held and held[0]:
        notes.append(
            said(
                f"held and not decided on: {held[0]}. A file that is released now waits for the reopening.",
                f"尚有 {held[0]} 个暂扣文件未处理；此后放行的文件将等待重新开放。",
            )
        )
    return notes
