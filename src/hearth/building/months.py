"""Months: how they are written, which inputs one rests on, and which are due."""

import hashlib
import json
from collections.abc import Collection
from datetime import date

import psycopg

from hearth.database.engine import connect
from hearth.errors import InputError
from hearth.language import said
from hearth.settings import Settings

INPUTS = """
    select source, extract, part, delivery_id, is_stale
    from ops.counting_deliveries(%(month)s)

    union

    select source, extract, part, delivery_id, null
    from ops.winning_deliveries(%(month)s)
    where (source, extract) in (
        ('registry', 'members'), ('registry', 'divisions'), ('medical_insurance', 'enrolments')
    )

    union

    select source, extract, part, delivery_id, null
    from generate_series(1, 2) as back
    cross join lateral ops.counting_deliveries((%(month)s - make_interval(months => back))::date)
    where source = 'civil_affairs' and extract = 'allowances'

    order by 1, 2, 3, 4, 5
"""

PARAMETERS = """
    select parameter, population_group, division_code, valid_from::text, valid_to::text, value
    from ops.rule_parameters
    where is_current
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
    inputs = connection.execute(INPUTS, {"month": first_day(month)}).fetchall()
    parameters = connection.execute(PARAMETERS).fetchall()
    decisions = connection.execute(DECISIONS, {"month": first_day(month)}).fetchone()
    digest = hashlib.sha256(json.dumps([inputs, parameters]).encode()).hexdigest()
    return with_decisions(digest, decisions[0] if decisions else None)


def with_decisions(inputs: str, decisions: str | None) -> str:
    """A fingerprint: the digest of deliveries and parameters, and behind it that of the decisions, where there are any.

    The decisions that a month met are known once it is built: `hearth.queueing.records.publish_queue` puts them there.
    """
    return inputs[:INPUTS_LENGTH] + (decisions or "")


def months_due(settings: Settings, months: Collection[str] | None = None) -> list[str]:
    """Months that have files and whose inputs differ from those of their last finished build, in order.

    A blocked month is due again only when something about it has changed.
    """
    with connect(settings, "transformer") as connection:
        finished = last_finished(connection)
        return [
            month
            for month in months_with_files(connection)
            if (months is None or month in months) and finished.get(month) != fingerprint(connection, month)
        ]


def months_with_files(connection: psycopg.Connection) -> list[str]:
    """Every month for which some department sent a file that was recognised, in order."""
    found = connection.execute(
        "select distinct month from ops.deliveries where month is not null and status <> 'unrecognised' order by month"
    )
    return [month for (month,) in found]


def never_loaded(month: str) -> InputError:
    """What to raise of a month for which nobody sent anything."""
    return InputError(
        said(
            f"No file of {month} was ever loaded; `hearth deliveries list` shows what came.",
            f"{month} 从未载入任何文件；收到的文件见 `hearth deliveries list`。",
        )
    )


def last_finished(connection: psycopg.Connection) -> dict[str, str]:
    """The fingerprint of each month's last build, where that was published or blocked.

    A month whose last build was cut off or failed, one that was forced say, is due although nothing else has changed.
    """
    return dict(
        connection.execute(
            """
            with newest as (
                select distinct on (month) to_char(month, 'YYYYMM') as month, fingerprint, status
                from ops.builds
                order by month, build_id desc
            )

            select month, fingerprint from newest where status in ('published', 'blocked')
            """
        ).fetchall()
    )
