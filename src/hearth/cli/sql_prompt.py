"""A SQL prompt: psql from the wheel or the machine, else a small one of our own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence

import psycopg

from hearth.database.binaries import psql_program
from hearth.database.engine import connect, program_environment
from hearth.errors import UsageError
from hearth.language import said
from hearth.settings import Settings


def open_prompt(settings: Settings, role: str, commands: Sequence[str], arguments: Sequence[str]) -> int:
    """Let a person, or a script on standard input, talk to the warehouse; gives the exit status."""
    psql = psql_program()
    if psql is not None:
        connect(settings, role).close()  # says clearly what is wrong, before psql does
        given = [*(f"--command={command}" for command in commands), *arguments]
        return subprocess.run([str(psql), *given], env=program_environment(settings, role), check=False).returncode
    if arguments:
        raise UsageError(
            said(
                "There is no psql on this machine, so its options are not available; use --command.",
                "本机没有 psql，因此不能使用其选项；请用 --command。",
            )
        )
    with connect(settings, role, autocommit=True) as connection:
        statuses = [_answer(connection, text) for text in commands or _statements()]
    return statuses[-1] if commands else max(statuses, default=0)


def _statements() -> Iterator[str]:
    """Statements from standard input, each ended by a semicolon at the end of a line."""
    waiting = ""
    while True:
        if sys.stdin.isatty():
            print("hearth> " if not waiting else "   ...> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line or line.strip() in ("\\q", "exit", "quit"):
            break
        waiting += line
        if waiting.rstrip().endswith(";"):
            yield waiting
            waiting = ""
    if waiting.strip():
        yield waiting


def _answer(connection: psycopg.Connection, statement: str) -> int:
    try:
        cursor = connection.execute(statement.encode())
    except psycopg.Error as error:
        print(error.diag.message_primary or type(error).__name__, file=sys.stderr)
        return 1
    if cursor.description:
        print("\t".join(column.name for column in cursor.description))
        for row in cursor:
            print("\t".join("" if value is None else str(value) for value in row))
    return 0
