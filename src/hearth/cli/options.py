"""Options that several commands have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hearth.clock import ZONE
from hearth.errors import UsageError
from hearth.language import said
from hearth.texts import text as text_of

if TYPE_CHECKING:
    from hearth.contracts.model import Source

Landing = Annotated[
    Path | None,
    typer.Option("--landing", metavar="DIR", help="Folder with source/YYYYMM/file; the last one by default."),
]
Parameters = Annotated[
    Path | None, typer.Option("--parameters", metavar="FILE", help="The county's rule parameters (CSV).")
]
County = Annotated[
    Path | None, typer.Option("--county", metavar="FILE", help="The county's own numbers and aliases (TOML).")
]
Months = Annotated[
    str, typer.Option("--months", metavar="YYYYMM,…", help="Only these data months; all that are there by default.")
]
Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="owner, analyst, dashboard or caseworker.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

MONTH = re.compile(r"20\d{2}(0[1-9]|1[0-2])")


def months_of(text: str) -> list[str]:
    """The months in `202501,202502`, in order; none where nothing was given.

    Raises:
        UsageError: one of them is no month, or there are only commas.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    if text and not found:
        raise UsageError(
            said(
                f"{text!r} names no month; write 202501, or 202501,202502.",
                f"{text!r} 不是月份；请写 202501，或 202501,202502。",
            )
        )
    for part in found:
        if not MONTH.fullmatch(part):
            raise UsageError(
                said(
                    f"{part!r} is not a month; write 202501, or 202501,202502.",
                    f"{part!r} 不是月份；请写 202501，或 202501,202502。",
                )
            )
    return sorted(set(found))


def month_of(text: str) -> str:
    """The one month in the text.

    Raises:
        UsageError: it is no month, or there are several.
    """
    found = months_of(text)
    if len(found) != 1:
        raise UsageError(said("Give one month.", "请指定一个月份。"))
    return found[0]


def moment_of(text: str) -> datetime:
    """A day as its end in the county's time zone, but not later than now; a moment written to the second as it is.

    Raises:
        UsageError: it is neither `2025-03-01` nor `2025-03-01T18:00:00`, with or without an offset, or it lies in
            the future.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _exact_moment(text)
    now = datetime.now(ZONE)
    if day > now.date():
        raise UsageError(said(f"{text} has not come yet.", f"{text} 尚未到来。"))
    end = datetime.combine(day + timedelta(days=1), time(), ZONE) - timedelta(microseconds=1)
    return min(end, now)


def _exact_moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            said(
                f"{text!r} is no date; write 2025-03-01, or 2025-03-01T18:00:00.",
                f"{text!r} 不是日期；请写 2025-03-01，或 2025-03-01T18:00:00。",
            )
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def check_sources(names: Iterable[str], known: Iterable[Source]) -> None:
    """Refuse a department that is none of those known.

    Raises:
        UsageError: there is no such source, or the county's file does not switch it on.
    """
    from hearth.contracts import OPTIONAL

    sources = [source.name for source in known]
    unknown = sorted(set(names) - set(sources))
    switched_off = sorted({source.name for source in OPTIONAL}.intersection(unknown))
    if switched_off:
        raise UsageError(text_of("switched_off", source=switched_off[0]))
    if unknown:
        raise UsageError(text_of("no_such_source", unknown=", ".join(unknown), sources=", ".join(sources)))
