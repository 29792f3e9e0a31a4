"""Progress on the terminal: a line for each thing that happened, and, where somebody watches, a moving one below."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from hearth.language import said
from hearth.texts import status_word, text

if TYPE_CHECKING:
    from hearth.loading.outcome import DeliveryOutcome

WIDE_ENOUGH = 120
STYLES = {"accepted": "green", "published": "green", "built": "green", "building": "cyan", "unchanged": "dim"}
SECONDS_BETWEEN_LINES = 15


def terminal() -> Console:
    """The console of a command; a pipe or a log gets lines wide enough not to be broken."""
    console = _Console(highlight=False)
    return console if console.is_terminal else _Console(highlight=False, width=WIDE_ENOUGH)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """`| head` has read enough; rich would end with 1, which is an error of ours."""
        raise BrokenPipeError


class Lines:
    """`hearth.orchestration.journey.Progress` as lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._began = time.monotonic()
        self._last_line = self._began

    @contextmanager
    def shown(self) -> Iterator[Lines]:
        """Show the moving line while the block runs, if this is a terminal."""
        if not self._console.is_terminal:
            yield self
            return
        with self._console.status(text("starting")) as self._status:
            yield self

    def note(self, line: str) -> None:
        """Something began."""
        self._print(escape(line))

    def problem(self, line: str) -> None:
        """Something went wrong that does not end the run."""
        self._print(f"[red]{escape(line)}[/red]")

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """A file has been dealt with."""
        style = STYLES.get(outcome.status, "yellow")
        place = " ".join(part for part in (outcome.month, outcome.source) if part)
        is_accepted = outcome.status == "accepted"
        rows = text("rows", rows=outcome.rows_loaded) if is_accepted else _without_name(outcome)
        status = set_cell_size(status_word(outcome.status), 12)
        self._print(f"{place:24} [{style}]{status}[/{style}] {escape(outcome.file_name)}  {escape(rows)}")

    def month(self, month: str, status: str) -> None:
        """A month's build reached another status."""
        style = STYLES.get(status, "red")
        self._print(f"{month:24} [{style}]{status_word(status)}[/{style}]")

    def tick(self, doing: str, files: int | None = None) -> None:
        """Still at work: moves the line on a terminal, prints one now and then elsewhere."""
        code = "tick" if files is None else "tick_files" if files else "tick_first_files"
        line = text(code, text=doing, files=files, seconds=int(time.monotonic() - self._began))
        if self._status is not None:
            self._status.update(escape(line))
        elif time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._print(escape(line))

    def _print(self, line: str) -> None:
        self._last_line = time.monotonic()
        self._console.print(line, soft_wrap=True)


def _without_name(outcome: DeliveryOutcome) -> str:
    """The message without the file's name before it, which the line has already."""
    return said(outcome.message, outcome.message_zh).removeprefix(outcome.file_name).lstrip(":： ")
