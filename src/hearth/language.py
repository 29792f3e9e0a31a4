"""In which language a person is spoken to where there is room for one only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_ASKED: ContextVar[bool | None] = ContextVar("chinese_was_asked_for", default=None)


def speaks_chinese(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the locale of the environment is a Chinese one; the first variable that says anything decides."""
    return next(filter(None, (environ.get(name) for name in _LOCALE)), "").lower().startswith("zh")


@contextmanager
def speaking(*, chinese: bool) -> Iterator[None]:
    """Within it messages are in the language that was asked for, whatever the locale."""
    before = _ASKED.set(chinese)
    try:
        yield
    finally:
        _ASKED.reset(before)


def said(english: str | None, chinese: str | None) -> str:
    """The message in the language asked for (`speaking`) or else of the locale; in the other where that is missing."""
    asked = _ASKED.get()
    is_chinese = speaks_chinese() if asked is None else asked
    first, second = (chinese, english) if is_chinese else (english, chinese)
    return first or second or ""
