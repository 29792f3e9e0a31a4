"""Errors that are meant to be read by a person, each kind with its exit code.

`hearth` prints the message of a `HearthError` as one line on standard error and ends with its
`exit_code`; every other exception is a bug of ours. Messages never hold a name, an ID number, a
phone number or a password.
"""

from __future__ import annotations

from hearth.language import Words, said


class HearthError(Exception):
    """Base of all expected failures; a message in both languages is told in the one of whoever reads it."""

    exit_code = 1

    def __init__(self, message: str | Words = "") -> None:
        super().__init__(message)
        self.words = message if isinstance(message, Words) else Words(message, message)

    def __str__(self) -> str:
        return said(self.words.en, self.words.zh)


class UsageError(HearthError):
    """The command was called in a way that makes no sense."""

    exit_code = 2


class InputError(HearthError):
    """The landing folder, the parameter file or the county's own file is missing or faulty, or a month has no data."""

    exit_code = 3


class DatabaseUnavailable(HearthError):
    """No warehouse answers (not started, not reachable, the password is refused), or it has no room for its work."""

    exit_code = 4


class NoRoomToSort(DatabaseUnavailable):
    """Sorts and joins came to what the database allows a process on the disk: it comes there again until somebody has
    made room."""


class BuildFailed(HearthError):
    """A month could not be published: its build failed or its gate blocked it. Or it has changed since it was."""

    exit_code = 5


class MonthClosed(BuildFailed):
    """A closed month would be changed: somebody has to reopen it first."""


class Busy(HearthError):
    """Another command of the same instance holds the lock and did not let go in time."""

    exit_code = 6


class Overtaken(Busy):
    """Another build has replaced this one: what is left of it must not be tried again."""


class NotAllowed(HearthError):
    """The role may not see what was asked for."""

    exit_code = 8


class ServiceFailed(HearthError):
    """A process of the instance (database server, Airflow) did not start or stopped answering."""

    exit_code = 7


EXIT_CODES: dict[int, str] = {
    0: "done; with run and build: every month is published",
    1: "an error of Hearth's own; details are in the instance's logs",
    2: "wrong usage: unknown option, missing argument, impossible value",
    3: "faulty input: landing folder, parameter file or county file, a month without data, a folder not to be written",
    4: "the database is not available",
    5: "a month is closed or blocked by its gate, its build failed, or it has changed since it was published",
    6: "another command of this instance is at work",
    7: "a service of the instance (database server, Airflow) does not run as it should",
    8: "the role may not see what was asked for",
    130: "interrupted",
}
"""What each exit status of `hearth` means; shown by `hearth --help`."""
