"""Records to persons: the models of identity beside Splink on DuckDB, with the persons they are about known.

    python -m benchmarks.identity BUILD FOLDER   one lap: the stage of identity of a month of a roster and of one list
    python -m benchmarks.identity SPLINK FOLDER  one lap

The list is drawn from the roster; a share of its records is broken, each in one of the ways of `BREAKS`. Splink gets
the columns that Hearth's loading has made of both: name, 17 digits of the ID number, village.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.builds import load_month
from benchmarks.data import MONTH, county
from benchmarks.race import Contender, address, empty_instance, medians, race, run_lap, tell, within
from hearth.contracts import source
from hearth.database.engine import connect
from hearth.reading.table import read_table
from hearth.settings import Settings, load_settings

SEED = 5
BROKEN = 0.02
SURE = 0.95
"""The probability from which a link of Splink's counts."""
HEADERS = {
    "个人编号": "number", "姓名": "name", "证件号码": "citizen_id", "乡镇": "township", "行政村": "village",
    "参保年度": "year", "险种代码": "type", "个人缴费金额": "premium", "缴费状态": "status",
}  # fmt: skip
FOUND = """
    select found.row_number, persons.person_no
    from intermediate.{} as found
    inner join restricted.persons using (person_key)
    where found.source = 'medical_insurance' and found.extract = 'enrolments'
"""
MODELS = "select model, seconds::float from ops.model_runs where build_id = %s"
LINKING = ("record", "insured_no", "department_no")
"""What renews the models that are about records (dbt_project.yml); the others are about rosters and households."""

Cells = dict[str, str]


def _no_number(row: Cells, rng: random.Random) -> Cells:
    return {**row, "citizen_id": ""}


def _other_digit(row: Cells, rng: random.Random) -> Cells:
    place, number = rng.randrange(6, 17), row["citizen_id"]
    digit = rng.choice([one for one in "0123456789" if one != number[place : place + 1]])
    return {**row, "citizen_id": number[:place] + digit + number[place + 1 :]}


def _masked(row: Cells, rng: random.Random) -> Cells:
    return {**row, "citizen_id": row["citizen_id"][:10] + "****" + row["citizen_id"][14:]}


def _misspelt_without_number(row: Cells, rng: random.Random) -> Cells:
    place = rng.randrange(1, len(row["name"])) if len(row["name"]) > 1 else 0
    return {**row, "citizen_id": "", "name": row["name"][:place] + "某" + row["name"][place + 1 :]}


BREAKS: tuple[Callable[[Cells, random.Random], Cells], ...] = (
    _no_number, _other_digit, _masked, _misspelt_without_number,
)  # fmt: skip


def measure(work: Path, households: int, rounds: int, records: int | None = None) -> dict[str, Any]:
    """Seconds, recall and precision of both; a list of so many records, or of one for each person with a number."""
    home, folder = work / f"identity-{households}", work / f"identity-{households}-files"
    listed = _landing(county(work, households), folder, records)
    contenders = [
        Contender("hearth", __name__, ("BUILD", str(folder))),
        Contender("Splink on DuckDB", __name__, ("SPLINK", str(folder))),
    ]
    with empty_instance(home) as settings:
        load_month(settings, folder)
        run_lap(contenders[0], home)
        persons = _export(settings, folder)
        ways = medians(race(contenders, rounds, within(home)))
    shutil.rmtree(home)
    return {"persons": persons, "records": listed, "broken": BROKEN, "rounds": rounds, "ways": ways}


def _landing(made: Path, folder: Path, records: int | None) -> int:
    """The county's roster, and the list drawn from it; whose record each row is stands in truth.parquet."""
    shutil.rmtree(folder, ignore_errors=True)
    roster = folder / "landing" / "registry"
    shutil.copytree(made / "landing" / "registry", roster)
    shutil.copytree(made / "config", folder / "config")
    extract = source("registry").extract("members")
    columns = {"person_no": "人员编号", "person_name": "姓名", "citizen_id": "证件号码"}
    frames = []
    for path in sorted(roster.glob(f"*/*{extract.stems[0].text}*")):
        table = read_table(path, extract)
        at = {name: f"c{table.positions[name]}" for name in (*columns, "township_name", "village_name")}
        frames.append(table.rows.select(**{name: pl.col(cell) for name, cell in at.items()}))
    persons = pl.concat(frames).drop_nulls().unique("person_no", keep="first", maintain_order=True)
    persons = persons.filter(pl.col("citizen_id").str.contains(r"^\d{17}[\dX]$"))
    if records is not None:
        persons = persons.sample(records, seed=SEED)
    rng, rows = random.Random(SEED), []  # noqa: S311 no secret hangs on it
    for number, (_, name, citizen_id, township, village) in enumerate(persons.iter_rows()):
        row = {"number": f"G{number:09}", "name": name, "citizen_id": citizen_id, "township": township,
               "village": village, "year": MONTH[:4], "type": "390", "premium": "400", "status": "已缴费"}  # fmt: skip
        rows.append(rng.choice(BREAKS)(row, rng) if rng.random() < BROKEN else row)
    target = folder / "landing" / "medical_insurance" / MONTH / f"城乡居民参保_{MONTH}.csv"
    target.parent.mkdir(parents=True)
    pl.DataFrame(rows).select(pl.col(name).alias(header) for header, name in HEADERS.items()).write_csv(target)
    truth = persons.select("person_no").with_row_index("row_number", offset=2)
    truth.write_parquet(folder / "truth.parquet")
    return len(rows)


def _export(settings: Settings, folder: Path) -> int:
    """What Splink is given."""
    persons = pl.read_database_uri(
        "select persons.person_no as unique_id, spine.name_key as name, spine.id_17::text as id_17, spine.village_code"
        " from intermediate.int_spine_persons as spine inner join restricted.persons using (person_key)",
        address(settings),
        engine="adbc",
    )
    records = pl.read_database_uri(
        "select row_number::text as unique_id, name_key as name, id_17::text as id_17, village_code"
        " from intermediate.int_person_records where source = 'medical_insurance' and extract = 'enrolments'",
        address(settings),
        engine="adbc",
    )
    persons.write_parquet(folder / "persons.parquet")
    records.write_parquet(folder / "records.parquet")
    return persons.height


def _build(settings: Settings, folder: Path) -> dict[str, Any]:
    from hearth.building import prepare, transform

    build = prepare(settings, MONTH, force=True)
    began = time.perf_counter()
    transform(settings, build, "identity")
    seconds = time.perf_counter() - began
    with connect(settings) as connection:
        links, candidates = (
            pl.DataFrame(connection.execute(query).fetchall(), ["row_number", "person_no"], orient="row")
            for query in (FOUND.format("int_links"), FOUND.format("int_queued_candidates"))
        )
        models = dict(connection.execute(MODELS, (build.build_id,)).fetchall())
    manifest = json.loads((settings.home / "artifacts" / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    renewed_by = {node["name"]: node["config"]["meta"].get("renewed_by") for node in manifest["nodes"].values()}
    return {
        "seconds": seconds,
        **_judged(links, folder),
        "queued": _judged(candidates, folder)["recall"],
        "models": round(sum(models.values()), 1),
        "models_that_link": round(sum(took for name, took in models.items() if renewed_by.get(name) in LINKING), 1),
    }


def _splink(folder: Path) -> dict[str, Any]:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    began = time.perf_counter()
    api = DuckDBAPI()
    tables = [
        api.register(pl.read_parquet(folder / f"{name}.parquet").to_arrow(), dataset_display_name=name)
        for name in ("persons", "records")
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.DamerauLevenshteinAtThresholds("id_17", [1, 2]),
            cl.LevenshteinAtThresholds("name", [1]),
            cl.ExactMatch("village_code"),
        ],
        blocking_rules_to_generate_predictions=[block_on("id_17"), block_on("name", "village_code")],
    )
    linker = Linker(tables, settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match([block_on("id_17", "name")], recall=0.98)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("id_17"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "village_code"))
    pairs = linker.inference.predict(threshold_match_probability=SURE).as_duckdbpyrelation().pl()
    seconds = time.perf_counter() - began
    is_left = pairs["source_dataset_l"] == "persons"
    links = pl.DataFrame(
        {
            "person_no": pairs["unique_id_l"].zip_with(is_left, pairs["unique_id_r"]),
            "row_number": pairs["unique_id_r"].zip_with(is_left, pairs["unique_id_l"]).cast(pl.Int64),
            "probability": pairs["match_probability"],
        }
    )
    best = links.sort("probability", descending=True).unique("row_number", keep="first", maintain_order=True)
    return {"seconds": seconds, **_judged(best.select("row_number", "person_no"), folder)}


def _judged(links: pl.DataFrame, folder: Path) -> dict[str, float]:
    """Of all records those with their person; of the links those to the right one."""
    truth = pl.read_parquet(folder / "truth.parquet").cast({"row_number": pl.Int64})
    right = links.cast({"row_number": pl.Int64}).join(truth, on=["row_number", "person_no"]).height
    return {"recall": round(right / truth.height, 5), "precision": round(right / max(links.height, 1), 5)}


if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2])
    tell(**(_build(load_settings(os.environ), folder) if what == "BUILD" else _splink(folder)))
