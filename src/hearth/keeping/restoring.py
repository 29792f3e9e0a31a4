"""A restore: a backup becomes an instance in an empty folder, and in an empty database where one is given.

    backup proved → roles and schemas → pg_restore by owner → rows and digests compared → bootstrap → folder in place

The folder is made inside the target as `.restoring` and moved up last. A database is marked while it is filled: no
command takes a marked one for a warehouse, and the next restore clears it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

from hearth.database import server
from hearth.database.binaries import client_program
from hearth.database.bootstrap import FINGERPRINT, RESTORING, SQL_FOLDER, bootstrap
from hearth.database.engine import connect, program_environment, sa_url
from hearth.database.refusals import OVER_LIMIT
from hearth.errors import DatabaseUnavailable, HearthError, InputError, NoRoomToSort, ServiceFailed, UsageError
from hearth.keeping.files import FULL, copy, disk_full
from hearth.keeping.manifest import (
    COUNTY,
    DUMP,
    KEPT,
    PARAMETERS,
    SECRETS,
    Manifest,
    is_full,
    read_manifest,
    reason_of,
    tables_of,
)
from hearth.keys import KEY_FILE, has_fingerprint
from hearth.language import said, why_not
from hearth.settings import Settings, remember

UNFINISHED = ".restoring"
WAL_SEGMENT = 16 << 20
"""What a server asks for at once: with less, there is no room."""
SCHEMAS = (*KEPT, "staging", "intermediate", "marts_next")
OWNERS = {"raw": ("raw",), "marts": ("marts",), "rest": ("ops", "restricted")}
ROLES = {"raw": "loader", "marts": "transformer"}
"""Who owns what is restored, by turn; the rest is the login's own."""

ENTRY = re.compile(r"^\d+; \d+ \d+ (?P<kind>[A-Z]+(?: [A-Z]+)*) (?P<schema>\w+) ")
TABLES_ONLY = {
    "TABLE",
    "TABLE ATTACH",
    "TABLE DATA",
    "SEQUENCE",
    "SEQUENCE SET",
    "SEQUENCE OWNED BY",
    "DEFAULT",
    "CONSTRAINT",
    "FK CONSTRAINT",
    "INDEX",
    "INDEX ATTACH",
}
"""What is taken from the dump; functions, views, policies and grants are made by the bootstrap."""
OF_MARTS = {*TABLES_ONLY, "VIEW", "COMMENT"}
"""In the marts views and comments are dbt's, which makes them with the next build only."""

Connection = psycopg.Connection[Any]


def restore(settings: Settings, source: Path) -> Manifest:
    """Make the backup in the folder `source` the instance of these settings.

    Raises:
        InputError: no backup or a damaged one; or a folder that cannot be written.
        UsageError: the instance's folder or database holds something.
        DatabaseUnavailable: the disk is full, the folder's or the server's.
        NoRoomToSort: an index could not be made within what the database allows a process.
        ServiceFailed: the server is older than the backup's, or pg_restore did not finish.
    """
    source = Path(os.path.abspath(source.expanduser()))
    manifest = read_manifest(source)
    _require_key(source, manifest)
    try:
        with _unfinished(settings.home) as folder:
            inside = _with_files(settings, manifest, source, folder)
            try:
                with _telling_full(settings, folder):
                    server.ensure_running(inside)
                    _fill(inside, manifest, source / DUMP)
            finally:
                server.stop(inside)
            _remember(settings, manifest, folder)
    except OSError as error:
        if error.errno in FULL:
            raise _full(settings) from None
        why = why_not(error)
        raise InputError(
            said(f"{settings.home} cannot be written: {why}.", f"无法写入 {settings.home}：{why}。")
        ) from None
    return manifest


def _require_key(source: Path, manifest: Manifest) -> None:
    try:
        key = (source / SECRETS / KEY_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    if not has_fingerprint(key, manifest.key_fingerprint):
        raise InputError(
            said(
                f"The backup {source} is damaged: its key is not the one its pseudonyms were made with.",
                f"备份 {source} 已损坏：其中的密钥与生成假名所用的密钥不符。",
            )
        )


@contextmanager
def _unfinished(home: Path) -> Iterator[Path]:
    """A folder in the instance's own, whose content becomes the instance; removed when it did not come to that."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UsageError(
            said(
                f"{home} is not empty. A backup is restored into an empty folder; name one with HEARTH_HOME, or remove"
                f" what a restore that was cut off left in {UNFINISHED}.",
                f"{home} 不是空目录。请用 HEARTH_HOME 指定空目录，或删除上次中断的恢复留下的 {UNFINISHED}。",
            )
        )
    folder = home / UNFINISHED
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
        # The database last: without it there is no instance to be taken for a whole one.
        for part in sorted(folder.iterdir(), key=lambda path: (path.name == "postgres", path.name)):
            part.rename(home / part.name)
        folder.rmdir()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_files(settings: Settings, manifest: Manifest, source: Path, folder: Path) -> Settings:
    """The settings of the unfinished instance, whose files are there."""
    for name in manifest.files:
        if name != DUMP:
            target = folder / name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            copy(source / name, target)
    county = folder / COUNTY if COUNTY in manifest.files else None
    return settings.model_copy(update={"home": folder, "county_file": county, "parameters_file": None})


def _remember(settings: Settings, manifest: Manifest, folder: Path) -> None:
    """The restored instance finds its county's files beside it, and the landing folder where it was."""
    named = {"county_file": COUNTY, "parameters_file": PARAMETERS}
    paths = {name: settings.home / file if file in manifest.files else None for name, file in named.items()}
    landing = settings.landing or (Path(manifest.landing) if manifest.landing else None)
    remember(settings.model_copy(update={"home": folder, "landing": landing, **paths}))


def _fill(settings: Settings, manifest: Manifest, dump: Path) -> None:
    with connect(settings, autocommit=True) as connection:
        _require_server(connection, manifest)
        _mark(connection)
        try:
            connection.execute((SQL_FOLDER / "010_roles_and_schemas.sql").read_text(encoding="utf-8"))
            for turn, schemas in OWNERS.items():
                _restore_schemas(settings, connection, dump, schemas, ROLES.get(turn))
            _compare(connection, manifest)
            _begin_anew(connection)
        except BaseException:
            with suppress(psycopg.OperationalError):  # a server that is gone; the mark stays, the next restore clears
                _clear(connection)
            raise
        connection.execute(sql.SQL("drop schema {}").format(sql.Identifier(RESTORING)))
    bootstrap(settings)
    with connect(settings, autocommit=True) as connection:
        connection.execute("analyze")


def _require_server(connection: Connection, manifest: Manifest) -> None:
    found = connection.info.server_version // 10000
    if found < manifest.server:
        raise ServiceFailed(
            said(
                f"The backup is of PostgreSQL {manifest.server}, the server is {found};"
                f" restore into {manifest.server} or newer.",
                f"备份来自 PostgreSQL {manifest.server}，当前服务器为 {found}；"
                f"请恢复到 {manifest.server} 或更新的版本。",
            )
        )


def _mark(connection: Connection) -> None:
    """Make sure that the database is empty, and that nobody takes it for a warehouse meanwhile."""
    present = {name for (name,) in connection.execute("select nspname::text from pg_namespace")}
    if RESTORING in present:
        _clear(connection)
    elif present & set(SCHEMAS):
        raise UsageError(
            said(
                "The database holds a warehouse already. A backup is restored into an empty database.",
                "数据库中已有数据仓库。请恢复到空数据库。",
            )
        )
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(RESTORING)))


def _clear(connection: Connection) -> None:
    for schema in (*SCHEMAS, RESTORING):
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))


def _restore_schemas(
    settings: Settings, connection: Connection, dump: Path, schemas: tuple[str, ...], role: str | None
) -> None:
    program = str(client_program("pg_restore", connection.info.server_version // 10000))
    listed = subprocess.run([program, "--list", str(dump)], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise _failed(settings, listed.stderr)
    with TemporaryDirectory() as folder:
        wanted = Path(folder) / "list"
        wanted.write_text("\n".join(line for line in listed.stdout.splitlines() if _is_wanted(line, schemas)))
        done = subprocess.run(
            [
                program,
                "--no-password",
                "--single-transaction",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
                *([f"--role={role}"] if role else []),
                f"--use-list={wanted}",
                f"--dbname={sa_url(settings).database}",
                str(dump),
            ],
            env={**program_environment(settings), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise _failed(settings, done.stderr)


def _is_wanted(line: str, schemas: tuple[str, ...]) -> bool:
    entry = ENTRY.match(line)
    if entry is None or entry["schema"] not in schemas:
        return False
    return entry["kind"] in (OF_MARTS if entry["schema"] == "marts" else TABLES_ONLY)


def _failed(settings: Settings, program_said: str) -> HearthError:
    if is_full(program_said):
        return _full(settings)
    if OVER_LIMIT in program_said:
        return _no_room_to_sort()
    reason = reason_of(program_said)
    return ServiceFailed(
        said(
            f"pg_restore did not finish: {reason}. Nothing was left of it; try again.",
            f"pg_restore 未能完成：{reason}。未留下任何内容，请重试。",
        )
    )


@contextmanager
def _telling_full(settings: Settings, folder: Path) -> Iterator[None]:
    """A server without room ends in many ways: it is not made, does not start, panics or refuses a row."""
    try:
        yield
    except (HearthError, psycopg.OperationalError) as error:
        has_no_room = settings.is_embedded and shutil.disk_usage(folder).free < WAL_SEGMENT
        if isinstance(error, psycopg.errors.DiskFull) or has_no_room or is_full(str(error)):
            raise _full(settings) from None
        if isinstance(error, HearthError):
            raise
        if isinstance(error, psycopg.errors.ConfigurationLimitExceeded):
            raise _no_room_to_sort() from None
        raise DatabaseUnavailable(
            said(
                "The database went away during the restore. Nothing was left of it; try again.",
                "恢复过程中数据库中断。未留下任何内容，请重试。",
            )
        ) from None


def _no_room_to_sort() -> HearthError:
    return NoRoomToSort(
        said(
            "An index needs more room on the disk than the database allows each of its processes (temp_file_limit). "
            "Nothing was left of the restore: make room, or ask the server's administrator, and restore again.",
            "建立索引所需的磁盘空间超过数据库为每个进程设的上限（temp_file_limit）。未留下任何恢复内容："
            "请腾出空间，或请数据库服务器管理员调整，然后重新恢复。",
        )
    )


def _full(settings: Settings) -> HearthError:
    place = settings.home if settings.is_embedded else said("the database server", "数据库服务器")
    return disk_full(place, "Nothing was left of the restore.", "未留下任何恢复内容。")


def _compare(connection: Connection, manifest: Manifest) -> None:
    with connection.transaction():
        found = tables_of(connection)
    names = sorted(found.keys() | manifest.tables.keys())
    others = [name for name in names if found.get(name) != manifest.tables.get(name)]
    if others:
        raise ServiceFailed(
            said(
                f"What was restored is not what was backed up, in {', '.join(others[:5])}. Nothing was left of it.",
                f"恢复的内容与备份不一致：{'、'.join(others[:5])}。未留下任何内容。",
            )
        )


def _begin_anew(connection: Connection) -> None:
    """Nothing is at work in a restored warehouse, and what a build had at hand is not there."""
    connection.execute("delete from ops.current_build")
    connection.execute(
        """
        update ops.builds
        set status = 'failed', message = 'given up', message_zh = '构建中断，已放弃', finished_at = now()
        where status = 'building'
        """
    )
    connection.execute("delete from ops.instance_facts where name = %s", (FINGERPRINT,))
