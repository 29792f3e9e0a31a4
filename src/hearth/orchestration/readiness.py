"""When a month can be built: every department has answered for it, or its deadline has passed.

The sources that only a county's file switches on are not waited for: what they delivered is among a month's inputs, so
that the month is announced again when it comes.

An answer is `delivered` (a file of that month was accepted, or is held or waits: no month waits for a person),
`nothing` (the landing folder was declared complete and held none) or `deadline` (silence until the deadline). A month
that is ready is announced once for each state of its inputs; a correction changes them and so announces the month, and
the later ones it touches, again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

import psycopg

from hearth.building.months import fingerprint, first_day, months_due, months_with_files
from hearth.contracts import SOURCES
from hearth.contracts.county import read_county_file
from hearth.database.engine import connect
from hearth.settings import Settings

LOCK = 4_871_201  # any number that nothing else locks
PATIENCE = timedelta(minutes=30)
"""How long a build may take to begin after its month was announced."""
Connection = psycopg.Connection[Any]


def months_ready(settings: Settings) -> list[str]:
    """The months that are answered for and whose inputs changed since they were built, in order."""
    with connect(settings) as connection:
        answered = answered_months(connection)
    return [month for month in months_due(settings) if month in answered]


def announce(settings: Settings, source: str, complete: Collection[str] = ()) -> list[str]:
    """Record what the department has answered, and give the months that are to be built now.

    `complete` are months for which the folder holds everything there will be: silence is an answer.
    """
    with _locked(settings) as connection:
        _record_delivered(connection, source)
        _record(connection, "nothing", [(month, source) for month in complete])
        return _announced(connection, settings)


def announce_late(settings: Settings, today: date) -> list[str]:
    """Answer for the departments that let the deadline pass, and give the months that are to be built now."""
    with _locked(settings) as connection:
        months = months_with_files(connection)
        _record(connection, "deadline", passed_deadlines(settings, months, today))
        return _announced(connection, settings)


def answered_months(connection: Connection) -> set[str]:
    """The months for which every department has answered."""
    names = [source.name for source in SOURCES]
    found = connection.execute(
        "select month from ops.month_readiness where source = any(%s) group by month having count(*) = %s",
        (names, len(names)),
    )
    return {month for (month,) in found}


def _locked(settings: Settings) -> Connection:
    """A transaction that only one announcer at a time is in."""
    connection = connect(settings)
    connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
    return connection


def _announced(connection: Connection, settings: Settings) -> list[str]:
    answered = answered_months(connection)
    return [month for month in months_due(settings) if month in answered and _is_news(connection, month)]


def _is_news(connection: Connection, month: str) -> bool:
    """Whether the month was not announced with these inputs yet; notes that it is now.

    An announcement that no build followed was lost between this note and Airflow, and is made again.
    """
    noted = connection.execute(
        """
        insert into ops.instance_facts (name, value) values (%(name)s, %(inputs)s)
        on conflict (name) do update set value = excluded.value, set_at = now()
        where
            instance_facts.value <> excluded.value
            or (
                instance_facts.set_at < now() - %(patience)s
                and not exists (
                    select 1 from ops.builds where month = %(month)s and started_at >= instance_facts.set_at
                )
            )
        returning name
        """,
        {
            "name": f"announced {month}",
            "inputs": fingerprint(connection, month),
            "month": first_day(month),
            "patience": PATIENCE,
        },
    )
    return noted.fetchone() is not None


def _record_delivered(connection: Connection, source: str) -> None:
    connection.execute(
        """
        insert into ops.month_readiness (month, source, answer)
        select distinct month, source, 'delivered' from ops.deliveries
        where status in ('accepted', 'held', 'waiting') and source = %s
        on conflict (month, source) do update set answer = excluded.answer, answered_at = now()
        where month_readiness.answer <> excluded.answer
        """,
        (source,),
    )


def _record(connection: Connection, answer: str, whose: Sequence[tuple[str, str]]) -> None:
    statement = """
        insert into ops.month_readiness (month, source, answer) values (%s, %s, %s)
        on conflict (month, source) do nothing
    """
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(month, source, answer) for month, source in whose])


def passed_deadlines(settings: Settings, months: Collection[str], today: date) -> list[tuple[str, str]]:
    """The months and departments whose deadline has passed, whether they delivered or not."""
    days = deadline_days(settings)
    return [(month, name) for month in months for name, day in days.items() if deadline(month, day) < today]


def deadline_days(settings: Settings) -> dict[str, int]:
    """Each department's last day, in the month after the data month: the county's file says which, else the setting."""
    said = read_county_file(settings.county_file).deadlines if settings.county_file else {}
    return {source.name: said.get(source.name, settings.deadline_day) for source in SOURCES}


def deadline(month: str, day: int) -> date:
    """That day of the month after `month`."""
    year, number = int(month[:4]), int(month[4:])
    return date(year + number // 12, number % 12 + 1, day)
