"""`make bench` and `make bench-long`: measure, tell, and append to the results.

    python -m benchmarks [--long] [--work DIR] [--results FILE] [NAME …]

Without names everything is measured. `--long` takes the sizes of a prefecture, for which the machine should be idle
for a night and a day; the ordinary sizes are those of a county, and take less than an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
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
from benchmarks.recording import RESULTS, circumstances, record

Measure = Callable[[Path], dict[str, Any]]

SIZES: dict[str, dict[str, Measure]] = {
    "bench": {
        "validated load": lambda work: loads.measure(work, rows=300_000, households=20_000, rounds=3),
        "workbooks": lambda work: workbooks.measure(work, rows=200_000, households=20_000, rounds=3),
        "checks": lambda work: checks.measure(work, households=20_000, rounds=3),
        "scheduler": lambda work: scheduler.measure(work, households=20_000, rounds=3),
        "builds": lambda work: builds.measure(work, sizes=(5_000, 10_000, 20_000, 40_000), rounds=1),
        "profile": lambda work: stages.measure(work, households=20_000),
        "models on DuckDB": lambda work: on_duckdb.measure(work, households=40_000, rounds=3),
        "corrections": lambda work: corrections.measure(work, households=40_000, rounds=4),
        "history": lambda work: history.measure(work, households=2_000, months=12),
        "identity": lambda work: identity.measure(work, households=40_000, rounds=3),
        "reads": lambda work: reads.measure(work, households=20_000, facts=1_200_000, seconds=30),
    },
    "long": {
        "validated load": lambda work: loads.measure(work, rows=3_000_000, households=100_000, rounds=3),
        "workbooks": lambda work: workbooks.measure(work, rows=200_000, households=20_000, rounds=7),
        "checks": lambda work: checks.measure(work, households=100_000, rounds=3),
        "scheduler": lambda work: scheduler.measure(work, households=100_000, rounds=2),
        "builds": lambda work: builds.measure(work, sizes=(250_000, 500_000, 1_000_000), rounds=1),
        "profile": lambda work: stages.measure(work, households=250_000),
        "models on DuckDB": lambda work: on_duckdb.measure(work, households=1_000_000, rounds=2),
        "corrections": lambda work: corrections.measure(work, households=1_000_000, rounds=2),
        "history": lambda work: history.measure(work, households=50_000, months=36),
        "identity": lambda work: identity.measure(work, households=1_000_000, rounds=1, records=1_000_000),
        "reads": lambda work: reads.measure(work, households=20_000, facts=12_000_000, seconds=120),
        "builds of two million": lambda work: builds.measure(work, sizes=(2_000_000,), rounds=1),
        "history of a prefecture": lambda work: history.measure(work, households=1_000_000, months=12),
    },
}

GIGABYTES = {
    "builds": 40,
    "models on DuckDB": 45,
    "corrections": 40,
    "history": 25,
    "identity": 25,
    "reads": 30,
    "builds of two million": 90,
    "history of a prefecture": 150,
}
"""Free disk that a benchmark of the long sizes wants, where it is more than a few."""


def main() -> int:
    """Measure what was asked for, one after the other. What the disk has no room for is left out, which is told before
    anything is measured, or when its turn comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SIZES["long"]))
    parser.add_argument("--long", action="store_true", help="the sizes of a prefecture")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="files and instances are made there")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are appended")
    asked = parser.parse_args()
    size = "long" if asked.long else "bench"
    if unknown := set(asked.names) - set(SIZES[size]):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(SIZES[size])}")
    work = asked.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    names = [name for name in SIZES[size] if not asked.names or name in asked.names]
    wanted = GIGABYTES if asked.long else {}
    left_out = {name for name in names if _is_left_out(name, wanted.get(name, 0), work)}
    for name in names:
        # What was measured before leaves files and instances behind, for the next time.
        if name in left_out or _is_left_out(name, wanted.get(name, 0), work):
            left_out.add(name)
            continue
        print(f"{name} ({size})", flush=True)
        before = circumstances()
        figures = SIZES[size][name](work)
        record(name, size, before, figures, asked.results)
        print(json.dumps(figures, indent=1, ensure_ascii=False), flush=True)
    return 1 if left_out else 0


def _is_left_out(name: str, wanted: int, work: Path) -> bool:
    """Whether the disk has no room for a benchmark that wants so many GB; if so, that is told."""
    free = shutil.disk_usage(work).free / 1e9
    if wanted > free:
        print(f"{name}: left out, it wants {wanted} GB of free disk, and {work} has {free:.0f}", flush=True)
    return wanted > free


if __name__ == "__main__":
    sys.exit(main())
