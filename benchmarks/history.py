"""A county's months one after the other: what each takes and leaves on the disk, and what retention gives back.

python -m benchmarks.history month COUNTY MONTH    one lap, against the instance in HEARTH_HOME: from files to facts
python -m benchmarks.history retention MONTH       one lap: the months before that one closed, what can go dropped
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.builds import alone, code_digest, disk, load_month, publish, since
from benchmarks.data import county
from benchmarks.race import Contender, empty_instance, instance, middle, run_lap, tell
from hearth.settings import Settings, load_settings

MONTHS_KEPT = 36
"""What a county keeps, which a shorter history is drawn out to."""
SIZES = """
    select nspname::text, round(sum(pg_total_relation_size(pg_class.oid)) / 1e6)::integer
    from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'm') and nspname in ('raw', 'marts')
    group by 1
"""
ROWS = "select coalesce(sum(rows_loaded), 0)::bigint from ops.deliveries where month = %s and status = 'accepted'"
BY, REASON = "benchmarks", "retention is measured"


def measure(work: Path, households: int, months: int) -> dict[str, Any]:
    """Seconds, memory and disk of each month, what retention gives back when half of them may go, and what the
    database would come to in 36 months. Begun again after it was cut off, it goes on with the month it was at, of which
    the rest is measured."""
    folder, home = county(work, households, months), work / f"history-{households}x{months}"
    names = sorted({path.name for path in (folder / "landing").glob("*/*")})
    diary = home / f"months-{code_digest()[:12]}.json"
    goes_on = diary.exists()
    with (instance if goes_on else empty_instance)(home) as settings:
        laps = json.loads(diary.read_text("ascii")) if goes_on else {}
        for month in names[len(laps) :]:
            laps[month] = _lap(home, "month", str(folder), month)
            print(f"  {month}: {laps[month]['seconds']:.1f} s, {laps[month]['megabytes']['database']:,} MB", flush=True)
            whole = diary.with_suffix(".unfinished")
            whole.write_text(json.dumps(laps), encoding="ascii")
            whole.rename(diary)
        half = names[len(names) // 2]
        retention = _lap(home, "retention", half)
    shutil.rmtree(settings.home)
    return {
        "households": households,
        "was_cut_off": goes_on,
        "months": laps,
        "retention": {"before": half, **retention},
        "megabytes_of_three_years": _drawn_out([lap["megabytes"]["database"] for lap in laps.values()]),
    }


def _lap(home: Path, *what: str) -> dict[str, Any]:
    return middle([run_lap(Contender(what[-1], __name__, what), home)])


def _drawn_out(sizes: Sequence[int]) -> int:
    """With what a month added on average for each month that is missing; yearly lists of the first month, beside which
    the models' own tables are made, are not among it."""
    added = [after - before for before, after in itertools.pairwise(sizes)]
    return round(sizes[-1] + (MONTHS_KEPT - len(sizes)) * statistics.mean(added))


def _month(settings: Settings, folder: Path, month: str) -> dict[str, Any]:
    from hearth.building import months_due

    before = disk(settings)
    began = time.perf_counter()
    load_month(settings, folder, [month])
    loading = time.perf_counter() - began
    due = months_due(settings)
    building = sum(publish(settings, name) for name in due)
    with alone(settings) as connection:
        (rows,) = connection.execute(ROWS, (month,)).fetchone() or (0,)
        schemas = {"raw": 0, "marts": 0, **dict(connection.execute(SIZES).fetchall())}
    return {
        "seconds": loading + building,
        "load": round(loading, 1),
        "build": round(building, 1),
        "builds": len(due),
        "rows": rows,
        "megabytes": {**since(before, disk(settings)), **schemas},
    }


def _retention(settings: Settings, month: str) -> dict[str, Any]:
    from hearth.building.closing import close_month, month_standings
    from hearth.keeping.retention import Word, drop, plan

    earlier = [standing for standing in month_standings(settings) if standing.month < month]
    was_cut_off = any(standing.state == "closed" for standing in earlier)
    for standing in earlier:
        if standing.state != "closed":
            close_month(settings, standing.month, decided_by=BY, reason=REASON)
    before, stays = disk(settings)["database"], len(plan(settings, month).needed)
    began = time.perf_counter()
    gone = list(drop(settings, month, Word(BY, REASON)))
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "was_cut_off": was_cut_off,
        "slices": len(gone),
        "slices_needed": stays,
        "rows": sum(one.rows for one in gone),
        "megabytes": {"before": before, "after": disk(settings)["database"]},
    }


if __name__ == "__main__":
    here = load_settings(os.environ)
    if sys.argv[1] == "month":
        tell(**_month(here, Path(sys.argv[2]), sys.argv[3]))
    else:
        tell(**_retention(here, sys.argv[2]))
