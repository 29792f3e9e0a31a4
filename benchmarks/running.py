"""Benchmarks one after the other: what the disk has no room for is left out, what fails is told, others go on."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import bytes_in
from benchmarks.race import LapFailed
from benchmarks.recording import circumstances, record


@dataclass(frozen=True)
class Benchmark:
    """What is measured; the disk in GB that it wants, where that is more than a few; and which folders of the work, as
    patterns, it uses or makes anew, so that what they hold need not be free."""

    measure: Callable[[Path], dict[str, Any]]
    gigabytes: int = 0
    standing: Sequence[str] = ()

    def wanting(self, work: Path) -> float:
        """How many GB of disk are wanting; below 0 where there are enough."""
        there = sum(bytes_in(folder) for pattern in self.standing for folder in work.glob(pattern))
        return self.gigabytes - (there + shutil.disk_usage(work).free) / 1e9


def measure_all(benchmarks: Mapping[str, Benchmark], size: str, work: Path, results: Path) -> list[str]:
    """Measure one after the other, append what was found to the results, and give the names of those that were left
    out or failed."""
    for name, benchmark in benchmarks.items():
        if wanting := _want_of_room(benchmark, work):
            print(f"{name} may be left out: {wanting}", flush=True)
    return [name for name, benchmark in benchmarks.items() if not _measured(name, size, benchmark, work, results)]


def written(name: str) -> str:
    """A benchmark's name where a blank would be in the way: in a shell, of a file."""
    return name.replace(" ", "-")


@contextmanager
def alone_in(work: Path) -> Iterator[None]:
    """Two at once in one folder would delete each other's instances."""
    with (work / "lock").open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another benchmark is at work in {work}: wait for it, or end it")
        yield


def end_tidily() -> None:
    """However this process is told to end, what it started ends before it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored, for children too
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda given, _: sys.exit(128 + given))


def _measured(name: str, size: str, benchmark: Benchmark, work: Path, results: Path) -> bool:
    """Whether it came to its end. The disk is asked again: what was measured before leaves files behind."""
    if wanting := _want_of_room(benchmark, work):
        print(f"{name} is left out: {wanting}", flush=True)
        return False
    print(f"{name} ({size})", flush=True)
    before = circumstances()
    try:
        figures = benchmark.measure(work)
    except Exception as failure:  # noqa: BLE001 whatever it was, the night has others to measure
        log = work / f"{written(name)}.failed.log"
        log.write_text(failure.output if isinstance(failure, LapFailed) else traceback.format_exc(), encoding="utf-8")
        print(f"{name} failed: {failure} (all that it said: {log})", flush=True)
        return False
    print(json.dumps(figures, indent=1, ensure_ascii=False), flush=True)
    record(name, size, before, figures, results)
    return True


def _want_of_room(benchmark: Benchmark, work: Path) -> str:
    """In words, where there is any."""
    wanting = benchmark.wanting(work)
    return (
        f"it wants {benchmark.gigabytes} GB of disk, {wanting:.0f} more than there are at {work}" if wanting > 0 else ""
    )
