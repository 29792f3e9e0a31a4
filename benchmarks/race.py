"""Contenders that do the same work in turn, each lap in a process and on a server of its own.

A lap begins with an empty instance (`anew`), or goes on in one that was made ready (`within`); every contender uses its
server, so that all have the same settings. Laps are interleaved: what disturbs the machine for a minute disturbs
everybody. Only middle laps, and their ratios, are told.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.measure import MEGABYTE, Meter, Sample
from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import sa_url
from hearth.settings import Settings, load_settings

INTERVAL = 0.5
"""Reading the memory of all of a server's processes takes a twentieth of a second of the processor."""
PATIENCE = 60.0
"""Seconds that a lap has for ending when it is asked to."""
HEARTH = str(Path(sys.executable).with_name("hearth"))
TOLD = "told: "

Look = Callable[[Sample], None]
Run = Callable[["Contender"], "Lap"]
"""How one lap is run."""


@dataclass(frozen=True)
class Contender:
    """Somebody who does the work: a module of this package, and what it is told to do."""

    name: str
    module: str
    arguments: Sequence[str]
    needs_server: bool = True


@dataclass(frozen=True)
class Lap:
    """What one lap took: seconds of the work alone, of the processor and the peak memory of all processes, the server
    included; and what the contender said of it."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: int
    told: Mapping[str, Any] = field(default_factory=dict)


class LapFailed(Exception):
    """A contender did not come to its end; the message holds the last lines that it printed, `output` all."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


def tell(seconds: float, **further: Any) -> None:
    """What a contender's process says at the end of its work."""
    print(TOLD + json.dumps({"seconds": seconds, **further}), flush=True)


def address(settings: Settings) -> str:
    """The instance's address as others want it: without a driver of SQLAlchemy's."""
    return sa_url(settings).set(drivername="postgresql").render_as_string(hide_password=False)


def load_steps(connection: psycopg.Connection[Any]) -> dict[str, float]:
    """Seconds of each step of the loads so far, the longest first."""
    return dict(
        connection.execute(
            "select step, round(sum(seconds), 2)::float from ops.time_spent where stage = 'load'"
            " group by 1 order by 2 desc"
        ).fetchall()
    )


def anew(work: Path) -> Run:
    """Each lap in an empty instance."""
    return lambda contender: lap_of(contender, work / "lap")


def within(home: Path) -> Run:
    """Each lap in the instance that is at `home`."""
    return lambda contender: run_lap(contender, home)


def race(contenders: Sequence[Contender], rounds: int, run: Run) -> dict[str, list[Lap]]:
    """Let them do their work in turn, round after round, in another order each time.

    Raises:
        LapFailed: one of them failed.
    """
    laps: dict[str, list[Lap]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        turn = number % len(contenders)
        for contender in (*contenders[turn:], *contenders[:turn]):
            lap = run(contender)
            print(f"  round {number + 1}/{rounds}  {contender.name}: {lap.seconds:.2f} s", flush=True)
            laps[contender.name].append(lap)
    return laps


def lap_of(contender: Contender, home: Path, look: Look = lambda _: None) -> Lap:
    """One lap in an empty instance at `home`, which is gone afterwards."""
    try:
        return first_lap(contender, home, look)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def first_lap(contender: Contender, home: Path, look: Look = lambda _: None) -> Lap:
    """One lap in an empty instance at `home`, which is left as the lap leaves it."""
    with empty_instance(home, has_server=contender.needs_server):
        return run_lap(contender, home, look)


@contextmanager
def empty_instance(home: Path, *, has_server: bool = True) -> Iterator[Settings]:
    """An empty instance at `home`, with its server at work, which is stopped afterwards."""
    clear(home)
    with instance(home, has_server=has_server) as settings:
        if has_server:
            bootstrap(settings)
        yield settings


@contextmanager
def instance(home: Path, *, has_server: bool = True) -> Iterator[Settings]:
    """The instance at `home` as it is, likewise."""
    settings = load_settings({"HEARTH_HOME": str(home)})
    try:
        if has_server:
            server.ensure_running(settings)
        yield settings
    finally:
        server.stop(settings)


def clear(home: Path) -> None:
    """Nothing at `home`, nor at work there: services outlive a lap that was killed."""
    if home.exists():
        subprocess.run([HEARTH, "down"], env=environment_of(home), check=True, capture_output=True)
        shutil.rmtree(home)


def environment_of(home: Path) -> dict[str, str]:
    """What a lap's processes get to know: their instance, and nothing of the settings of whoever measures, whose
    database, contracts and deadlines are a county's own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEARTH_")}
    return {**own, "HEARTH_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def run_lap(contender: Contender, home: Path, look: Look = lambda _: None) -> Lap:
    """One lap in the instance that is at `home`; who wants to see every sample, looks.

    Raises:
        LapFailed: it ended otherwise than it should.
    """
    command = [sys.executable, "-m", contender.module, *contender.arguments]
    process = subprocess.Popen(
        command,
        env=environment_of(home),
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # an interruption is handed on once, by `_end`
    )
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
    reader.start()
    peak, cpu = 0, 0.0
    try:
        meter = Meter(home, psutil.Process(process.pid))
        while process.poll() is None:
            sample = meter.sample()
            look(sample)
            peak, cpu = max(peak, sample.pss.total()), max(cpu, sum(sample.cpu.values()))
            time.sleep(INTERVAL)
    finally:
        _end(process)
        reader.join(timeout=PATIENCE)
    told = [line.removeprefix(TOLD) for line in lines if line.startswith(TOLD)]
    if process.returncode or not told:
        raise LapFailed(f"{contender.name} ended with {process.returncode}: {''.join(lines[-5:])}", "".join(lines))
    found = json.loads(told[-1])
    return Lap(found.pop("seconds"), round(cpu, 2), round(peak / MEGABYTE), found)


def _end(process: subprocess.Popen[str]) -> None:
    """A lap and whatever of its session is left: asked as by Ctrl-C, so that it stops its services, then told, then
    made to."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
            return


def medians(laps: Mapping[str, Sequence[Lap]]) -> dict[str, dict[str, Any]]:
    """For each contender its middle lap, and between which seconds the others were."""
    return {name: middle(run) for name, run in laps.items()}


def middle(laps: Sequence[Lap]) -> dict[str, Any]:
    """The lap with the median of the seconds, of two the faster: its figures belong together."""
    ordered = sorted(laps, key=lambda lap: lap.seconds)
    found = ordered[(len(ordered) - 1) // 2]
    return {
        "laps": len(ordered),
        "seconds": round(found.seconds, 3),
        "fastest": round(ordered[0].seconds, 3),
        "slowest": round(ordered[-1].seconds, 3),
        "cpu_seconds": round(found.cpu_seconds, 1),
        "peak_megabytes": found.peak_megabytes,
        **found.told,
    }
