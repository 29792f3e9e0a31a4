"""Run a command and say what it and its database took: peak memory, CPU time, and when.

    python benchmarks/measure.py --home /tmp/h -- hearth run --direct --landing DIR --parameters FILE

Counted are the command with all that descend from it, and whatever else works for the same instance: the embedded
server and its backends (their working folder is the data folder), Airflow's services (their HEARTH_HOME is the
instance). Memory is PSS, in which a page that several processes share, such as the server's buffers, counts once.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import itertools
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

MEGABYTE = 1 << 20
POSTMASTER = "postgres postmaster"


@dataclass
class Sample:
    """The processes at one moment: PSS in bytes and CPU seconds so far, by kind of process."""

    at: float
    pss: Counter[str] = field(default_factory=Counter)
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))


@dataclass(frozen=True)
class Step:
    """One step of a load or a build, as the run itself recorded it."""

    name: str
    started_at: float
    ended_at: float


class Meter:
    """Samples the processes of one instance, and adds up CPU time that ended processes can no longer tell."""

    def __init__(self, home: Path, command: psutil.Process) -> None:
        self.home = home
        self.command = command
        self.data_folder = home / "postgres" / "data"
        self.not_ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
        self.judged: dict[tuple[int, float], bool] = {}
        self.before = {process.pid: _cpu(process) for process in self._processes() if process.pid != command.pid}
        self.last: dict[tuple[int, float], tuple[str, float]] = {}

    def sample(self) -> Sample:
        """PSS and CPU now."""
        sample, seen = Sample(time.time()), set()
        for process in self._processes():
            try:
                kind, who = _kind(process), (process.pid, process.create_time())
                sample.pss[kind] += process.memory_full_info().pss
                self.last[who] = kind, _cpu(process) - self.before.get(process.pid, 0.0)
                seen.add(who)
            except psutil.Error:
                continue
        if any(self.last[who][0] == POSTMASTER for who in seen):
            ended = [who for who, (kind, _) in self.last.items() if who not in seen and kind.startswith("postgres")]
            for who in ended:
                del self.last[who]
        for kind, used in self.last.values():
            sample.cpu[kind] += used
        return sample

    def _processes(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            if process.pid not in self.not_ours and self._belongs(process):
                yield process

    def _belongs(self, process: psutil.Process) -> bool:
        """Judged once: a process's descent, folder and environment do not change."""
        try:
            who = process.pid, process.create_time()
            if who not in self.judged:
                parents = {parent.pid for parent in process.parents()}
                self.judged[who] = (
                    self.command.pid in {process.pid, *parents}
                    or any(self.judged.get((parent.pid, parent.create_time())) for parent in process.parents())
                    or self._is_of_the_instance(process)
                )
            return self.judged[who]
        except psutil.Error:
            return False

    def _is_of_the_instance(self, process: psutil.Process) -> bool:
        try:
            here, there = self.data_folder.stat(), Path(f"/proc/{process.pid}/cwd").stat()
            if (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino):
                return True
        except OSError:
            pass
        try:
            return process.environ().get("HEARTH_HOME") == str(self.home)
        except (psutil.Error, OSError):
            return False


def bytes_in(folder: Path) -> int:
    """Sizes of the files in a folder; one that goes while it is looked at has none."""
    size = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += Path(inner, name).stat().st_size
    return size


def _cpu(process: psutil.Process) -> float:
    """Seconds of the process itself; those of ended children were seen while they lived. Backends end before they are
    seen: the postmaster tells what they used."""
    try:
        times = process.cpu_times()
        ended = times.children_user + times.children_system if _kind(process) == POSTMASTER else 0.0
        return times.user + times.system + ended
    except psutil.Error:
        return 0.0


def _kind(process: psutil.Process) -> str:
    """`hearth`, or `postgres` with what the backend is there for."""
    title = " ".join(process.cmdline()) or process.name()
    if title.startswith("postgres: "):
        words = title.removeprefix("postgres: ").split()
        return "postgres parallel worker" if words[0] == "parallel" else f"postgres {words[0].rstrip(':')}"
    if process.name().startswith("postgres"):
        return POSTMASTER
    return "airflow" if "airflow" in title else "hearth"


def run(home: Path, command: list[str], interval: float) -> tuple[int, list[Sample]]:
    """Run the command to its end; gives its exit code and the samples."""
    environment = {**os.environ, "HEARTH_HOME": str(home)}
    environment.pop("HEARTH_DATABASE_URL", None)  # another server's processes are not to be seen from here
    process = subprocess.Popen(command, env=environment)
    meter = Meter(home, psutil.Process(process.pid))
    samples = [meter.sample()]
    while process.poll() is None:
        time.sleep(interval)
        samples.append(meter.sample())
    return process.returncode, samples


def steps(home: Path, since: float) -> list[Step]:
    """What the run wrote down of its own steps; empty where it has no warehouse."""
    import psycopg

    from hearth.database.engine import connect
    from hearth.errors import HearthError
    from hearth.settings import load_settings

    try:
        with connect(load_settings({"HEARTH_HOME": str(home)})) as connection:
            rows = connection.execute(
                """
                select concat_ws(' ', stage, step), extract(epoch from started_at)::float, seconds::float
                from ops.time_spent
                where extract(epoch from started_at) >= %s
                order by 2
                """,
                (since,),
            ).fetchall()
    except (HearthError, psycopg.Error, OSError) as error:  # a command without a warehouse has no steps
        print(f"no steps: {type(error).__name__}", file=sys.stderr)
        return []
    return [Step(name, at, at + seconds) for name, at, seconds in rows]


def cpu_by_step(samples: list[Sample], found: list[Step]) -> dict[str, float]:
    """CPU seconds between two samples, divided among the steps at work then."""
    shares: dict[str, float] = defaultdict(float)
    for before, after in itertools.pairwise(samples):
        used = sum(after.cpu.values()) - sum(before.cpu.values())
        at_work = _names(step for step in found if step.started_at < after.at and step.ended_at > before.at)
        for name in at_work:
            shares[name] += used / len(at_work)
    return dict(shares)


def _names(at_work: Iterable[Step]) -> list[str]:
    """The finest steps there are: models stand for the step of the build that they are part of."""
    names = [step.name for step in at_work] or ["between the steps"]
    return [name for name in names if name != "build transform" or "model transform" not in names]


def summary(samples: list[Sample], found: list[Step]) -> dict[str, object]:
    """The figures of a run."""
    start, peak = samples[0].at, max(samples, key=lambda sample: sample.pss.total())
    shares = cpu_by_step(samples, found)
    return {
        "started_at": datetime.fromtimestamp(start, UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(samples[-1].at - start, 1),
        "cpu_seconds": round(sum(samples[-1].cpu.values()), 1),
        "cpu_seconds_by_process": _rounded(samples[-1].cpu),
        "cpu_seconds_by_step": _rounded(shares),
        "peak_pss_megabytes": round(peak.pss.total() / MEGABYTE),
        "peak_after_seconds": round(peak.at - start, 1),
        "peak_during": sorted(set(_names(step for step in found if step.started_at <= peak.at <= step.ended_at))),
        "peak_megabytes_by_process": {kind: round(size / MEGABYTE) for kind, size in peak.pss.most_common()},
    }


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(used, 1) for name, used in sorted(seconds.items(), key=lambda item: -item[1])}


def _write(path: Path, samples: list[Sample]) -> None:
    """Every sample, for a picture of the run."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "process", "pss_megabytes", "cpu_seconds"])
        for sample in samples:
            for kind in sample.cpu:
                at = round(sample.at - samples[0].at, 2)
                writer.writerow([at, kind, round(sample.pss[kind] / MEGABYTE, 1), round(sample.cpu[kind], 2)])


def main() -> int:
    """Measure the command given after `--`; its exit code is ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=os.environ.get("HEARTH_HOME"), help="the instance (HEARTH_HOME)")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two samples")
    parser.add_argument("--samples", type=Path, help="write every sample to this CSV file")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command or given.home is None:
        parser.error("which command, and which instance? --home DIR -- COMMAND …")
    home = Path(os.path.abspath(given.home))
    code, samples = run(home, command, given.interval)
    if given.samples:
        _write(given.samples, samples)
    print(json.dumps(summary(samples, steps(home, samples[0].at - 1)), indent=2, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main())
