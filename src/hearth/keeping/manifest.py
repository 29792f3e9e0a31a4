"""What a backup holds, and whether it still does."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from hearth.database.refusals import NO_SPACE
from hearth.errors import InputError
from hearth.language import said

MANIFEST = "manifest.json"
DUMP = "database.dump"
COUNTY = "county.toml"
PARAMETERS = "parameters.csv"
SECRETS = "secrets"
KEPT = ("raw", "marts", "ops", "restricted")
"""The schemas whose rows cannot be made again from others."""

TABLES = """
    select nspname::text, relname::text, pg_class.oid
    from pg_class
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = any(%s) and relkind = 'r'
    order by 1, 2
"""

FileName = Annotated[
    str, StringConstraints(pattern=r"^(database\.dump|county\.toml|parameters\.csv|secrets/\w[\w.-]*)$")
]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableOf(_Strict):
    """A table's rows: how many, and the sum of their hashes, which knows no order."""

    rows: int
    digest: str


class FileOf(_Strict):
    """A file's size in bytes and SHA-256."""

    bytes: int
    sha256: str


class Manifest(_Strict):
    """What a backup was when it was made."""

    format: Literal[1] = 1
    made_at: datetime
    hearth: str
    server: int
    """Major version of the PostgreSQL the rows come from."""
    key_fingerprint: str
    landing: str | None
    tables: dict[str, TableOf]
    files: dict[FileName, FileOf]

    @property
    def row_count(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables.values())


def tables_of(connection: psycopg.Connection) -> dict[str, TableOf]:
    """Every table of the kept schemas with its rows, as the connection's transaction sees them."""
    connection.execute("set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1")
    names = connection.execute(TABLES, (list(KEPT),)).fetchall()
    return {f"{schema}.{name}": _table(connection, schema, name) for schema, name, _ in names}


def files_of(folder: Path) -> dict[str, FileOf]:
    """Every file below a backup's folder."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _file(path) for path in found}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all there, each byte as it was written.

    Raises:
        InputError: the folder is no backup, or a damaged one.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
    except OSError:
        raise InputError(
            said(
                f"{folder} is no backup: it has no {MANIFEST} that can be read. `hearth backup` makes one.",
                f"{folder} 不是备份：缺少可读取的 {MANIFEST}。备份由 `hearth backup` 生成。",
            )
        ) from None
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError:
        raise _damaged(folder, MANIFEST) from None
    for name, wanted in manifest.files.items():
        if _is_other(folder / name, wanted):
            raise _damaged(folder, name)
    if DUMP not in manifest.files:
        raise _damaged(folder, DUMP)
    return manifest


def _table(connection: psycopg.Connection, schema: str, name: str) -> TableOf:
    row: Any = connection.execute(
        sql.SQL("select count(*), coalesce(sum(hashtextextended(kept::text, 0)), 0)::text from only {} as kept").format(
            sql.Identifier(schema, name)
        )
    ).fetchone()
    return TableOf(rows=row[0], digest=row[1])


def _file(path: Path) -> FileOf:
    with path.open("rb") as content:
        return FileOf(bytes=path.stat().st_size, sha256=hashlib.file_digest(content, "sha256").hexdigest())


def _is_other(path: Path, wanted: FileOf) -> bool:
    try:
        return path.is_symlink() or path.stat().st_size != wanted.bytes or _file(path) != wanted
    except OSError:
        return True


def _damaged(folder: Path, name: str) -> InputError:
    return InputError(
        said(
            f"The backup {folder} is damaged: {name} is not as it was written. Nothing was restored;"
            " take another backup.",
            f"备份 {folder} 已损坏：{name} 与写入时不一致。未作任何恢复，请使用其他备份。",
        )
    )


def reason_of(program_said: str) -> str:
    """What went wrong in pg_dump or pg_restore, without the values that they quote from rows."""
    if is_full(program_said):
        return said("the disk is full", "磁盘已满")
    table = re.search(r'(?:table|relation) "([a-z_0-9.]+)"', program_said)
    return said(f"at table {table[1]}", f"数据表 {table[1]}") if table else said("it gave up", "未能完成")


def is_full(program_said: str) -> bool:
    """Whether pg_dump, pg_restore or the server had no room left."""
    return NO_SPACE in program_said or "Disk quota exceeded" in program_said
