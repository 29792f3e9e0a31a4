"""From arguments to an exit status: one clear line for whatever goes wrong, never a traceback."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from typer.exceptions import Abort, Exit, TyperException

from hearth.cli.app import app
from hearth.cli.context import Context
from hearth.cli.usage import refusal
from hearth.errors import DatabaseUnavailable, HearthError, InputError, ServiceFailed
from hearth.language import one_line, why_not
from hearth.texts import text

INTERRUPTED = 130
BROKEN_PIPE = 141
OUR_FAULT = 1
LITTLE_ROOM = 64_000_000
NO_FAULT_OF_OURS = (errno.EROFS, errno.ENOSPC, errno.EDQUOT)
NOT_ALLOWED = (errno.EACCES, errno.EPERM)


def main(args: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command and give its exit status (`hearth.errors.EXIT_CODES`).

    `environ` replaces the process's environment for the settings (`HEARTH_HOME` and the like).
    """
    context = Context(os.environ if environ is None else environ)
    arguments = list(sys.argv[1:] if args is None else args)
    try:
        status = app(arguments, prog_name="hearth", standalone_mode=False, obj=context)
        return status if isinstance(status, int) else 0
    except HearthError as error:
        return _said(*_refused(context, error))
    except Exit as ended:
        return ended.exit_code
    except TyperException as error:
        return _said(refusal(error), error.exit_code)
    except (KeyboardInterrupt, Abort):
        return _said(text("interrupted"), INTERRUPTED)
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):  # typer ends so where nobody reads on
            raise
        return BROKEN_PIPE
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - nobody reads on; keeps the interpreter quiet
        return BROKEN_PIPE
    except OSError as error:
        return _said(*_about_file(error))
    except Exception as error:  # noqa: BLE001 - the last resort
        return _said(*_unexpected(context, error))


def _said(message: str, status: int) -> int:
    if message:
        shown = "\n".join(map(one_line, message.split("\n")))
        print(f"hearth: {shown}", file=sys.stderr)
    return status


def _about_file(error: OSError) -> tuple[str, int]:
    """What a file or a disk refused, and the exit status: a disk that takes nothing, and a place that is not allowed to
    the account, are no fault of ours."""
    if error.filename and error.errno in NO_FAULT_OF_OURS:
        return text("not_written", place=error.filename, why=why_not(error)), InputError.exit_code
    if error.filename and error.errno in NOT_ALLOWED:
        return f"{error.filename}: {why_not(error)}", InputError.exit_code
    return (f"{error.filename}: " if error.filename else "") + why_not(error), OUR_FAULT


def _refused(context: Context, error: HearthError) -> tuple[str, int]:
    """What a person reads, and the exit status. A server that is gone may have filled its disk, and does not say so."""
    is_gone = isinstance(error, (DatabaseUnavailable, ServiceFailed))
    return str(error) + (_about_room(context) if is_gone else ""), error.exit_code


def _about_room(context: Context) -> str:
    try:
        settings = context.settings()
        free = shutil.disk_usage(settings.home).free
    except (HearthError, OSError):
        return ""
    if not settings.is_embedded or free > LITTLE_ROOM:
        return ""
    return " " + text("little_room", home=settings.home, megabytes=free // 1_000_000)


def _unexpected(context: Context, error: Exception) -> tuple[str, int]:
    """A database that went away is told as that; else note where it happened, without the message: that may quote a
    row."""
    from hearth.failures import kind, places
    from hearth.orchestration.transience import told

    passing = told(error)
    if isinstance(passing, HearthError):
        return _refused(context, passing)
    return _our_fault(context, kind(error), places(error)), OUR_FAULT


def _our_fault(context: Context, name: str, where: str) -> str:
    try:
        log = context.settings().logs_dir / "hearth-errors.log"
        with log.open("a", encoding="utf-8") as out:
            out.write(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {name}\n{where}\n")
    except (HearthError, OSError):
        return text("own_error", name=name)
    return text("own_error_at", name=name, log=log)
