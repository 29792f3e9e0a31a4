"""Months: how they are written, which inputs one rests on, which are due and which are closed."""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import psycopg

from hearth.building.shape import marts_shape
from hearth.clock import ZONE
from hearth.database.engine import connect
from hearth.errors import InputError, MonthClosed, UsageError
from hearth.language import said
from hearth.settings import Settings
from hearth.texts import words

Moment = datetime | Literal["infinity"]
"""What was accepted, agreed and decided up to here counts; `infinity` is now and whatever comes."""
NOW: Moment = "infinity"

INPUTS = """
    select source, extract, part, delivery_id, is_stale
    from ops.counting_deliveries(%(month)s, %(moment)s)

    union

    select source, extract, part, delivery_id, null
    from ops.winning_deliveries(%(month)s, %(moment)s)
    where
        (source, extract) in (('registry', 'members'), ('registry', 'divisions'))
        or (source, extract) = ('medical_insurance', 'enrolments')
        and month > to_char(%(month)s - interval '12 months', 'YYYYMM')

    union

    select source, extract, part, delivery_id, null
    from generate_series(1, 2) as back
    cross join lateral ops.counting_deliveries(
        (%(month)s - make_interval(months => back))::date, %(moment)s
    )
    where source = 'civil_affairs' and extract = 'allowances'

    order by 1, 2, 3, 4, 5
"""

PARAMETERS = """
    select parameter, population_group, division_code, valid_from::text, valid_to::text, value
    from ops.rule_parameters
    where (is_current or retired_at > %(moment)s) and loaded_at <= %(moment)s
    order by 1, 2, 3, 4
"""

DECISIONS = """
    select md5(string_agg(met.decision_id || met.decision, ',' order by met.decision_id))
    from (
        select distinct decisions.decision_id, decisions.decision
        from restricted.queue_decisions as decisions
        inner join restricted.queue_records as records using (source, extract, record_key)
        where records.month = %(month)s and decisions.revoked_at is null
    ) as met
"""
INPUTS_LENGTH = 64

CLOSED = "select month, closed_by, reason, closed_at, waiting_files from ops.closed_months"


@dataclass(frozen=True)
class Closing:
    """Who closed a month that is closed now, why and when; `waiting_files` wait for its reopening."""

    month: str
    closed_by: str
    reason: str
    closed_at: datetime
    waiting_files: int

    @property
    def words(self) -> tuple[str, str]:
        """That the month is closed, with day, person and reason, in English and in Chinese."""
        day = self.closed_at.astimezone(ZONE).date()
        return (
            f"{self.month} was closed on {day} by {self.closed_by}: {self.reason}",
            f"{self.month} 已于 {day} 由 {self.closed_by} 封账：{self.reason}",
        )

    @property
    def sentence(self) -> str:
        """The same in the language of the person spoken to."""
        return said(*self.words)


def first_day(month: str) -> date:
    """`202501` as a date.

    Raises:
        ValueError: not a month written YYYYMM.
    """
    if len(month) != 6 or not month.isdigit():
        raise ValueError(f"a month is written YYYYMM, not {month!r}")
    return date(int(month[:4]), int(month[4:]), 1)


def fingerprint(connection: psycopg.Connection, month: str) -> str:
    """What the month's fact rests on: the deliveries it uses, the parameters in force, and the decisions on records in
    doubt that it met when it was published.

    Two builds of equal fingerprint give equal facts, so a month whose fingerprint has not changed since it was
    published is not built again.
    """
    decisions = connection.execute(DECISIONS, {"month": first_day(month)}).fetchone()
    return with_decisions(inputs_digest(connection, month), decisions[0] if decisions else None)


def inputs_digest(connection: psycopg.Connection, month: str, moment: Moment = NOW) -> str:
    """The deliveries and parameters among what a month rests on, up to a moment, as a digest."""
    inputs = inputs_of(connection, month, moment)
    parameters = connection.execute(PARAMETERS, {"moment": moment}).fetchall()
    return hashlib.sha256(json.dumps([inputs, parameters]).encode()).hexdigest()


def with_decisions(inputs: str, decisions: str | None) -> str:
    """A fingerprint: the digest of deliveries and parameters, and behind it that of the decisions, where there are any.

    The decisions that a month met are known once it is built: `hearth.queueing.records.publish_queue` puts them there.
    """
    return inputs[:INPUTS_LENGTH] + (decisions or "")


def inputs_of(connection: psycopg.Connection, month: str, moment: Moment = NOW) -> list[tuple[Any, ...]]:
    """The deliveries the month's fact rests on: source, extract, part, delivery, and whether it is stale where it
    counts for the month itself."""
    return connection.execute(INPUTS, {"month": first_day(month), "moment": moment}).fetchall()


def closed_months(connection: psycopg.Connection) -> dict[str, Closing]:
    """The months that are closed now."""
    return {row[0]: Closing(*row) for row in connection.execute(CLOSED)}


def refuse_closed(connection: psycopg.Connection, month: str) -> None:
    """Let nothing change what a closed month has published.

    Raises:
        MonthClosed: the month is closed.
    """
    closing = closed_months(connection).get(month)
    if closing:
        raise MonthClosed(
            said(
                f"{closing.sentence}; it stays as it was published. `hearth month reopen {month} --reason …` opens it.",
                f"{closing.sentence}；已发布的结果保持不变。可用 `hearth month reopen {month} --reason …` 重新开放。",
            )
        )


def months_due(settings: Settings, months: Collection[str] | None = None) -> list[str]:
    """Months that have files and whose inputs differ from those of their last finished build, in order.

    A blocked month is due again only when something about it has changed; a closed one never is.
    """
    with connect(settings, "transformer") as connection:
        finished, closed = last_finished(connection), closed_months(connection)
        return [
            month
            for month in months_with_files(connection)
            if (months is None or month in months)
            and month not in closed
            and finished.get(month) != fingerprint(connection, month)
        ]


def months_with_files(connection: psycopg.Connection) -> list[str]:
    """Every month for which some department sent a file that was recognised, in order."""
    found = connection.execute(
        "select distinct month from ops.deliveries where month is not null and status <> 'unrecognised' order by month"
    )
    return [month for (month,) in found]


def require_loaded(connection: psycopg.Connection, month: str | None) -> str:
    """The month, refused where it is none, or one for which nobody sent anything.

    Raises:
        UsageError: it is not written YYYYMM.
        InputError: no file of the month was ever loaded.
    """
    if month is None or re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", month) is None:
        raise UsageError(words("no_month_key"))
    if month not in months_with_files(connection):
        raise never_loaded(month)
    return month


def never_loaded(month: str) -> InputError:
    """What to raise of a month for which nobody sent anything."""
    return InputError(
        said(
            f"No file of {month} was ever loaded; `hearth deliveries list` shows what came.",
            f"{month} 从未载入任何文件；收到的文件见 `hearth deliveries list`。",
        )
    )


def last_finished(connection: psycopg.Connection) -> dict[str, str]:
    """The fingerprint of each month's last build, where that was published in the marts' present shape, or blocked.

    A month whose last build was cut off or failed, one that was forced say, is due although nothing else has changed.
    """
    return dict(
        connection.execute(
            """
            with newest as (
                select distinct on (month) to_char(month, 'YYYYMM') as month, fingerprint, status, marts_shape
                from ops.builds
                order by month, build_id desc
            )

            select month, fingerprint from newest
            where status = 'blocked' or status = 'published' and marts_shape = %s
            """,
            (marts_shape(),),
        ).fetchall()
    )
