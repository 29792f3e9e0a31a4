"""Where a month's seconds go: what each stage of a county's first month takes, and the plans of its slowest models.

python -m benchmarks.stages COUNTY HOUSEHOLDS PLANS    one lap, against the instance in HEARTH_HOME

The lap's process runs the stages and reads the server's counters around each; memory and temporary files come and go
within a stage, so the process that started the lap looks at them meanwhile, and its looking costs the stages nothing
but the machine's time. The slowest models are explained once the gate has passed: publishing takes away the tables that
some of them read.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from psycopg.rows import dict_row

from benchmarks.builds import alone, load_month
from benchmarks.data import MONTH, county
from benchmarks.explained import explain_slowest
from benchmarks.measure import MEGABYTE, Sample, bytes_in
from benchmarks.race import Contender, lap_of, tell
from hearth.database import server
from hearth.database.cluster import data_folder
from hearth.settings import Settings, load_settings

PLANS = Path(__file__).parent / "plans"
COUNTERS = """
    select
        pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal,
        (select temp_bytes from pg_stat_database where datname = current_database()) as temporary,
        (select sum(read_bytes) from pg_stat_io where object = 'relation')::bigint as read,
        (select sum(write_bytes) + sum(extend_bytes) from pg_stat_io where object = 'relation')::bigint as written
"""


@dataclass(frozen=True)
class Moment:
    """What there was at one moment of a lap, in bytes: memory of all processes, that of Python's, temporary files."""

    at: float
    memory: int
    python: int
    temporary: int


@dataclass(frozen=True)
class Reading:
    """What was used since the lap began: seconds of the processor, bytes by the server's counters and on the disk."""

    python_seconds: float
    server_seconds: float
    counters: dict[str, int]


def measure(work: Path, households: int) -> dict[str, Any]:
    """What each stage of one month takes, and what is said of the plans of the ten slowest models."""
    folder, home, plans = county(work, households), work / "lap", PLANS / str(households)
    temporary_folder = data_folder(load_settings({"HEARTH_HOME": str(home)})) / "base" / "pgsql_tmp"
    moments: list[Moment] = []

    def look(sample: Sample) -> None:
        size = bytes_in(temporary_folder)
        moments.append(Moment(sample.at, sample.pss.total(), sample.pss["hearth"], size))

    lap = lap_of(Contender("profile", __name__, (str(folder), str(households), str(plans))), home, look)
    stages = {name: {**stage, **_peaks(moments, stage)} for name, stage in lap.told["stages"].items()}
    return {"households": households, "seconds": round(lap.seconds, 1), "stages": stages, "models": lap.told["models"]}


def _peaks(moments: Sequence[Moment], stage: dict[str, float]) -> dict[str, int]:
    """The most of memory and of temporary files in a stage, in megabytes; a stage between two moments has none."""
    during = [moment for moment in moments if stage["began"] <= moment.at <= stage["ended"]]
    most = max(during, key=lambda moment: moment.memory, default=Moment(0, 0, 0, 0))
    return {
        "peak_megabytes": round(most.memory / MEGABYTE),
        "python_peak_megabytes": round(most.python / MEGABYTE),
        "temporary_peak_megabytes": round(max((moment.temporary for moment in during), default=0) / MEGABYTE),
    }


# In the lap


class Stages:
    """Runs one stage after the other, and keeps what each took."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.found: dict[str, dict[str, float]] = {}

    def run(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """What the work returns, which is measured under that name."""
        before, began = self._reading(), time.time()
        result = work(self.settings, *arguments)
        ended, after = time.time(), self._reading()
        self.found[name] = {
            "began": round(began, 2),
            "ended": round(ended, 2),
            "seconds": round(ended - began, 2),
            "python_seconds": round(after.python_seconds - before.python_seconds, 2),
            "server_seconds": round(after.server_seconds - before.server_seconds, 2),
            **{
                f"{counter}_megabytes": round((value - before.counters[counter]) / MEGABYTE, 1)
                for counter, value in after.counters.items()
            },
        }
        return result

    def _reading(self) -> Reading:
        with alone(self.settings) as connection, connection.cursor(row_factory=dict_row) as cursor:
            counters = cursor.execute(COUNTERS).fetchone() or {}
        own = os.times()
        return Reading(
            own.user + own.system + own.children_user + own.children_system,
            _server_seconds(self.settings),
            {**counters, "disk": bytes_in(data_folder(self.settings))},
        )


def _server_seconds(settings: Settings) -> float:
    """Of the postmaster, of the backends there are, and of those that ended: theirs are its children's."""
    postmaster = psutil.Process(server.postmaster_pid(settings))
    used = sum(postmaster.cpu_times()[:4])
    for backend in postmaster.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            used += sum(backend.cpu_times()[:2])
    return used


def _month(folder: Path, households: int, plans: Path) -> dict[str, Any]:
    from hearth.building import STAGES, gate, prepare, publish, transform

    settings = load_settings(os.environ)
    stages = Stages(settings)
    stages.run("load", load_month, folder)
    build = stages.run("prepare", prepare, MONTH)
    if build.status != "ready":
        raise SystemExit(build.message)
    for name in STAGES:
        stages.run(name, transform, build, name)
    stages.run("gate", gate, build)
    models = explain_slowest(settings, build.build_id, households, plans)
    stages.run("publish", publish, build)
    seconds = sum(stage["seconds"] for stage in stages.found.values())
    return {"seconds": seconds, "stages": stages.found, "models": models}


if __name__ == "__main__":
    tell(**_month(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
