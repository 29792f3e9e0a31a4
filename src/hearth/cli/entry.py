"""From arguments to an exit status: one clear line for whatever goes wrong, never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from typer.exceptions import Abort, Exit, TyperException

from hearth.cli.app import app
from hearth.cli.context import Context
from hearth.cli.usage import refusal
from hearth.errors import HearthError
from hearth.language import one_line, why_not
from hearth.texts import text

INTERRUPTED = 130
BROKEN_PIPE = 141
OUR_FAULT = 1


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
        return _said(str(error), error.exit_code)
    except Exit as ended:
        return ended.exit_code
    except TyperException as error:
        return _said(refusal(error), error.exit_code)
    except (KeyboardInterrupt, Abort):
        return _said(text("interrupted"), INTERRUPTED)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - nobody reads on; keeps the interpreter quiet
        return BROKEN_PIPE
    except OSError as error:
        return _said(_about_file(error), OUR_FAULT)
    except Exception as error:  # noqa: BLE001 - the last resort
        return _said(_unexpected(context, error), OUR_FAULT)


def _said(message: str, status: int) -> int:
    if message:
        shown = "\n".join(map(one_line, message.split("\n")))
        print(f"hearth: {shown}", file=sys.stderr)
    return status


def _about_file(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{why_not(error)}"


def _unexpected(context: Context, error: Exception) -> str:
    """Note where it happened, without the message: that may quote a row."""
    from hearth.failures import kind, places

    name = kind(error)
    try:
        log = context.settings().logs_dir / "hearth-errors.log"
        with log.open("a", encoding="utf-8") as out:
            out.write(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {name}\n{places(error)}\n")
    except (HearthError, OSError):
        return text("own_error", name=name)
    return text("own_error_at", name=name, log=log)
