"""A list in GB18030 into PostgreSQL: Hearth's whole way beside what only copies, and what others load with.

    python -m benchmarks.loads WAY FILE    one lap, against the instance in HEARTH_HOME

Hearth decodes, parses every cell by its contract, sets faulty rows apart with their reasons, gates the slice and
registers the file; amounts are numeric and times timestamps. The others write text, and check nothing.
"""

from __future__ import annotations

import csv
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.data import first_line, landed, settlements
from benchmarks.race import Contender, address, anew, load_steps, medians, race, tell
from hearth.database.cluster import data_folder
from hearth.database.engine import connect, url
from hearth.settings import load_settings

ENCODING = "gb18030"
TABLE = "settlements"
ROWS_AT_A_TIME = 20_000
WAYS = ("hearth", "COPY", "polars and ADBC", "pandas.to_sql", "dlt")
SLOW = ("pandas.to_sql", "dlt")
"""Of these one lap says enough."""


def measure(work: Path, rows: int, households: int, rounds: int) -> dict[str, Any]:
    """Seconds and memory of each way, and how many times as long as the server's own COPY it takes."""
    path = settlements(work, rows, households)
    contenders = [Contender(way, __name__, (way, str(path))) for way in WAYS]
    fast = race([one for one in contenders if one.name not in SLOW], rounds, anew(work))
    slow = race([one for one in contenders if one.name in SLOW], 1, anew(work))
    found = medians(fast | slow)
    limit, hearth = found["COPY"]["seconds"], found["hearth"]["seconds"]
    return {
        "rows": rows,
        "megabytes": round(path.stat().st_size / 1e6),
        "rounds": rounds,
        "ways": found,
        "of_copy": round(limit / hearth, 2),
        "times_dlt": round(found["dlt"]["seconds"] / hearth, 1),
    }


def _hearth(path: Path) -> dict[str, Any]:
    from hearth.loading.load import load_source

    settings = load_settings(os.environ)
    landing = landed(path.parent, path, "medical_insurance", "医保结算明细")
    began = time.perf_counter()
    outcomes = load_source(settings, "medical_insurance", landing=landing)
    seconds = time.perf_counter() - began
    (outcome,) = outcomes
    if outcome.status != "accepted":
        raise SystemExit(outcome.message)
    with connect(settings) as connection:
        steps = load_steps(connection)
    return {"seconds": seconds, "loaded": outcome.rows_loaded, "quarantined": outcome.rows_quarantined, "steps": steps}


def _copy(path: Path) -> dict[str, Any]:
    """The limit: the server reads the file itself, from its own folder, since it may not be let into ours."""
    settings = load_settings(os.environ)
    near = data_folder(settings) / "list.csv"
    shutil.copyfile(path, near)
    near.chmod(0o644)
    os.sync()  # or the copying is written to the disk meanwhile
    columns = ", ".join(f"{name} text" for name in first_line(path, ENCODING))
    with connect(settings, autocommit=True) as connection:
        connection.execute(f"create table {TABLE} ({columns})".encode())
        command = f"copy {TABLE} from '{near.name}' (format csv, header, encoding '{ENCODING}')".encode()
        began = time.perf_counter()
        connection.execute(command)
    return {"seconds": time.perf_counter() - began}


def _polars(path: Path) -> dict[str, Any]:
    import polars as pl

    began = time.perf_counter()
    text = path.read_bytes().decode(ENCODING).encode()
    frame = pl.read_csv(text, infer_schema=False)
    frame.write_database(TABLE, address(load_settings(os.environ)), engine="adbc")
    return {"seconds": time.perf_counter() - began}


def _pandas(path: Path) -> dict[str, Any]:
    import pandas as pd
    import sqlalchemy as sa

    engine = sa.create_engine(url(load_settings(os.environ)))
    began = time.perf_counter()
    frame = pd.read_csv(path, encoding=ENCODING, dtype=str, keep_default_na=False)
    frame.to_sql(TABLE, engine, index=False, chunksize=ROWS_AT_A_TIME)
    return {"seconds": time.perf_counter() - began}


def _dlt(path: Path) -> dict[str, Any]:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt

    settings = load_settings(os.environ)

    def rows() -> Iterator[dict[str, str]]:
        with path.open(encoding=ENCODING, newline="") as file:
            yield from csv.DictReader(file)

    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.postgres(address(settings)),
        dataset_name="bench",
        pipelines_dir=str(settings.home / "dlt"),
    )
    began = time.perf_counter()
    pipeline.run(rows(), table_name=TABLE)
    return {"seconds": time.perf_counter() - began}


_RUN: dict[str, Callable[[Path], dict[str, Any]]] = dict(
    zip(WAYS, (_hearth, _copy, _polars, _pandas, _dlt), strict=True)
)

if __name__ == "__main__":
    tell(**_RUN[sys.argv[1]](Path(sys.argv[2])))
