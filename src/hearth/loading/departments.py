"""Several departments' deliveries loaded side by side: reading and the server take turns, two processes use two cores.

A department is loaded by one process, file after file, as ever; no more than two at a time, so that the largest files
of two departments fit into a small machine's memory.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, connection, get_context, parent_process
from pathlib import Path

from hearth.errors import HearthError, ServiceFailed
from hearth.failures import told_elsewhere
from hearth.loading.history import AS_EVER, Occasion, load_recorded
from hearth.loading.load import load_source
from hearth.loading.outcome import DeliveryOutcome
from hearth.settings import Settings
from hearth.texts import text

PROCESSES = 2
TRIES = 3
"""Loads that were cut off are begun again: what was registered stands, and a file that kills its reader is refused."""
SECONDS_BETWEEN_TICKS = 2.0

Result = list[DeliveryOutcome] | HearthError
Tick = Callable[[Sequence[str]], None]


class _CutOff(ServiceFailed):
    """The process that loaded is no more."""


def load_departments(
    settings: Settings,
    sources: Sequence[str],
    *,
    landing: Path,
    months: Collection[str] | None,
    tick: Tick,
    occasion: Occasion = AS_EVER,
) -> Iterator[tuple[str, Result]]:
    """Load what is new of each source; gives each with its outcomes, or with why its load broke off, as it ends.

    `tick` is told now and then which sources are still to come.

    Raises:
        FailedElsewhere: a fault of ours in one of the processes.
    """
    processes = min(PROCESSES, len(sources), os.cpu_count() or 1)
    if processes < 2:
        for source in sources:
            tick([source])
            yield source, _loaded(settings, source, landing, months, occasion)
        return
    left, tries = list(sources), TRIES
    while left:
        tries -= 1
        cut_off = []
        for source, result in _side_by_side(processes, left, tick, settings, landing, months, occasion):
            if isinstance(result, _CutOff) and tries:
                cut_off.append(source)
            else:
                yield source, result
        left = cut_off


def _side_by_side(
    processes: int,
    sources: Sequence[str],
    tick: Tick,
    settings: Settings,
    landing: Path,
    months: Collection[str] | None,
    occasion: Occasion,
) -> Iterator[tuple[str, Result]]:
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin_work) as pool:
        try:
            running = {pool.submit(_loaded, settings, source, landing, months, occasion): source for source in sources}
            yield from _ended(running, tick)
        except BaseException:
            for worker in active_children():
                worker.terminate()
            raise


def _ended(running: dict[Future[Result], str], tick: Tick) -> Iterator[tuple[str, Result]]:
    while running:
        tick(list(running.values()))
        ended, _ = wait(running, SECONDS_BETWEEN_TICKS, FIRST_COMPLETED)
        for future in ended:
            yield running.pop(future), _result(future)


def _result(future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool:
        return _CutOff(text("load_killed"))


def _loaded(
    settings: Settings, source: str, landing: Path, months: Collection[str] | None, occasion: Occasion
) -> Result:
    try:
        with load_recorded(settings, source, occasion):
            return load_source(settings, source, landing=landing, months=months, again_before=occasion.again_before)
    except HearthError as error:
        return error
    except Exception as error:  # noqa: BLE001 - its words may quote a row
        raise told_elsewhere(error) from None


def _begin_work() -> None:
    """A worker ends with the command that started it, however that ends; the command alone answers to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
