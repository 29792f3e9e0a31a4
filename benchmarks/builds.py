"""A month from files to published marts at growing sizes: how the seconds grow, and what memory and disk it takes.

python -m benchmarks.builds COUNTY    one lap, against the instance in HEARTH_HOME
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks.data import MONTH, county, digest_of
from benchmarks.race import Contender, Lap, first_lap, instance, middle, tell
from hearth.building.dbt import project_digest
from hearth.contracts import SOURCES
from hearth.database.engine import connect
from hearth.errors import HearthError
from hearth.settings import PROJECT_ROOT, Settings, load_settings

BUILT = "built"
"""Marks an instance whose month stands as it was built, with a digest of the code that did it."""
SLOWEST = """
    select subject, round(seconds, 2)::float from ops.time_spent where stage = 'model' order by seconds desc limit 10
"""
STEPS = """
    select step, round(sum(seconds), 1)::float from ops.time_spent where stage = 'build' group by 1 order by 2 desc
"""
DISK = """
    select
        round(pg_database_size(current_database()) / 1e6)::integer as database,
        round((select temp_bytes from pg_stat_database where datname = current_database()) / 1e6)::integer as temporary,
        round(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') / 1e6)::integer as wal
"""
SO_FAR = ("temporary", "wal")
"""Of these the server counts all that there ever was."""
WAIT_SECONDS = 12.0
"""A backend hands its statistics over when it ends, or when it has been idle for ten seconds."""
OTHERS = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"


def measure(work: Path, sizes: Sequence[int], rounds: int, *, is_last_kept: bool = True) -> dict[str, Any]:
    """Seconds of load and build for each number of households, and the exponents with which they grow; of one size
    there are none. The instance of the last size may stay for the benchmarks that go on from a built month."""
    found = {}
    for households in sizes:
        found[households] = middle([_lap(work, households) for _ in range(rounds)])
        if households != sizes[-1] or not is_last_kept:
            shutil.rmtree(_home(work, households))
    return {
        "rounds": rounds,
        "sizes": {str(households): lap for households, lap in found.items()},
        "exponents": {
            step: exponent({size: lap[step] for size, lap in found.items()})
            for step in ("load", "build")
            if len(found) > 1
        },
    }


@contextmanager
def built(work: Path, households: int) -> Iterator[Settings]:
    """An instance at work, with the month of a county of that size loaded and built by today's code; made when it is
    not there. Afterwards it stays where the file `BUILT` is put back into it."""
    home = _home(work, households)
    marker = home / BUILT
    if not marker.exists() or marker.read_text(encoding="ascii") != code_digest():
        _lap(work, households)
    marker.unlink()
    with instance(home) as settings:
        yield settings


def leave_built(settings: Settings) -> None:
    """Mark an instance whose month stands as it was built."""
    (settings.home / BUILT).write_text(code_digest(), encoding="ascii")


def code_digest() -> str:
    """A digest of what loads and builds."""
    own = digest_of([*(PROJECT_ROOT / "src").rglob("*.py"), *(PROJECT_ROOT / "sql").glob("*.sql")])
    return hashlib.sha256(f"{project_digest()}{own}".encode()).hexdigest()


def _home(work: Path, households: int) -> Path:
    return work / f"month-{households}"


def _lap(work: Path, households: int) -> Lap:
    home, folder = _home(work, households), county(work, households)
    lap = first_lap(Contender(f"{households:,}", __name__, (str(folder),)), home)
    print(f"  {households:,} households: {lap.seconds:.1f} s", flush=True)
    leave_built(load_settings({"HEARTH_HOME": str(home)}))
    return lap


def exponent(seconds: Mapping[int, float]) -> float:
    """The slope between the smallest and the largest on logarithmic scales: 1 is linear."""
    small, large = min(seconds), max(seconds)
    return round(math.log(seconds[large] / seconds[small]) / math.log(large / small), 2)


def load_month(settings: Settings, folder: Path, months: Sequence[str] | None = None) -> None:
    """Parameters and all files of a county, or those of some months, two departments side by side."""
    from hearth.building.parameters import load_parameters
    from hearth.loading.departments import load_departments

    load_parameters(settings, folder / "config" / "rule_parameters.csv")
    names = [source.name for source in SOURCES]
    for source, result in load_departments(
        settings, names, landing=folder / "landing", months=months, tick=lambda *_: None
    ):
        if isinstance(result, HearthError):
            result.add_note(source)
            raise result


def publish(settings: Settings, month: str, *, force: bool = False) -> float:
    """Build a month and publish it; gives the seconds that it took."""
    from hearth.building import build_month

    began = time.perf_counter()
    outcome = build_month(settings, month, force=force)
    if outcome.status != "published":
        raise SystemExit(f"{month} is {outcome.status}: {outcome.message}")
    return time.perf_counter() - began


@contextmanager
def alone(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection once all others have hung up: only then have their statistics arrived."""
    with connect(settings, autocommit=True) as connection:
        deadline = time.monotonic() + WAIT_SECONDS
        while connection.execute(OTHERS).fetchone() != (0,) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield connection


def disk(settings: Settings) -> dict[str, int]:
    """Megabytes of the database now; of temporary files and the log so far."""
    with alone(settings) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(DISK).fetchone() or {}


def since(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What there is on the disk afterwards, and what was written in between."""
    return {**after, **{name: after[name] - before[name] for name in SO_FAR}}


def _month(folder: Path) -> dict[str, Any]:
    settings = load_settings(os.environ)
    before = disk(settings)
    began = time.perf_counter()
    load_month(settings, folder)
    loading = time.perf_counter() - began
    building = publish(settings, MONTH)
    with connect(settings) as connection:
        steps, slowest = (dict(connection.execute(query).fetchall()) for query in (STEPS, SLOWEST))
    return {
        "seconds": loading + building,
        "load": round(loading, 1),
        "build": round(building, 1),
        "steps": steps,
        "models": slowest,
        "megabytes": since(before, disk(settings)),
    }


if __name__ == "__main__":
    tell(**_month(Path(sys.argv[1])))
