"""Everything an instance holds, in a form in which two instances of one county can be compared; and what is left over.

Numbers of deliveries and builds, and times, differ between two runs. A delivery is called by its path and bytes, and
times are left out; everything else must be equal.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

SCHEMAS = ("marts", "restricted", "raw", "ops")
HISTORY = (
    "steps",
    "model_runs",
    "expectation_results",
    "builds",
    "current_build",
    "read_log",
    "load_runs",
    "notifications",
)
"""Tables in `ops` and `restricted` that tell of every try, and so differ after one that was cut off."""
TIMES = ("timestamp with time zone",)
OWN_NUMBERS = ("set_id", "decision_id", "closing_id", "card_id", "queue_id")
FACTS_LEFT_OUT = ("bootstrap_fingerprint",)
SLICE = re.compile(r"__d[0-9]+$")
CHANGING_FILES = re.compile(
    r"\.(log|jsonl?|html|db|msgpack|gpickle|lock|gz)(\.\d+)?$|/run/|/logs/|/postgres/data/|compiled/|run/hearth"
)


def contents(connection: Connection) -> dict[str, str]:
    """A digest of the rows of every table that must be the same after any crash, and the months' states."""
    labels = _labels(connection)
    found = {name: _digest(connection, *name.split(".", 1), labels) for name in _tables(connection)}
    return found | {
        "months": _months(connection),
        "counted slices": _slices(connection, labels),
        "files in no row of the loads' history, or in two": _miscounted(connection),
    }


def workbooks(folder: Path) -> dict[str, str]:
    """A digest of every workbook below a folder, the time at which it was written left out."""
    return {f"{folder.name}/{path.relative_to(folder)}": _parts(path) for path in sorted(folder.rglob("*.xlsx"))}


def _parts(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as book:
            parts = [(name, book.read(name)) for name in sorted(book.namelist()) if name != "docProps/core.xml"]
    except zipfile.BadZipFile:
        return "no workbook"
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _labels(connection: Connection) -> dict[int, str]:
    return dict(
        connection.execute(
            "select delivery_id, relative_path || ' ' || coalesce(left(sha256, 12), '-') from ops.deliveries"
        ).fetchall()
    )


def _tables(connection: Connection) -> list[str]:
    rows = connection.execute(
        """
        select nspname || '.' || relname
        from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = any(%s) and relkind in ('r', 'p') and not relispartition and relname <> all(%s)
        order by 1
        """,
        (list(SCHEMAS), list(HISTORY)),
    ).fetchall()
    return [name for (name,) in rows if not SLICE.search(name)]


def _digest(connection: Connection, schema: str, table: str, labels: dict[int, str]) -> str:
    columns = [
        name for name, kind in _columns(connection, schema, table) if kind not in TIMES and name not in OWN_NUMBERS
    ]
    if not columns:
        return "no columns"
    query = sql.SQL("select to_jsonb(picked) from (select {} from {}) as picked").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, table)
    )
    if table == "instance_facts":
        query += sql.SQL(" where name <> all({})").format(list(FACTS_LEFT_OUT))
    rows = sorted(
        json.dumps(_named(row, labels), sort_keys=True, ensure_ascii=False) for (row,) in connection.execute(query)
    )
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
    return f"{len(rows)} rows {digest}"


def _columns(connection: Connection, schema: str, table: str) -> list[tuple[str, str]]:
    return connection.execute(
        """
        select attname::text, format_type(atttypid, null) from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum
        """,
        (f'"{schema}"."{table}"',),
    ).fetchall()


def _named(value: Any, labels: dict[int, str], key: str = "") -> Any:
    """Numbers of deliveries as what they stand for, wherever they are."""
    if isinstance(value, dict):
        return {name: _named(inner, labels, name) for name, inner in value.items()}
    if isinstance(value, list):
        named = [_named(inner, labels, key) for inner in value]
        return sorted(named, key=str) if "deliver" in key else named
    if "deliver" in key or key in ("duplicate_of", "adds_to"):
        return labels.get(value, value) if isinstance(value, int) else value
    if isinstance(value, str) and key in ("message", "message_zh"):
        return re.sub(r"(?<=delivery )\d+|(?<=第 )\d+(?= 号)", "N", value)
    return value


def _months(connection: Connection) -> str:
    """Every month with how often it was published; nothing is half built."""
    rows = connection.execute(
        """
        select to_char(month, 'YYYYMM'), count(*) filter (where status = 'published'), max(household_count)
        from ops.builds group by 1 order by 1
        """
    ).fetchall()
    return str(rows)


def _miscounted(connection: Connection) -> str:
    """Departments' months with the number of files that were registered, and that the history of loads tells of."""
    rows = connection.execute(
        """
        select source, month, files, told
        from (
            select source, month, count(*)::integer as files
            from ops.deliveries where source is not null and month is not null group by source, month
        ) as registered
        full join (
            select source, month, sum(accepted + held + rejected + other)::integer as told
            from ops.load_runs where outcome = 'done' group by source, month
        ) as history using (source, month)
        where files is distinct from told
        order by source, month
        """
    ).fetchall()
    return str(rows)


def _slices(connection: Connection, labels: dict[int, str]) -> str:
    rows = connection.execute(
        r"""
        select relname::text, substring(relname from '__d([0-9]+)$')::bigint, relispartition
        from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r' and relname ~ '__d[0-9]+$'
        """
    ).fetchall()
    return str(sorted((labels.get(number, f"nobody's {name}"), attached) for name, number, attached in rows))


def left_over(connection: Connection, home: Path, temporary: Path, known_files: set[str]) -> list[str]:
    """What nobody owns: relations, locks, transactions, processes, files."""
    return [
        *_stray_relations(connection),
        *_stray_sessions(connection),
        *(f"process {line}" for line in _stray_processes(home)),
        *(f"file {name}" for name in sorted(files(home, temporary) - known_files)),
    ]


def _stray_relations(connection: Connection) -> Iterator[str]:
    strays = connection.execute(
        r"""
        select nspname || '.' || relname
        from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'p', 'v') and (
            (nspname = 'marts' and relname ~ '__next$')
            or nspname ~ '^pg_temp' or nspname ~ '(trial|_tmp|__dbt_)' or relname ~ '__dbt_(tmp|backup)'
            or (nspname = 'marts' and relkind = 'r' and not relispartition and relname ~ '__[0-9]{6}$')
        )
        """
    )
    yield from (f"relation {name}" for (name,) in strays)
    if connection.execute("select count(*) from ops.builds where status = 'building'").fetchone() != (0,):
        yield "a build that never ended"


def _stray_sessions(connection: Connection) -> Iterator[str]:
    sessions = connection.execute(
        """
        select usename || ' ' || coalesce(state, '') from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        """
    )
    yield from (f"session {name}" for (name,) in sessions)
    locks = connection.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone()
    if locks != (0,):
        yield "an advisory lock"
    if connection.execute("select count(*) from pg_prepared_xacts").fetchone() != (0,):
        yield "a prepared transaction"


def _stray_processes(home: Path) -> Iterator[str]:
    for process in psutil.process_iter():
        try:
            if process.environ().get("HEARTH_HOME") == str(home) and not process.name().startswith("postgres"):
                yield " ".join(process.cmdline())[:120]
        except (psutil.Error, OSError):
            continue


def files(home: Path, temporary: Path) -> set[str]:
    """The names of the instance's files and of the temporary folder's, without what changes with every command."""
    found = set()
    for root in (home, temporary):
        for folder, _, names in os.walk(root):
            for name in names:
                path = f"/{(Path(folder) / name).relative_to(root.parent).as_posix()}"
                if not CHANGING_FILES.search(path):
                    found.add(path)
    return found
