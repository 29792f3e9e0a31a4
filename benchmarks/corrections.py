"""A day's deliveries and their correction, beside the month made anew.

    python -m benchmarks.corrections HOW    one lap, against the instance in HEARTH_HOME: `renewed` or `whole`

A county's month is loaded and built. Then comes a list of settlements of persons drawn at random, then the same list
corrected, each with the rest of the county as it was; the month is built where it was touched, and by force as a whole.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.builds import built, publish
from benchmarks.data import MONTH
from benchmarks.race import Contender, Lap, address, medians, run_lap, tell
from hearth.contracts import source
from hearth.database.engine import connect
from hearth.settings import Settings, load_settings

SEED = 7
SHARE = 0.02
"""Of the persons of the roster, drawn at random."""
DEPARTMENT, EXTRACT = "medical_insurance", "settlements"
STEPS = """
    select step, round(sum(seconds), 1)::float
    from ops.steps where build_id = (select max(build_id) from ops.builds) group by 1 order by 2 desc
"""


def measure(work: Path, households: int, rounds: int) -> dict[str, Any]:
    """Seconds of both, and how many were touched. The instance is gone afterwards: its month is another one."""
    folder = work / f"corrections-{households}-files"
    contenders = [Contender(how, __name__, (how,)) for how in ("renewed", "whole")]
    shutil.rmtree(folder, ignore_errors=True)
    laps: dict[str, list[Lap]] = {contender.name: [] for contender in contenders}
    with built(work, households) as settings:
        persons = _persons(settings)
        _send(settings, folder, persons, 0)
        run_lap(contenders[0], settings.home)  # dbt parses the project for the first renewal
        for number in range(1, rounds + 1):
            rows = _send(settings, folder, persons, number)
            for contender in contenders:
                lap = run_lap(contender, settings.home)
                print(f"  day {number}/{rounds}  {contender.name}: {lap.seconds:.2f} s", flush=True)
                laps[contender.name].append(lap)
    shutil.rmtree(settings.home)
    ways = medians(laps)
    renewed, whole = ways["renewed"], ways["whole"]
    return {
        "households": households,
        "persons": persons.height,
        "rows": rows,
        "share": SHARE,
        "rounds": rounds,
        "ways": ways,
        "of_a_whole_build": round(renewed["seconds"] / whole["seconds"], 3),
        "of_its_processor": round(renewed["cpu_seconds"] / whole["cpu_seconds"], 3),
    }


def _persons(settings: Settings) -> pl.DataFrame:
    return pl.read_database_uri(
        "select row_number, person_name, citizen_id from staging.stg_registry__members"
        " where person_name is not null order by delivery_id, row_number",
        address(settings),
        engine="adbc",
    )


def _send(settings: Settings, folder: Path, persons: pl.DataFrame, number: int) -> int:
    """A list of an odd day, and on the even one after it the same once more, corrected."""
    from hearth.loading.load import load_source

    day, extract = (number + 1) // 2, source(DEPARTMENT).extract(EXTRACT)
    drawn = persons.sample(fraction=SHARE, seed=SEED + day)
    amount = pl.int_range(pl.len()) % 20_000 + 100 + number
    cells = {
        "settlement_no": pl.format("D{}-{}", pl.lit(day), pl.int_range(pl.len())),
        "insured_no": pl.format("T{}-{}", pl.lit(day), pl.int_range(pl.len())),
        "person_name": pl.col("person_name"),
        "citizen_id": pl.col("citizen_id"),
        "medical_type": pl.lit("21"),
        "settled_at": pl.lit(f"{MONTH[:4]}-{MONTH[4:]}-20 09:00:00"),
        "total_yuan": amount,
        "own_share_yuan": amount,
        "own_outside_yuan": pl.lit(0),
        "is_refund": pl.lit("0"),
    }
    rows = drawn.select(expression.alias(extract.column(name).header) for name, expression in cells.items())
    correction = "_更正" if number % 2 == 0 and number else ""
    path = folder / DEPARTMENT / MONTH / f"{extract.stems[0].text}_第{day}日_{MONTH}{correction}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_csv(path)
    load_source(settings, DEPARTMENT, landing=folder)
    return rows.height


def _built(settings: Settings, how: str) -> dict[str, Any]:
    seconds = publish(settings, MONTH, force=how == "whole")
    with connect(settings) as connection:
        steps = dict(connection.execute(STEPS).fetchall())
        (touched,) = connection.execute(
            "select touched_households from ops.builds order by build_id desc limit 1"
        ).fetchone() or (None,)
    if (touched is None) != (how == "whole"):
        raise SystemExit("the month was not built as it was meant to be")
    return {"seconds": seconds, "touched_households": touched, "steps": steps}


if __name__ == "__main__":
    tell(**_built(load_settings(os.environ), sys.argv[1]))
