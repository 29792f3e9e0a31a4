"""`make fuzz N=10000`: spoil the acceptance county's files in thousands of ways and read each as a load does.

    python -m tests.reliability.fuzz [--cases N] [--seed S] [--first K] [--processes P] [--report FILE]

Each case follows from the seed and its number: `--seed 1 --first 4711 --cases 1` makes the same file again. A file that
takes too long is ended from outside, one that takes too much memory by the kernel; both are findings, as is anything
but a status with a message. `--keep DIR` keeps the files with findings. Exit status 1 where there are findings.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import psutil

from tests.reliability.judging import MEGABYTES, MEGABYTES_EACH, SECONDS, SECONDS_EACH, Verdict, judged, limit_memory
from tests.reliability.spoiling import case

PATIENCE = 3 * SECONDS
"""Seconds of the processor after which a reader is ended, the making of the file with them."""
LONGEST_WAIT = 1_800
"""Seconds by the clock; others may be at work on the machine."""


class Worker:
    """A process that judges one case after the other; another one takes its place where it had to be ended."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed, self.folder = seed, folder
        self.number: int | None = None
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.seed, self.folder), daemon=True)
        self.process.start()
        theirs.close()

    def take(self, number: int) -> None:
        """Begin with a case."""
        self.number, self.began, self.used = number, time.monotonic(), self._seconds()
        self.pipe.send(number)

    def verdict(self) -> Verdict | None:
        """The case's verdict, once there is one."""
        if self.pipe.poll():
            try:
                return self.pipe.recv()
            except EOFError:
                return self._ended("the reader died", self.process)
        if self._seconds() - self.used > PATIENCE or time.monotonic() - self.began > LONGEST_WAIT:
            return self._ended(f"no status after {PATIENCE:.0f} s", self.process)
        return None

    def _seconds(self) -> float:
        """Of the processor, that the reader has used so far."""
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return times.user + times.system

    def _ended(self, why: str, process: Any) -> Verdict:
        process.kill()
        process.join()
        self._start()
        assert self.number is not None
        made = case(self.seed, self.number)
        return Verdict(
            self.number, made.way, made.base.name, len(made.spoilt.data), "died",
            findings=[f"{why} (exit {process.exitcode})"],
        )  # fmt: skip

    def end(self) -> None:
        """No more cases."""
        self.process.kill()
        self.process.join()


def _serve(pipe: Connection, seed: int, folder: Path) -> None:
    warnings.simplefilter("ignore")
    own = folder / str(os.getpid())
    own.mkdir()
    limit_memory()
    # Panics of libraries and warnings of decoders are told on standard error, which is nobody's message here.
    os.dup2(os.open(folder / "stderr.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    while True:
        pipe.send(judged(seed, pipe.recv(), own))


def verdicts(seed: int, numbers: Sequence[int], processes: int) -> Iterator[Verdict]:
    """Judge the cases in as many processes."""
    with tempfile.TemporaryDirectory(prefix="hearth-fuzz-") as folder:
        waiting = list(reversed(numbers))
        workers = [Worker(seed, Path(folder)) for _ in range(min(processes, len(numbers)))]
        for worker in workers:
            worker.take(waiting.pop())
        busy = list(workers)
        while busy:
            wait([worker.pipe for worker in busy], timeout=1)
            for worker in list(busy):
                verdict = worker.verdict()
                if verdict is None:
                    continue
                yield verdict
                if waiting:
                    worker.take(waiting.pop())
                else:
                    busy.remove(worker)
        for worker in workers:
            worker.end()


def summary(found: Sequence[Verdict]) -> dict[str, Any]:
    """Figures over all cases: by way, status and code; time and memory; findings."""
    by_way: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        by_way[one.way][one.status] += 1
    seconds, memory = sorted(one.seconds for one in found), sorted(one.megabytes for one in found)
    refused = [one for one in found if one.way == "bytes_in_rows" and one.status == "rejected" and one.touched]
    return {
        "cases": len(found),
        "findings": sum(bool(one.findings) for one in found),
        "statuses": dict(Counter(one.status for one in found)),
        "codes": dict(Counter(one.code for one in found if one.code).most_common()),
        "by_way": {way: dict(counts) for way, counts in sorted(by_way.items())},
        "refused_for_bytes_in_rows": dict(Counter(one.code for one in refused)),
        "seconds": {"median": seconds[len(found) // 2], "p99": seconds[len(found) * 99 // 100], "most": seconds[-1]},
        "megabytes": {"median": memory[len(found) // 2], "p99": memory[len(found) * 99 // 100], "most": memory[-1]},
        "bounds": {"seconds": [SECONDS, SECONDS_EACH], "megabytes": [MEGABYTES, MEGABYTES_EACH]},
    }


def main() -> int:
    """Judge the cases asked for, tell of findings as they come, and of the figures at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--report", type=Path, help="write figures and findings there, as JSON")
    parser.add_argument("--keep", type=Path, help="keep the files with findings in this folder")
    asked = parser.parse_args()
    found = []
    for verdict in verdicts(asked.seed, range(asked.first, asked.first + asked.cases), asked.processes):
        found.append(verdict)
        for finding in verdict.findings:
            print(f"case {verdict.number} ({verdict.way}, {verdict.file}): {finding}", flush=True)
        if verdict.findings and asked.keep:
            _keep(asked.keep, asked.seed, verdict)
    figures = {"seed": asked.seed, "first": asked.first, **summary(found)}
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    if asked.report:
        failed = [asdict(one) for one in found if one.findings]
        asked.report.write_text(json.dumps({**figures, "failed": failed}, ensure_ascii=False, indent=1), "utf-8")
    return 1 if figures["findings"] else 0


def _keep(folder: Path, seed: int, verdict: Verdict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = case(seed, verdict.number)
    (folder / f"{verdict.number}-{verdict.way}{made.base.path.suffix}").write_bytes(made.spoilt.data)


if __name__ == "__main__":
    sys.exit(main())
