"""In which language a person is spoken to where there is room for one only."""

from __future__ import annotations

import os
from collections.abc import Mapping

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def speaks_chinese(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the locale of the environment is a Chinese one; the first variable that says anything decides."""
    return next(filter(None, (environ.get(name) for name in _LOCALE)), "").lower().startswith("zh")


def said(english: str | None, chinese: str | None) -> str:
    """The message in the language of the locale, in the other one where that is missing."""
    first, second = (chinese, english) if speaks_chinese() else (english, chinese)
    return first or second or ""
