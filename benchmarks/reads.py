"""What dashboards and analysts ask, by eight of them at once, of as many facts as a prefecture has in a year.

    python -m benchmarks.reads SECONDS SEED    one client, against the instance in HEARTH_HOME; tells its latencies

A county is built once. Its published months are repeated under further months, households and divisions, partitions,
indexes and statistics included, until there are as many facts as were asked for.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from benchmarks.builds import code_digest
from benchmarks.data import county, run_command
from benchmarks.race import TOLD, LapFailed, clear, environment_of, instance, tell
from hearth.database.engine import connect
from hearth.settings import Settings, load_settings

CLIENTS = 8
MONTHS = 12

QUERIES = {
    "a township's list by level": """
        select household_key, village_code, risk_level, suggested_category, flagged_count, unknown_count, member_count
        from marts.fct_household_month
        where month = %(month)s and township_code = %(township)s
        order by case risk_level when 'red' then 0 when 'yellow' then 1 when 'grey' then 2 else 3 end,
            flagged_count desc, household_key
        limit 50
    """,
    "the households that a rule flags most": """
        select household_key, village_code, observed_value, threshold_value
        from marts.fct_household_risk_signal
        where month = %(month)s and rule_code = %(rule)s and state = 'flagged'
        order by observed_value desc nulls last, household_key
        limit 50
    """,
    "one household with its evidence": """
        select fact.risk_level, fact.income_per_capita, signal.rule_code, signal.state, signal.evidence
        from marts.fct_household_month as fact
        left join marts.fct_household_risk_signal as signal using (month, household_key)
        where fact.month = %(month)s and fact.household_key = %(household)s
    """,
    "the scorecards of a township's villages": """
        select division_code, household_count, red_count, yellow_count, grey_count, unknown_share
        from marts.agg_division_month
        where month = %(month)s and division_level = 'village' and division_code like %(below)s
        order by red_count desc nulls last, division_code
        limit 50
    """,
    "a county's scorecard": """
        select * from marts.agg_division_month where month = %(month)s and division_code = %(county)s
    """,
    "a township over twelve months": """
        select month, household_count, red_count, yellow_count, unknown_share
        from marts.agg_division_month
        where division_code = %(township)s
        order by month desc
        limit 12
    """,
}


def measure(work: Path, households: int, facts: int, seconds: int) -> dict[str, Any]:
    """Latencies of each query with eight clients, and the processor's time that they themselves took."""
    with instance(_warehouse(work, households, facts)) as settings:
        with connect(settings) as connection:
            counted = connection.execute("select count(*) from marts.fct_household_month").fetchone()
            size = connection.execute("select pg_database_size(current_database())").fetchone()
        found = _asked(settings, seconds)
    answers = sum(len(latencies) for latencies in found["latencies"].values())
    return {
        "facts": counted and counted[0],
        "gigabytes": size and round(size[0] / 1e9, 1),
        "clients": CLIENTS,
        "seconds": seconds,
        "answers_a_second": round(answers / seconds),
        "cores_of_the_clients": round(found["cpu_seconds"] / seconds, 2),
        "queries": {name: _percentiles(latencies) for name, latencies in found["latencies"].items()},
    }


def _percentiles(latencies: list[float]) -> dict[str, float]:
    ordered = sorted(latencies)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {"answers": len(ordered)} | {
        name: round(1000 * ordered[int(share * (len(ordered) - 1))], 2) for name, share in at.items()
    }


def _asked(settings: Settings, seconds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __name__, str(seconds)]
    clients = [
        subprocess.Popen([*command, str(seed)], env=environment_of(settings.home), text=True, stdout=subprocess.PIPE)
        for seed in range(CLIENTS)
    ]
    latencies: dict[str, list[float]] = {name: [] for name in QUERIES}
    cpu = 0.0
    for client in clients:
        said, _ = client.communicate()
        if client.returncode:
            raise LapFailed(f"a client ended with {client.returncode}", said)
        told = json.loads(said.rpartition(TOLD)[2])
        cpu += told["cpu_seconds"]
        for name, own in told["latencies"].items():
            latencies[name] += own
    return {"latencies": latencies, "cpu_seconds": cpu}


def _ask(seconds: float, rng: random.Random) -> dict[str, Any]:
    """One client: asks at random, without a pause, and reads every answer."""
    latencies: dict[str, list[float]] = {name: [] for name in QUERIES}
    with connect(load_settings(os.environ), "analyst", autocommit=True) as connection:
        subjects = _subjects(connection)
        used = _processor_seconds()
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            name = rng.choice([*QUERIES])
            values = {key: rng.choice(among) for key, among in subjects.items()}
            values["below"] = f"{values['township'][:9]}%"
            connection.execute(QUERIES[name].encode(), values).fetchall()
            latencies[name].append(time.perf_counter() - began)
    return {"latencies": latencies, "cpu_seconds": _processor_seconds() - used}


def _processor_seconds() -> float:
    return sum(psutil.Process().cpu_times()[:2])


def _subjects(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    def column(query: str) -> list[Any]:
        return [value for (value,) in connection.execute(query.encode())]

    return {
        "month": column("select distinct month from marts.agg_division_month"),
        "township": column(
            "select division_code from marts.agg_division_month where division_level = 'township' group by 1"
        ),
        "county": column(
            "select division_code from marts.agg_division_month where division_level = 'county' group by 1"
        ),
        "rule": column("select rule_code from marts.dim_risk_rule"),
        # Few of each of many pages: a dashboard's readers do not ask for neighbours.
        "household": column(
            "select household_key from marts.fct_household_month tablesample system (2) where random() < 0.05"
        ),
    }


# The warehouse


def _warehouse(work: Path, households: int, facts: int) -> Path:
    """An instance with so many facts, made once by today's code."""
    home = work / f"reads-{facts}"
    filled = home / "filled"
    if filled.exists() and filled.read_text(encoding="ascii") == code_digest():
        return home
    folder = county(work, households)
    clear(home)
    command = run_command(folder, "--direct")
    subprocess.run(command, env=environment_of(home), check=True)
    with instance(home) as settings, connect(settings, autocommit=True) as connection:
        copies = -(-facts // (households * MONTHS))
        for table, partition, month in _partitions(connection):
            _repeat(connection, table, partition, month, copies)
            connection.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier("marts", table)))
    filled.write_text(code_digest(), encoding="ascii")
    return home


def _partitions(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    """Each mart of households or divisions, its only partition, and that one's month."""
    return connection.execute(
        """
        select parent.relname::text, child.relname::text, right(child.relname, 6)
        from pg_inherits
        inner join pg_class as parent on parent.oid = inhparent
        inner join pg_class as child on child.oid = inhrelid
        where
            parent.relnamespace = 'marts'::regnamespace and parent.relkind = 'p'
            and parent.relname ~ '^(fct|agg)_'
        """
    ).fetchall()


def _repeat(connection: psycopg.Connection[Any], table: str, partition: str, month: str, copies: int) -> None:
    """Twelve months of so many counties: keys and codes of a copy get its number. The built month itself goes."""
    found = connection.execute(
        "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " order by attnum",
        (f"marts.{partition}",),
    ).fetchall()
    names = [name for (name,) in found]
    mart, built = sql.Identifier("marts", table), sql.Identifier("marts", partition)
    # The city and the province above a county are not repeated with it.
    is_copied = (
        "copy = 0 or division_level in ('county', 'township', 'village')" if "division_level" in names else "true"
    )
    months = [f"(date '{month[:4]}-{month[4:]}-01' + interval '{number} months')::date" for number in range(MONTHS)]
    made = [sql.Identifier("marts", f"{table}__bench{number}") for number in range(MONTHS)]
    for later, target in zip(months, made, strict=True):
        copied = sql.SQL(", ").join(map(_copied(later), names))
        connection.execute(sql.SQL("create table {} (like {} including all)").format(target, built))
        connection.execute(
            sql.SQL("insert into {} select {} from {}, generate_series(0, {}) as copy where {}").format(
                target, copied, built, sql.Literal(copies - 1), sql.SQL(is_copied)
            )
        )
    connection.execute(sql.SQL("drop table {}").format(built))
    for later, target in zip(months, made, strict=True):
        connection.execute(
            sql.SQL("alter table {} attach partition {} for values in ({})").format(mart, target, sql.SQL(later))
        )


def _copied(month: str) -> Callable[[str], sql.Composable]:
    """The expression of a column in a copy."""

    def of(column: str) -> sql.Composable:
        name = sql.Identifier(column)
        if column == "month":
            return sql.SQL(month)
        if column == "household_key":
            return sql.SQL("{0} || case when copy > 0 then lpad(copy::text, 4, '0') else '' end").format(name)
        if column.endswith(("village_code", "township_code", "county_code", "division_code")):
            return sql.SQL(
                "case when copy = 0 or length({0}) < 6 then {0} else '99' || (1000 + copy) || substr({0}, 7) end"
            ).format(name)
        return name

    return of


if __name__ == "__main__":
    found = _ask(float(sys.argv[1]), random.Random(int(sys.argv[2])))  # noqa: S311 no secret hangs on it
    tell(float(sys.argv[1]), **found)
