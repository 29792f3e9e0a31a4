"""Tables on the terminal, all of one look."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table


def table(title: str, left: Iterable[str], right: Iterable[str] = (), after: Iterable[str] = ()) -> Table:
    """An empty table: columns of words, of numbers, and of words again; where there is no room, words are folded."""
    made = Table(
        title=title, title_justify="left", caption_justify="left",
        box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False,
    )  # fmt: skip
    for name in left:
        made.add_column(name, overflow="fold")
    for name in right:
        made.add_column(name, justify="right", no_wrap=True)
    for name in after:
        made.add_column(name, overflow="fold")
    return made


def count(number: int | None) -> str:
    """A number with separators, a dash where there is none."""
    return "–" if number is None else f"{number:,}"


def share(part: float | None, *, signed: bool = False) -> str:
    """A share as per cent, or a difference of shares as points."""
    if part is None:
        return "–"
    return f"{part * 100:+.1f}" if signed else f"{part:.1%}"
