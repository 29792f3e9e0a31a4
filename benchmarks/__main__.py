"""`make bench` and `make bench-long`: measure, tell, and append to the results.

    python -m benchmarks [--long] [--work DIR] [--results FILE] [NAME …]

Without names everything is measured. `--long` takes the sizes of a prefecture, for which the machine should be idle
for a night and a day; the ordinary sizes are those of a county, and take less than an hour on two cores. A name may be
written with hyphens in place of its blanks. What fails is told, and the others are measured.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import (
    builds,
    checks,
    corrections,
    history,
    identity,
    loads,
    on_duckdb,
    reads,
    scheduler,
    stages,
    workbooks,
)
from benchmarks.data import forget_others
from benchmarks.race import LapFailed
from benchmarks.recording import RESULTS, circumstances, record
from hearth.errors import HearthError


@dataclass(frozen=True)
class Benchmark:
    """What is measured; the disk in GB that it wants, where that is more than a few; and what of it may stand in the
    folder of work already, left by another one."""

    measure: Callable[[Path], dict[str, Any]]
    gigabytes: int = 0
    standing: Sequence[str] = ()

    def wanting(self, work: Path) -> float:
        """How many GB of disk are wanting; below 0 where there are enough."""
        files = (file for name in self.standing for file in (work / name).rglob("*") if file.is_file())
        there = sum(file.stat().st_size for file in files)
        return self.gigabytes - (there + shutil.disk_usage(work).free) / 1e9


def _history(households: int, months: int) -> Sequence[str]:
    return tuple(f"{what}-{households}x{months}" for what in ("county", "history"))


MILLION = ("county-1000000x1", "month-1000000")
SIZES: dict[str, dict[str, Benchmark]] = {
    "bench": {
        "validated load": Benchmark(lambda work: loads.measure(work, rows=300_000, households=20_000, rounds=3)),
        "workbooks": Benchmark(lambda work: workbooks.measure(work, rows=200_000, households=20_000, rounds=3)),
        "checks": Benchmark(lambda work: checks.measure(work, households=20_000, rounds=3)),
        "scheduler": Benchmark(lambda work: scheduler.measure(work, households=20_000, rounds=3)),
        "builds": Benchmark(lambda work: builds.measure(work, sizes=(5_000, 10_000, 20_000, 40_000), rounds=1)),
        "profile": Benchmark(lambda work: stages.measure(work, households=20_000)),
        "models on DuckDB": Benchmark(lambda work: on_duckdb.measure(work, households=40_000, rounds=3)),
        "corrections": Benchmark(lambda work: corrections.measure(work, households=40_000, rounds=4)),
        "history": Benchmark(lambda work: history.measure(work, households=2_000, months=12)),
        "identity": Benchmark(lambda work: identity.measure(work, households=40_000, rounds=3)),
        "reads": Benchmark(lambda work: reads.measure(work, households=20_000, facts=1_200_000, seconds=30)),
    },
    "long": {
        "validated load": Benchmark(lambda work: loads.measure(work, rows=3_000_000, households=100_000, rounds=3)),
        "workbooks": Benchmark(lambda work: workbooks.measure(work, rows=200_000, households=20_000, rounds=7)),
        "checks": Benchmark(lambda work: checks.measure(work, households=100_000, rounds=3)),
        "scheduler": Benchmark(lambda work: scheduler.measure(work, households=100_000, rounds=2)),
        "builds": Benchmark(
            lambda work: builds.measure(work, sizes=(250_000, 500_000, 1_000_000), rounds=1), 45, MILLION
        ),
        "profile": Benchmark(lambda work: stages.measure(work, households=250_000), 15),
        "models on DuckDB": Benchmark(
            lambda work: on_duckdb.measure(work, households=1_000_000, rounds=2), 60, MILLION
        ),
        "corrections": Benchmark(lambda work: corrections.measure(work, households=1_000_000, rounds=2), 50, MILLION),
        "history": Benchmark(
            lambda work: history.measure(work, households=50_000, months=36), 25, _history(50_000, 36)
        ),
        "identity": Benchmark(
            lambda work: identity.measure(work, households=1_000_000, rounds=1, records=1_000_000), 25, MILLION[:1]
        ),
        "reads": Benchmark(
            lambda work: reads.measure(work, households=20_000, facts=12_000_000, seconds=120), 30, ("reads-12000000",)
        ),
        "builds of two million": Benchmark(
            lambda work: builds.measure(work, sizes=(2_000_000,), rounds=1, is_last_kept=False),
            75,
            ("county-2000000x1",),
        ),
        "history of a prefecture": Benchmark(
            lambda work: history.measure(work, households=1_000_000, months=12), 150, _history(1_000_000, 12)
        ),
    },
}


def main() -> int:
    """Measure what was asked for, one after the other. What the disk has no room for is left out, which is told before
    anything is measured, or when its turn comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(map(_written, SIZES["long"])))
    parser.add_argument("--long", action="store_true", help="the sizes of a prefecture")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="files and instances are made there")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are appended")
    asked = parser.parse_args()
    size = "long" if asked.long else "bench"
    given = {name.replace("-", " ") for name in asked.names}
    if unknown := given - set(SIZES[size]):
        there_are = ", ".join(map(_written, SIZES[size]))
        parser.error(f"there is no benchmark {', '.join(map(_written, sorted(unknown)))}; there are {there_are}")
    work = asked.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that servers are stopped
    with _alone_in(work):
        forget_others(work)
        chosen = {name: one for name, one in SIZES[size].items() if not given or name in given}
        for name, benchmark in chosen.items():
            _tell_of_the_disk(name, benchmark, work)
        not_measured = [name for name, one in chosen.items() if not _measured(name, size, one, work, asked.results)]
    if not_measured:
        print(f"not measured: {', '.join(not_measured)}", flush=True)
    return 1 if not_measured else 0


@contextmanager
def _alone_in(work: Path) -> Iterator[None]:
    """Two at once would delete each other's instances, and measure each other."""
    with (work / "lock").open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another benchmark is at work in {work}: wait for it, or end it")
        yield


def _measured(name: str, size: str, benchmark: Benchmark, work: Path, results: Path) -> bool:
    """Whether it came to its end. The disk is asked again: what was measured before leaves files behind."""
    if benchmark.wanting(work) > 0:
        _tell_of_the_disk(name, benchmark, work)
        return False
    print(f"{name} ({size})", flush=True)
    before = circumstances()
    try:
        figures = benchmark.measure(work)
    except (LapFailed, HearthError, subprocess.CalledProcessError) as failure:
        print(f"{name}: failed: {failure}", flush=True)
        return False
    record(name, size, before, figures, results)
    print(json.dumps(figures, indent=1, ensure_ascii=False), flush=True)
    return True


def _tell_of_the_disk(name: str, benchmark: Benchmark, work: Path) -> None:
    if (wanting := benchmark.wanting(work)) > 0:
        print(
            f"{name}: left out, it wants {benchmark.gigabytes} GB of disk, {wanting:.0f} more than there are at {work}",
            flush=True,
        )


def _written(name: str) -> str:
    return name.replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main())
