"""A county's months through Airflow's scheduler beside the same without it.

python -m benchmarks.scheduler WAY COUNTY    one lap, in the home of HEARTH_HOME
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.data import county, run_command
from benchmarks.race import Contender, anew, medians, race, tell

WAYS = {"direct": ["--direct"], "airflow": []}
ALLOWED_SHARE, ALLOWED_SECONDS = 0.25, 30


def measure(work: Path, households: int, rounds: int) -> dict[str, Any]:
    """Seconds from the first command in an empty home to the month published, both ways."""
    folder = county(work, households)
    contenders = [Contender(way, __name__, (way, str(folder)), needs_server=False) for way in WAYS]
    ways = medians(race(contenders, rounds, anew(work)))
    direct, airflow = (ways[way]["seconds"] for way in WAYS)
    allowed = direct * (1 + ALLOWED_SHARE) + ALLOWED_SECONDS
    return {
        "households": households,
        "rounds": rounds,
        "ways": ways,
        "seconds_more": round(airflow - direct, 1),
        "of_allowed": round((airflow - direct) / (allowed - direct), 2),
    }


def _run(way: str, folder: Path) -> float:
    command = run_command(folder, *WAYS[way])
    began = time.perf_counter()
    try:
        subprocess.run(command, env=os.environ, check=True)
        return time.perf_counter() - began
    finally:
        subprocess.run([command[0], "down"], env=os.environ, check=True)


if __name__ == "__main__":
    tell(_run(sys.argv[1], Path(sys.argv[2])))
