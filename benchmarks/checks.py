"""What the gate's expectations cost beside everything else that a load does.

python -m benchmarks.checks COUNTY    one lap, against the instance in HEARTH_HOME
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.data import county
from benchmarks.race import Contender, anew, load_steps, medians, race, tell
from hearth.contracts import SOURCES
from hearth.database.engine import connect
from hearth.settings import load_settings

LARGEST = """
    select
        deliveries.extract,
        deliveries.rows_loaded::integer,
        round(sum(steps.seconds) filter (where steps.step = 'gate') / sum(steps.seconds), 3)::float as share
    from ops.steps inner join ops.deliveries using (delivery_id)
    where deliveries.status = 'accepted'
    group by deliveries.delivery_id
    order by 2 desc
    limit 5
"""


def measure(work: Path, households: int, rounds: int) -> dict[str, Any]:
    """Seconds of each step over all files of a county's month."""
    folder = county(work, households)
    ways = medians(race([Contender("load", __name__, (str(folder),))], rounds, anew(work)))
    return {"households": households, "rounds": rounds, "ways": ways}


def _load(folder: Path) -> dict[str, Any]:
    from hearth.loading.load import load_source

    settings = load_settings(os.environ)
    began = time.perf_counter()
    outcomes = [
        outcome for source in SOURCES for outcome in load_source(settings, source.name, landing=folder / "landing")
    ]
    seconds = time.perf_counter() - began
    with connect(settings) as connection:
        steps = load_steps(connection)
        largest = [list(row) for row in connection.execute(LARGEST).fetchall()]
    rows = sum(outcome.rows_loaded or 0 for outcome in outcomes)
    return {"seconds": seconds, "files": len(outcomes), "rows": rows, "steps": steps, "largest": largest}


if __name__ == "__main__":
    tell(**_load(Path(sys.argv[1])))
