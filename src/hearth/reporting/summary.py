"""The summary at the end of `hearth run`, as tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hearth.reporting import tables
from hearth.reporting.figures import Figures
from hearth.reporting.tables import count, share
from hearth.texts import level_word, status_word, text

ATTENTION_SHOWN = 20


def print_summary(console: Console, found: Figures) -> None:
    """Deliveries by status, what needs attention, match rates, households by level and by rule, months."""
    console.print(_deliveries(found))
    if found.attention:
        console.print(_attention(found))
    if found.matches:
        console.print(_matches(found))
    if found.levels:
        console.print(_levels(found))
    if found.rules:
        console.print(_rules(found))
    console.print(months_table(found))


def months_table(found: Figures) -> Table:
    """How each month stands."""
    table = _table("months", ["month", "status"], ["households"], ["message"])
    for state in found.months:
        table.add_row(state.month, status_word(state.status), count(state.households), state.note)
    return table


def _deliveries(found: Figures) -> Table:
    table = _table("deliveries", ["status"], ["files", "rows_read", "loaded", "quarantined", "duplicate"])
    for status, *counts in found.deliveries:
        table.add_row(status_word(status), *map(count, counts))
    return table


def _attention(found: Figures) -> Table:
    table = _table("not_accepted", ["number", "status", "source", "month", "file", "why"])
    for number, status, *rest in found.attention[:ATTENTION_SHOWN]:
        table.add_row(str(number), status_word(status), *map(escape, rest))
    more = len(found.attention) - ATTENTION_SHOWN
    if more > 0:
        table.caption = text("more", more=more)
    return table


def _matches(found: Figures) -> Table:
    table = _table("matches", ["source", "extract"], ["matched", "queued", "rate"])
    for source, extract, matched, queued in found.matches:
        table.add_row(
            source,
            extract,
            count(matched),
            count(queued),
            share(matched / (matched + queued) if matched + queued else None),
        )
    return table


def _levels(found: Figures) -> Table:
    months = [state.month for state in found.months]
    table = _table("levels", ["level"], months=months)
    for level, counts in found.levels.items():
        table.add_row(level_word(level), *(count(counts.get(month, 0)) for month in months))
    return table


def _rules(found: Figures) -> Table:
    months = [state.month for state in found.months]
    table = _table("rules", ["rule"], months=months)
    for rule, counts in found.rules.items():
        table.add_row(rule, *(_flagged(*counts.get(month, (0, 0))) for month in months))
    table.caption = text("unknown")
    return table


def _table(
    title: str,
    left: Sequence[str],
    right: Iterable[str] = (),
    after: Iterable[str] = (),
    months: Iterable[str] = (),
) -> Table:
    """An empty table; title and columns are codes of texts, months stand as they are."""
    return tables.table(text(title), map(text, left), [*map(text, right), *months], map(text, after))


def _flagged(flagged: int, unknown: int) -> str:
    return f"{flagged:,}" + (f" (+{unknown:,})" if unknown else "")
