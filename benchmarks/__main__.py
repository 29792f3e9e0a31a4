"""`make bench` and `make bench-long`: measure, tell, and append to the results.

    python -m benchmarks [--long] [--work DIR] [--results FILE] [NAME …]

Without names everything is measured. `--long` takes the sizes of a prefecture, for which the machine should be idle
for a night and a day; the ordinary sizes are those of a county, and take some 35 minutes on two cores. A name may be
written with hyphens in place of its blanks. What fails is told, and the others are measured.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

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
from benchmarks.recording import RESULTS
from benchmarks.running import Benchmark, alone_in, end_tidily, measure_all, written

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
            lambda work: builds.measure(work, sizes=(250_000, 500_000, 1_000_000), rounds=1),
            gigabytes=45,
            standing=(*MILLION, "county-250000x1", "month-250000", "county-500000x1", "month-500000"),
        ),
        "profile": Benchmark(
            lambda work: stages.measure(work, households=250_000), gigabytes=15, standing=("county-250000x1", "lap")
        ),
        "models on DuckDB": Benchmark(
            lambda work: on_duckdb.measure(work, households=1_000_000, rounds=2),
            gigabytes=60,
            standing=(*MILLION, "duckdb-1000000-*"),
        ),
        "corrections": Benchmark(
            lambda work: corrections.measure(work, households=1_000_000, rounds=2), gigabytes=50, standing=MILLION
        ),
        "history": Benchmark(
            lambda work: history.measure(work, households=50_000, months=36), gigabytes=25, standing=("*-50000x36",)
        ),
        "identity": Benchmark(
            lambda work: identity.measure(work, households=1_000_000, rounds=1, records=1_000_000),
            gigabytes=25,
            standing=("county-1000000x1", "identity-1000000*"),
        ),
        "reads": Benchmark(
            lambda work: reads.measure(work, households=20_000, facts=12_000_000, seconds=120),
            gigabytes=30,
            standing=("reads-12000000",),
        ),
        "builds of two million": Benchmark(
            lambda work: builds.measure(work, sizes=(2_000_000,), rounds=1, is_last_kept=False),
            gigabytes=65,
            standing=("county-2000000x1", "month-2000000"),
        ),
        "history of a prefecture": Benchmark(
            lambda work: history.measure(work, households=1_000_000, months=12),
            gigabytes=150,
            standing=("*-1000000x12",),
        ),
    },
}


def main() -> int:
    """Measure what was asked for, one after the other; exit code 1 where something was left out or failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(map(written, SIZES["long"])))
    parser.add_argument("--long", action="store_true", help="the sizes of a prefecture")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="files and instances are made there")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are appended")
    asked = parser.parse_args()
    size = "long" if asked.long else "bench"
    given = {name.replace("-", " ") for name in asked.names}
    if unknown := given - set(SIZES[size]):
        there_are = ", ".join(map(written, SIZES[size]))
        parser.error(f"there is no benchmark {', '.join(map(written, sorted(unknown)))}; there are {there_are}")
    work = asked.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    end_tidily()
    with alone_in(work):
        forget_others(work)
        chosen = {name: one for name, one in SIZES[size].items() if not given or name in given}
        not_measured = measure_all(chosen, size, work, asked.results)
    if not_measured:
        print(f"not measured: {', '.join(not_measured)}", flush=True)
    return 1 if not_measured else 0


if __name__ == "__main__":
    sys.exit(main())
