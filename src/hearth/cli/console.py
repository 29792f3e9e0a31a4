"""Progress on the terminal: a line for each thing that happened, and, where somebody watches, a moving one below."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from hearth.language import said

if TYPE_CHECKING:
    from hearth.loading.outcome import DeliveryOutcome

WIDE_ENOUGH = 120
STYLES = {"accepted": "green", "published": "green", "built": "green", "building": "cyan", "unchanged": "dim"}
SECONDS_BETWEEN_LINES = 15


def terminal() -> Console:
    """The console of a command; a pipe or a log gets lines wide enough not to be broken."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE_ENOUGH)


class Lines:
    """`hearth.orchestration.journey.Progress` as lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._began = time.monotonic()
        self._last_line = self._began
        self._files: Counter[str] = Counter()

    @contextmanager
    def shown(self) -> Iterator[Lines]:
        """Show the moving line while the block runs, if this is a terminal."""
        if not self._console.is_terminal:
            yield self
            return
        with self._console.status("starting") as self._status:
            yield self

    def note(self, text: str) -> None:
        """Something began."""
        self._print(escape(text))

    def problem(self, text: str) -> None:
        """Something went wrong that does not end the run."""
        self._print(f"[red]{escape(text)}[/red]")

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """A file has been dealt with."""
        self._files[outcome.status] += 1
        style = STYLES.get(outcome.status, "yellow")
        place = " ".join(part for part in (outcome.month, outcome.source) if part)
        rows = (
            f"{outcome.rows_loaded:,} rows"
            if outcome.status == "accepted"
            else said(outcome.message, outcome.message_zh)
        )
        self._print(f"{place:24} [{style}]{outcome.status:12}[/{style}] {escape(outcome.file_name)}  {escape(rows)}")

    def month(self, month: str, status: str) -> None:
        """A month's build reached another status."""
        style = STYLES.get(status, "red")
        self._print(f"{month:24} [{style}]{status}[/{style}]")

    def tick(self, text: str) -> None:
        """Still at work: moves the line on a terminal, prints one now and then elsewhere."""
        said = f"{text} · {sum(self._files.values())} files · {time.monotonic() - self._began:.0f} s"
        if self._status is not None:
            self._status.update(escape(said))
        elif time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._print(escape(said))

    def _print(self, text: str) -> None:
        self._last_line = time.monotonic()
        self._console.print(text, soft_wrap=True)
