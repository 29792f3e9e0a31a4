"""dbt in process: the month's models, built by selector, their results recorded."""

import hashlib
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from sqlalchemy import make_url

from hearth.database.engine import connect, url
from hearth.database.refusals import NO_SPACE, OVER_LIMIT
from hearth.errors import BuildFailed, DatabaseUnavailable, HearthError
from hearth.language import Words
from hearth.settings import PROJECT_ROOT, Settings
from hearth.texts import words

PROJECT = PROJECT_ROOT / "dbt_project"
WAREHOUSE = "warehouse"
PUBLISHED = "published"
NOT_BUILT = ("resource_type:unit_test", "resource_type:exposure")
"""What a month's build leaves out: it tests no logic, and who uses the marts is nothing to build."""

STAGES = {
    "identity": ("path:models/staging", "path:models/intermediate/households", "path:models/intermediate/identity"),
    "signals": ("path:models/intermediate/linked", "path:models/intermediate/risk"),
    "marts": ("path:models/marts+",),
}
"""A month's models in three steps, each one task; without a stage all are built in one go.

What rests on a later stage waits for it, wherever its file is: a count of published households, a test of two stages.
"""

KEEP_MANIFEST = "--no-write-json"
"""dbt writes its manifest twice in each run, a second in all. The first run of a build has written it."""
GAVE_UP = re.compile(
    r"server closed the connection|connection to server .* failed|terminating connection|connection (was )?lost|"
    r"the database system is|No space left on device|deadlock detected|due to lock timeout|too many clients|"
    r"remaining connection slots|could not (receive data|send data)",
    re.IGNORECASE,
)
"""What PostgreSQL and its driver say when the server went, filled up or gave up on a lock; dbt hands on no code."""


def run_models(settings: Settings, build_id: int, stage: str | None = None) -> None:
    """Build a stage's seeds, models and data tests for the month in `ops.current_build`.

    Raises:
        BuildFailed: a model or test failed; the message names it, without what the database said of its rows.
    """
    selectors = STAGES[stage] if stage else tuple(s for selectors in STAGES.values() for s in selectors)
    is_first = stage in (None, "identity")
    seeds, written = (("resource_type:seed",), ()) if is_first else ((), (KEEP_MANIFEST,))
    arguments = ["build", *written, "--exclude", *NOT_BUILT, *_later(stage), "--select", *seeds, *selectors]
    run_recorded(settings, build_id, arguments)


def run_recorded(settings: Settings, build_id: int, arguments: Sequence[str], *, target: str = WAREHOUSE) -> list:
    """Run a command of a build, keep what each node took and gave, and give its node results.

    Raises:
        BuildFailed: a model or test failed.
    """
    results = invoke(settings, arguments, target=target)
    _record(settings, build_id, results)
    refuse_failures(results)
    return results


def refuse_failures(results: list) -> None:
    """End here if a node failed.

    Raises:
        BuildFailed: a model or test failed.
        DatabaseUnavailable: it failed for the server's sake: trying again may help.
    """
    failed = [r for r in results if str(r.status) in ("error", "fail", "runtime error")]
    if failed:
        raise _failed(", ".join(r.node.name for r in failed), " ".join(str(r.message) for r in failed))


def _failed(what: str, database_said: str) -> HearthError:
    """Without the log's whole path: the message is kept with the build and goes into notes that others read."""
    if NO_SPACE in database_said:
        return DatabaseUnavailable(words("build_disk_full"))
    if OVER_LIMIT in database_said:
        return BuildFailed(words("over_limit"))
    kind = DatabaseUnavailable if GAVE_UP.search(database_said) else BuildFailed
    return kind(
        Words(
            en=f"dbt: {what} failed; the reason stands in dbt/dbt.log in the instance's logs folder",
            zh=f"dbt：{what} 失败；原因见实例日志目录中的 dbt/dbt.log",
        )
    )


def _later(stage: str | None) -> list[str]:
    order = list(STAGES)
    following = order[order.index(stage) + 1 :] if stage else []
    return [selector.removesuffix("+") + "+" for name in following for selector in STAGES[name]]


def models_digest() -> str:
    """A digest of what makes facts out of deliveries and parameters: models, macros and seeds before the marts."""
    return _digest(("models/staging", "models/intermediate", "macros", "seeds"), (".sql", ".csv"))


def project_digest() -> str:
    """A digest of the whole dbt project."""
    return _digest(("models", "macros", "seeds", "tests"), (".sql", ".csv", ".yml", ".md"))


def _digest(folders: Sequence[str], suffixes: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for file in sorted(file for folder in folders for file in (PROJECT / folder).rglob("*.*")):
        if file.suffix in suffixes:
            digest.update(f"{file.relative_to(PROJECT).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def target_path(settings: Settings, target: str = WAREHOUSE) -> Path:
    """Where dbt keeps what it has parsed, its manifest among it: of each target apart, so that neither parses anew."""
    return settings.artifacts_dir / ("dbt" if target == WAREHOUSE else f"dbt_{target}")


def invoke(settings: Settings, arguments: Sequence[str], *, target: str = WAREHOUSE) -> list:
    """Run one dbt command as the transformer, and give its node results. `target` is one of profiles.yml.

    Raises:
        BuildFailed: dbt could not even start: the project does not parse, the database refuses.
        KeyboardInterrupt: somebody interrupted it, which dbt hands over as a result.
    """
    from dbt.cli.main import dbtRunner

    _forget_another_project(target_path(settings, target))
    with _environment(settings), _silent_log():
        outcome = dbtRunner().invoke([*arguments, *_options(settings, target)])
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.exception is not None:
        raise _failed(type(outcome.exception).__name__, str(outcome.exception))
    return list(getattr(outcome.result, "results", None) or [])


def _forget_another_project(folder: Path) -> None:
    """dbt goes on from what it parsed last. Where a file has changed since, as after an upgrade, it meets metrics and
    semantic models of its own a second time and refuses them."""
    digest, stamp = project_digest(), folder / "project.sha256"
    if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "partial_parse.msgpack").unlink(missing_ok=True)
        stamp.write_text(digest, encoding="ascii")


def _options(settings: Settings, target: str) -> list[str]:
    return [
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        "--target",
        target,
        "--target-path",
        str(target_path(settings, target)),
        "--log-path",
        str(settings.logs_dir / "dbt"),
        "--quiet",
        "--log-level",
        "none",
        "--log-level-file",
        "info",
    ]


@contextmanager
def _silent_log() -> Iterator[None]:
    """Where dbt's log cannot be written, as on a full disk, no traceback of that goes to the terminal."""
    before, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        yield
    finally:
        logging.raiseExceptions = before


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """profiles.yml reads the connection from the environment, so that no file holds the password."""
    place = make_url(url(settings, "transformer"))
    ours = {
        "HEARTH_DBT_HOST": place.host or "127.0.0.1",
        "HEARTH_DBT_PORT": str(place.port or 5432),
        "HEARTH_DBT_USER": place.username or "",
        "HEARTH_DBT_PASSWORD": place.password or "",
        "HEARTH_DBT_DATABASE": place.database or "",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _record(settings: Settings, build_id: int, results: list) -> None:
    rows = [
        (
            build_id,
            r.node.name,
            str(r.status),
            round(r.execution_time, 3),
            r.adapter_response.get("rows_affected"),
            min((part.started_at.replace(tzinfo=UTC) for part in r.timing if part.started_at), default=None),
        )
        for r in results
    ]
    with connect(settings, "transformer") as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.model_runs (build_id, model, status, seconds, rows, started_at)"
            " values (%s, %s, %s, %s, %s, %s)",
            rows,
        )
