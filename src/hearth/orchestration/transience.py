"""Which failures pass by themselves: those of the database's connection and of the machine, not those of what it read.

Airflow tries the former again, later each time, and gives the latter to a person at once (`dag_parts.RETRIES`).
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import sqlalchemy.exc as sa

from hearth.errors import DatabaseUnavailable, HearthError, NoRoomToSort
from hearth.failures import FailedElsewhere, kind, places
from hearth.texts import text

LOST = (psycopg.OperationalError, psycopg.InterfaceError, sa.OperationalError, sa.InterfaceError)
"""Lost connections, a server that stops or starts, a full disk, deadlocks, locks given up on."""

TOLD_AS = {"53100": (DatabaseUnavailable, "database_full"), "53400": (NoRoomToSort, "over_limit")}
"""The error and its text for codes of the server: a full disk; sorts and joins that came to `temp_file_limit`."""
GONE = (DatabaseUnavailable, "database_gone")
"""Those of all others."""

STAYS = (FileNotFoundError, FileExistsError, PermissionError, NotADirectoryError, IsADirectoryError)
"""Failures of the operating system that nobody but a person mends."""


class StepFailed(RuntimeError):
    """A failure that nobody expected: what Airflow's log may hold of it."""


class Unreachable(StepFailed):
    """The operating system refused something that it may allow in a while: memory, disk, network."""


class NotificationFailed(HearthError):
    """No server took a notification."""


def told(error: Exception) -> Exception:
    """An unexpected failure as Airflow may log it, without what a library said of a row."""
    if any(isinstance(cause, LOST) for cause in _chain(error)):
        known = (TOLD_AS.get(getattr(cause, "sqlstate", None) or "") for cause in _chain(error))
        error_class, key = next(filter(None, known), GONE)
        return error_class(text(key, kind=kind(error)))
    where = f"{kind(error)}\n{places(error)}"
    return Unreachable(where) if is_passing(error) else StepFailed(where)


def is_passing(error: BaseException) -> bool:
    """Whether the machine may get over it."""
    return any(isinstance(cause, (OSError, MemoryError)) and not isinstance(cause, STAYS) for cause in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The failure and what it came from."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and not isinstance(link, FailedElsewhere):
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
