"""Several departments' deliveries loaded side by side: reading and the server take turns, two processes use two cores.

A department is loaded by one process, file after file, as ever; no more than two at a time, so that the largest files
of two departments fit into a small machine's memory.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator, MutableSequence, Sequence
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
Tick = Callable[[Sequence[str], int], None]
Seen = MutableSequence[int]
"""Files looked at so far, a place for each source: one process alone writes to it, so that nobody waits for a lock."""


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

    `tick` is told now and then which sources are still to come, and how many files have been looked at.

    Raises:
        FailedElsewhere: a fault of ours in one of the processes.
    """
    processes = min(PROCESSES, len(sources), os.cpu_count() or 1)
    if processes < 2:
        yield from _one_by_one(sources, tick, settings, landing, months, occasion)
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


def _one_by_one(
    sources: Sequence[str],
    tick: Tick,
    settings: Settings,
    landing: Path,
    months: Collection[str] | None,
    occasion: Occasion,
) -> Iterator[tuple[str, Result]]:
    files = 0
    for source in sources:
        tick([source], files)

        def count(_: DeliveryOutcome, source: str = source) -> None:
            nonlocal files
            files += 1
            tick([source], files)

        yield source, _loaded(settings, source, landing, months, occasion, count)


def _side_by_side(
    processes: int,
    sources: Sequence[str],
    tick: Tick,
    settings: Settings,
    landing: Path,
    months: Collection[str] | None,
    occasion: Occasion,
) -> Iterator[tuple[str, Result]]:
    context = get_context("spawn")
    seen = context.RawArray("l", len(sources))
    with ProcessPoolExecutor(processes, context, initializer=_begin_work, initargs=(seen,)) as pool:
        try:
            running = {
                pool.submit(_loaded_aside, settings, source, landing, months, occasion, place): source
                for place, source in enumerate(sources)
            }
            yield from _ended(running, lambda left: tick(left, sum(seen)))
        except BaseException:
            for worker in active_children():
                worker.terminate()
            raise


def _ended(running: dict[Future[Result], str], tick: Callable[[Sequence[str]], None]) -> Iterator[tuple[str, Result]]:
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


def _loaded_aside(
    settings: Settings, source: str, landing: Path, months: Collection[str] | None, occasion: Occasion, place: int
) -> Result:
    def count(_: DeliveryOutcome) -> None:
        _seen[place] += 1

    return _loaded(settings, source, landing, months, occasion, count)


def _loaded(
    settings: Settings,
    source: str,
    landing: Path,
    months: Collection[str] | None,
    occasion: Occasion,
    count: Callable[[DeliveryOutcome], None],
) -> Result:
    again = occasion.again_before
    try:
        with load_recorded(settings, source, occasion):
            return load_source(settings, source, landing=landing, months=months, progress=count, again_before=again)
    except HearthError as error:
        return error
    except Exception as error:  # noqa: BLE001 - its words may quote a row
        raise told_elsewhere(error) from None


_seen: Seen = []


def _begin_work(seen: Seen) -> None:
    """A worker ends with the command that started it, however that ends; the command alone answers to Ctrl-C."""
    global _seen
    _seen = seen
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
