"""The models of a month on DuckDB, from parquet: the same SQL, put into DuckDB's words by sqlglot.

    python -m benchmarks.on_duckdb EXPORT FOLDER    what the models read, and their SQL
    python -m benchmarks.on_duckdb RUN FOLDER       one lap of DuckDB
    python -m benchmarks.on_duckdb BUILD -          one lap of PostgreSQL, of the instance in HEARTH_HOME: the month
                                                    built and published by force

Evidence, arrays of JSON in PostgreSQL, are lists of JSON here. Models of range types, of recursion over arrays, and
those that call functions over the register of deliveries are not translated: DuckDB is given their rows (`GIVEN`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import sqlglot
from sqlglot import exp

from benchmarks.builds import built, leave_built, publish
from benchmarks.data import MONTH
from benchmarks.race import Contender, address, medians, race, run_lap, tell, within
from hearth.database.engine import connect
from hearth.settings import Settings, load_settings

GIVEN = (
    "int_winning_deliveries",
    "int_counting_deliveries",
    "int_extract_freshness",
    "int_division_successors",
    "int_roster_states_before",
    "int_roster_states",
    "int_person_history",
)
FUNCTIONS = (
    "ops.name_differences(a, b) as len(list_filter(range(1, length(a) + 1), lambda i:"
    " substr(a, i, 1) <> substr(b, i, 1) and substr(a, i, 1) <> '?' and substr(b, i, 1) <> '?'))",
    "ops.names_equal(a, b) as case when a = b then true"
    " when length(a) <> length(b) or strpos(a || b, '?') = 0 then false else ops.name_differences(a, b) = 0 end",
    "ops.names_compatible(a, b) as case when a = b then true when length(a) <> length(b) then false"
    " else ops.name_differences(a, b) <= 1 end",
    "without_nulls(listed) as list_filter(listed, lambda one: one is not null)",
    "ops.birthday(birth, years) as cast(birth + to_years(cast(years as integer)) as date)"
    " + cast(extract(day from birth) <> extract(day from birth + to_years(cast(years as integer))) as integer)",
)
"""What sql/040_functions.sql says of names and birthdays, and array_remove of PostgreSQL."""
COMPARED = "fct_household_month"
PUBLISHED = "published.parquet"


def measure(work: Path, households: int, rounds: int) -> dict[str, Any]:
    """Seconds of both, from loaded slices: PostgreSQL to published marts, DuckDB to tables."""
    folder = work / f"duckdb-{households}-parquet"
    contenders = [
        Contender("build, published", __name__, ("BUILD", "-")),
        Contender("DuckDB from parquet", __name__, ("RUN", str(folder))),
    ]
    with built(work, households) as settings:
        told = run_lap(Contender("export", __name__, ("EXPORT", str(folder))), settings.home).told
        ways = medians(race(contenders, rounds, within(settings.home)))
        leave_built(settings)
    build, other = (ways[contender.name] for contender in contenders)
    return {
        "households": households,
        "rounds": rounds,
        "ways": ways,
        "times_duckdb": round(build["seconds"] / other["seconds"], 2),
        "models_times_duckdb": round(build["transform_seconds"] / other["seconds"], 2),
        **told,
    }


# PostgreSQL


def _build(settings: Settings) -> dict[str, Any]:
    seconds = publish(settings, MONTH, force=True)
    query = """
        select sum(seconds)::float from ops.steps
        where build_id = (select max(build_id) from ops.builds) and step = 'transform'
    """
    with connect(settings) as connection:
        (transform,) = connection.execute(query).fetchone() or (0,)
    return {"seconds": seconds, "transform_seconds": transform}


# Out of PostgreSQL


def _export(settings: Settings, folder: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    manifest = json.loads((settings.home / "artifacts" / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    compiled = settings.home / "artifacts" / "dbt" / "compiled" / "hearth"
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    made = {node["name"] for node in models.values()}
    scripts: list[tuple[str, str, str | None]] = []
    needed: set[str] = set()
    for key in _in_order(models):
        node = models[key]
        name = f"{node['schema']}.{node['name']}"
        if node["name"] in GIVEN:
            needed.add(name)
            scripts.append((name, "given", None))
            continue
        tree = sqlglot.parse_one((compiled / node["original_file_path"]).read_text(encoding="utf-8"), read="postgres")
        for table in tree.find_all(exp.Table):
            table.set("catalog", None)
            if table.db and (table.name not in made or (table.db == "marts" and node["name"] != table.name)):
                needed.add(f"{table.db}.{table.name}")
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        scripts.append((name, kind, in_words_of_duckdb(tree)))
    (folder / "models.json").write_text(json.dumps(scripts, ensure_ascii=False, indent=1), encoding="utf-8")
    with connect(settings) as connection:
        for name in sorted(needed):
            _as_parquet(settings, connection, name, folder / f"{name}.parquet")
        _as_parquet(settings, connection, f"marts.{COMPARED}", folder / PUBLISHED)
    counts = {kind: sum(one[1] == kind for one in scripts) for kind in ("table", "view", "given")}
    return {"seconds": 0.0, "models": counts}


def _in_order(models: dict[str, Any]) -> Iterator[str]:
    seen: set[str] = set()

    def visit(key: str) -> Iterator[str]:
        if key in models and key not in seen:
            seen.add(key)
            for before in models[key]["depends_on"]["nodes"]:
                yield from visit(before)
            yield key

    for key in models:
        yield from visit(key)


def _as_parquet(settings: Settings, connection: psycopg.Connection[Any], name: str, path: Path) -> None:
    """A relation with its types: numbers exact, evidence a list of JSON, ranges as text."""
    columns = connection.execute(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum", (name,)
    ).fetchall()  # fmt: skip
    texts = ("numeric", "jsonb", "int4range", "int4multirange")
    read = ", ".join(
        f'"{column}"::text as "{column}"' if kind.startswith(texts) else f'"{column}"' for column, kind in columns
    )
    frame = pl.read_database_uri(f"select {read} from {name}", address(settings), engine="adbc")  # noqa: S608 names of our own
    typed = ", ".join(f'{_typed(column, kind)} as "{column}"' for column, kind in columns)
    with duckdb.connect() as duck:
        duck.register("frame", frame.to_arrow())
        duck.execute(f"copy (select {typed} from frame) to '{path}' (format parquet)")  # noqa: S608 likewise


def _typed(column: str, kind: str) -> str:
    if kind.startswith("numeric"):
        return f'cast("{column}" as {kind if "(" in kind else "decimal(24, 6)"})'
    return f"""from_json("{column}", '["json"]')""" if kind == "jsonb" else f'"{column}"'


# Into DuckDB's words


def in_words_of_duckdb(tree: Any) -> str:
    """One model's SQL for DuckDB; what stands within is put into other words before what it stands in."""
    for node in reversed(list(tree.walk(bfs=True))):
        if (other := _translated(node)) is not node:
            node.replace(other)
    return tree.sql(dialect="duckdb")


def _translated(node: Any) -> Any:
    match node:
        case exp.Interval() if " - " in node.this.name:
            return sqlglot.parse_one("to_months(1) - to_days(1)", read="duckdb")
        case exp.MakeInterval() if isinstance(node.args.get("year"), exp.Kwarg):
            return _function(f"to_{node.args['year'].name}", node.args["year"].expression)
        case exp.ArrayRemove():
            return _function("without_nulls", node.this)
        case exp.Substring() if isinstance(node.args.get("start"), exp.Literal) and node.args["start"].is_string:
            return _function(
                "nullif", _function("regexp_extract", node.this, node.args["start"], _number(1)), _text("")
            )
        case exp.JSONExtract() | exp.JSONBExtract():
            return _function("json_extract", node.this, node.expression)
        case exp.JSONExtractScalar() | exp.JSONBExtractScalar():
            return _function("json_extract_string", node.this, node.expression)
        case exp.Cast() if node.to.is_type("jsonb") and node.this.name == "[]":
            return sqlglot.parse_one("cast([] as json[])", read="duckdb")
        case exp.Lateral() if node.this.name.lower() == "jsonb_array_elements":
            alias = node.args["alias"]
            inner = exp.select(exp.alias_(_function("unnest", *node.this.expressions), alias.columns[0]))
            return exp.Lateral(this=exp.Subquery(this=inner), alias=exp.TableAlias(this=alias.this))
        case exp.Anonymous():
            return _renamed(node)
    return node


def _renamed(node: exp.Anonymous) -> Any:
    arguments = node.expressions
    match node.name.lower():
        case "jsonb_build_object":
            return _function("json_object", *arguments)
        case "jsonb_build_array":
            return exp.Array(expressions=[_function("to_json", one) for one in arguments])
        case "jsonb_agg":
            return _function("list", *arguments)
        case "jsonb_path_query_array":
            return _function("flatten", arguments[0])
        case "num_nulls" | "num_nonnulls" as name:
            is_null = "is null" if name == "num_nulls" else "is not null"
            counted = (f"cast({one.sql(dialect='duckdb')} {is_null} as integer)" for one in arguments)
            return exp.paren(sqlglot.parse_one(" + ".join(counted), read="duckdb"))
    return node


def _function(name: str, *arguments: Any) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _number(value: int) -> exp.Expression:
    return exp.Literal.number(value)


def _text(value: str) -> exp.Expression:
    return exp.Literal.string(value)


# DuckDB


def _run(folder: Path) -> dict[str, Any]:
    scripts = json.loads((folder / "models.json").read_text(encoding="utf-8"))
    file = folder / "lap.duckdb"
    file.unlink(missing_ok=True)  # of a lap that failed
    duck = duckdb.connect(str(file))
    for schema in ("raw", "ops", "restricted", "staging", "intermediate", "marts", "marts_next"):
        duck.execute(f"create schema {schema}")
    for function in FUNCTIONS:
        duck.execute(f"create macro {function}")
    for path in folder.glob("*.*.parquet"):
        duck.execute(f"create view {path.stem} as select * from read_parquet('{path}')")  # noqa: S608 our own names
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    for name, kind, script in scripts:
        if script is not None:
            started = time.perf_counter()
            duck.execute(f"create {kind} {name} as {script}")
            seconds[name] = round(time.perf_counter() - started, 2)
    took = time.perf_counter() - began
    slowest = dict(sorted(seconds.items(), key=lambda item: -item[1])[:10])
    differing = _differences(duck, folder)
    duck.close()
    file.unlink()
    return {"seconds": took, "slowest_models": slowest, **differing}


def _differences(duck: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Households of the fact, and rows that are in one of the two facts only."""
    own, theirs = f"(from marts_next.{COMPARED})", f"(from '{folder / PUBLISHED}')"
    query = f"""
        select
            (select count(*) from {own}),
            (select count(*) from ({own} except {theirs})) + (select count(*) from ({theirs} except {own}))
    """  # noqa: S608 names of our own
    rows, differing = duck.execute(query).fetchone() or (0, 0)
    return {"rows": rows, "rows_that_differ": differing}


if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2])
    own = load_settings(os.environ)
    tell(**(_run(folder) if what == "RUN" else _export(own, folder) if what == "EXPORT" else _build(own)))
