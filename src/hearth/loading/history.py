"""Keeps what loads did in `ops.load_runs`, a row for each month that got something and one for a load that failed.

A load that finds nothing new leaves no row: six departments look every quarter of an hour. What a load had registered
when it was cut off stands in the row of the one that follows, and no file in two rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import psycopg

from hearth.database.engine import connect
from hearth.errors import DatabaseUnavailable, HearthError
from hearth.settings import Settings


@dataclass(frozen=True)
class Occasion:
    """Why a load takes place: as ever, or because somebody wants files read again (`since` is when they said so)."""

    kind: str = "load"
    reason: str | None = None
    since: datetime | None = None

    @property
    def again_before(self) -> datetime | None:
        """Files registered before this moment are read again; None where known files are passed over."""
        return self.since if self.kind == "reload" else None


AS_EVER = Occasion()


def airflow_run() -> str | None:
    """The flow and run of the Airflow task that this process is; None elsewhere."""
    flow, run = os.environ.get("AIRFLOW_CTX_DAG_ID"), os.environ.get("AIRFLOW_CTX_DAG_RUN_ID")
    return f"{flow} {run}" if flow and run else None


@contextmanager
def load_recorded(settings: Settings, source: str, occasion: Occasion = AS_EVER) -> Iterator[None]:
    """Note what the load within registered, or that it failed; a try that follows replaces the one before."""
    facts: dict[str, object] = {
        "source": source,
        "kind": occasion.kind,
        "reason": occasion.reason,
        "started_at": occasion.since or now(settings),
        "run_id": airflow_run(),
    }
    try:
        yield
    except Exception as error:
        facts["message"] = str(error) if isinstance(error, HearthError) else type(error).__name__
        with suppress(DatabaseUnavailable, psycopg.Error):
            _write(settings, _FAILED, facts)
        raise
    _write(settings, _DONE, facts)


def now(settings: Settings) -> datetime:
    """By the server's clock, which dates the deliveries."""
    with connect(settings) as connection:
        row = connection.execute("select now()").fetchone()
    assert row is not None
    return cast(datetime, row[0])


def _write(settings: Settings, statement: str, facts: dict[str, object]) -> None:
    with connect(settings) as connection:
        connection.execute("lock table ops.load_runs in share row exclusive mode")
        connection.execute(statement, facts)


_DONE = """
    insert into ops.load_runs (
        kind, source, month, started_at, outcome, accepted, held, rejected, other, reason, run_id
    )
    select
        %(kind)s, source, month, %(started_at)s, 'done',
        count(*) filter (where status = 'accepted'),
        count(*) filter (where status = 'held'),
        count(*) filter (where status = 'rejected'),
        count(*) filter (where status not in ('accepted', 'held', 'rejected')),
        %(reason)s, %(run_id)s
    from ops.deliveries
    where
        source = %(source)s and month is not null
        and registered_at > coalesce(
            (
                select max(earlier.ended_at)
                from ops.load_runs as earlier
                where
                    earlier.source = %(source)s and earlier.outcome = 'done'
                    and (earlier.kind, earlier.started_at) <> (%(kind)s, %(started_at)s)
            ),
            %(started_at)s - interval '1 day'
        )
    group by source, month
    on conflict on constraint load_runs_once do update set
        ended_at = now(), accepted = excluded.accepted, held = excluded.held, rejected = excluded.rejected,
        other = excluded.other
"""

_FAILED = """
    insert into ops.load_runs (kind, source, started_at, outcome, message, reason, run_id)
    values (%(kind)s, %(source)s, %(started_at)s, 'failed', %(message)s, %(reason)s, %(run_id)s)
    on conflict on constraint load_runs_once do update set ended_at = now(), message = excluded.message
"""
