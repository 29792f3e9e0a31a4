"""Options that several commands have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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


def check_sources(names: Iterable[str], known: Iterable[Source]) -> None:
    """Refuse a department that is none of those known.

    Raises:
        UsageError: there is no such source.
    """
    sources = [source.name for source in known]
    unknown = sorted(set(names) - set(sources))
    if unknown:
        raise UsageError(text_of("no_such_source", unknown=", ".join(unknown), sources=", ".join(sources)))
