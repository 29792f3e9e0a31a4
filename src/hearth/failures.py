"""Telling where an unexpected failure happened without telling what was in the row.

Messages of drivers and libraries quote cells (`invalid input syntax …: "…"`, `Key (…)=(…) already exists`), and logs
hold no personal data: only the kind of failure and the places in the code are kept.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class FailedElsewhere(RuntimeError):
    """An unexpected failure in another process of ours: its kind, and where it happened."""


def told_elsewhere(error: BaseException) -> FailedElsewhere:
    """A failure as it may pass to another process, whose log is to name the places."""
    return FailedElsewhere(kind(error), places(error))


def places(error: BaseException) -> str:
    """The frames of a failure and of its causes, a line each: file, line, function."""
    if isinstance(error, FailedElsewhere):
        return " in another process, {}\n{}".format(*error.args)
    frames = traceback.extract_tb(error.__traceback__)
    own = "\n".join(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    cause = error.__cause__ or error.__context__
    return f"{own}\n because of {kind(cause)}\n{places(cause)}" if cause else own


def trail(error: BaseException) -> str:
    """The frames of a failure in one line, the innermost first: file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))


def is_failure(error: BaseException) -> bool:
    """Whether an exception is one of code, and no interrupt. Libraries written in Rust panic with an exception of their
    own, which is no `Exception`."""
    return isinstance(error, Exception) or kind(error) == "PanicException"


def kind(error: BaseException) -> str:
    """The failure's class, with the server's code where it is the database's."""
    code = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
