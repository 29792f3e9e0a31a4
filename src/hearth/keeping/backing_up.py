"""A backup: one snapshot of the warehouse, its secrets and files, as a folder that is whole or not there."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from hearth.building.build import build_lock
from hearth.clock import ZONE
from hearth.database.binaries import client_program
from hearth.database.bootstrap import LOCK
from hearth.database.engine import connect, program_environment
from hearth.errors import HearthError, InputError, ServiceFailed, UsageError
from hearth.keeping.files import FULL, copy, disk_full, private, sync
from hearth.keeping.manifest import (
    COUNTY,
    DUMP,
    KEPT,
    MANIFEST,
    PARAMETERS,
    SECRETS,
    TABLES,
    Manifest,
    TableOf,
    files_of,
    is_full,
    reason_of,
    tables_of,
)
from hearth.keys import fingerprint_on_record
from hearth.language import said, why_not
from hearth.settings import Settings, remembered_landing

TRIES = 3
POLL_SECONDS = 0.05
Connection = psycopg.Connection[Any]

HELD = """
    select count(distinct relation)
    from pg_locks
    inner join pg_stat_activity using (pid)
    where application_name = %s and mode = 'AccessShareLock' and granted and relation = any(%s)
"""


def back_up(settings: Settings, target: Path) -> Manifest:
    """Write the instance to the folder `target`, which must not exist; loads and builds may go on.

    Raises:
        UsageError: the target exists, or its parent does not.
        InputError: the folder cannot be written.
        DatabaseUnavailable: the disk is full, the backup's or the server's.
        ServiceFailed: pg_dump did not finish.
        Busy: a build's step did not end in time.
    """
    target = Path(os.path.abspath(target.expanduser()))
    _require_free(target)
    waiting = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        waiting.mkdir(mode=0o700)
        manifest = _written(settings, waiting)
        _require_free(target)
        waiting.rename(target)
        sync(target.parent)
        return manifest
    except OSError as error:
        if error.errno in FULL:
            raise _full(target) from None
        why = why_not(error)
        raise InputError(
            said(
                f"{target} cannot be written: {why}. Nothing was left there.",
                f"无法写入 {target}：{why}。未留下任何内容。",
            )
        ) from None
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _require_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UsageError(
            said(f"{target} exists already; name a folder that does not.", f"{target} 已存在；请指定不存在的目录。")
        )
    if not target.parent.is_dir():
        raise UsageError(said(f"There is no folder {target.parent}.", f"目录 {target.parent} 不存在。"))


def _written(settings: Settings, folder: Path) -> Manifest:
    _copy_files(settings, folder)
    tables, server, key = _dumped(settings, folder / DUMP)
    landing = settings.landing or remembered_landing(settings)
    manifest = Manifest(
        made_at=datetime.now(ZONE),
        hearth=version("hearth-warehouse"),
        server=server,
        key_fingerprint=key,
        landing=str(landing) if landing else None,
        tables=tables,
        files=files_of(folder),
    )
    with private(folder / MANIFEST) as out:
        out.write(manifest.model_dump_json(indent=2).encode())
    return manifest


def _copy_files(settings: Settings, folder: Path) -> None:
    (folder / SECRETS).mkdir(mode=0o700)
    for file in settings.secrets_dir.iterdir():
        if file.is_file() and not file.name.startswith("."):
            copy(file, folder / SECRETS / file.name)
    for given, name in ((settings.county_file, COUNTY), (settings.parameters_file, PARAMETERS)):
        if given is not None and given.is_file():
            copy(given, folder / name)


def _dumped(settings: Settings, file: Path) -> tuple[dict[str, TableOf], int, str]:
    """The dump; with the tables of its snapshot, the server's major version and the key's fingerprint.

    A slice that a load drops between the snapshot and the dump's locks ends the dump; then it is tried again.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _dump_once(settings, file)
        except (ServiceFailed, psycopg.errors.UndefinedTable):
            if attempt == TRIES:
                raise
    raise AssertionError


def _dump_once(settings: Settings, file: Path) -> tuple[dict[str, TableOf], int, str]:
    with connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with _begun(settings, connection, file) as dump:
            tables = tables_of(connection)
            _, program_said = dump.communicate()
        if dump.returncode != 0:
            raise _failed(file.parent, program_said)
        sync(file)
        return tables, connection.info.server_version // 10000, fingerprint_on_record(connection)


@contextmanager
def _begun(settings: Settings, connection: Connection, file: Path) -> Iterator[subprocess.Popen[str]]:
    """pg_dump at work in the snapshot of the connection's transaction, holding its locks.

    Until it holds them no month is published and no file registered: whoever wants a table for himself would otherwise
    queue between the two.
    """
    name = f"hearth-backup-{secrets.token_hex(4)}"
    with build_lock(settings), connect(settings, autocommit=True) as gate:
        gate.execute(f"select pg_advisory_lock({LOCK})")
        snapshot: Any = connection.execute("select pg_export_snapshot()").fetchone()
        oids = [oid for _, _, oid in connection.execute(TABLES, (list(KEPT),))]
        program = client_program("pg_dump", connection.info.server_version // 10000)
        with private(file):
            pass
        dump = subprocess.Popen(
            [
                str(program),
                "--format=custom",
                "--compress=3",
                "--no-password",
                f"--snapshot={snapshot[0]}",
                *(f"--schema={schema}" for schema in KEPT),
                f"--file={file}",
            ],
            env={**program_environment(settings), "PGAPPNAME": name, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            while dump.poll() is None and gate.execute(HELD, (name, oids)).fetchone() != (len(oids),):
                time.sleep(POLL_SECONDS)
        except BaseException:
            _end(dump)
            raise
    try:
        yield dump
    finally:
        _end(dump)


def _end(dump: subprocess.Popen[str]) -> None:
    if dump.poll() is None:
        dump.terminate()
        dump.wait()


def _failed(folder: Path, program_said: str) -> HearthError:
    if is_full(program_said):
        return _full(folder)
    reason = reason_of(program_said)
    return ServiceFailed(
        said(
            f"pg_dump did not finish: {reason}. Nothing was left of the backup; try again.",
            f"pg_dump 未能完成：{reason}。未留下任何备份内容，请重试。",
        )
    )


def _full(place: Path) -> HearthError:
    return disk_full(
        place.parent,
        "Nothing was left of the backup, the warehouse is as it was.",
        "未留下任何备份内容，数据仓库未受影响。",
    )
