"""A folder of slices: a compressed CSV for each delivery, and a manifest by which each is proved.

The manifest names a slice only once its file is whole on the disk; the slice leaves the database after that. A file
that the manifest does not name is what a command that was cut off left, and is written again by the next one.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from hearth.contracts import county_source
from hearth.contracts.model import raw_table
from hearth.database.bootstrap import RAW
from hearth.database.engine import connect
from hearth.errors import InputError, UsageError
from hearth.keeping.files import FULL, disk_full, private, sync
from hearth.keeping.manifest import TableOf
from hearth.keeping.slice_rows import columns_of_slice, digest_of, read_in, written_out
from hearth.keys import fingerprint_on_record
from hearth.language import said
from hearth.loading.slices import attach_slice, drop_slice, finish_slice
from hearth.settings import Settings

if TYPE_CHECKING:
    from hearth.keeping.retention import Slice

MANIFEST = "slices.json"
BLOCK = 1 << 20
PROOF = "slice_read_back"

Connection = psycopg.Connection[Any]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+__d[0-9]+\.csv\.gz$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeptSlice(_Strict):
    """A slice in a file: whose it is, its columns, rows and digest, and the file's own bytes and SHA-256."""

    delivery_id: int
    source: str
    extract: str
    month: str
    delivery_sha256: str
    columns: tuple[str, ...]
    rows: int
    digest: str
    file: FileName
    bytes: int
    sha256: str


class SlicesManifest(_Strict):
    """What a folder of slices holds, and of which instance."""

    format: Literal[1] = 1
    key_fingerprint: str
    slices: dict[int, KeptSlice]


@dataclass
class SliceFolder:
    """A folder of one instance's slices."""

    path: Path
    manifest: SlicesManifest

    @classmethod
    def of(cls, settings: Settings, path: Path, *, to_write: bool = False) -> SliceFolder:
        """The folder, made where it is to be written and not there.

        Raises:
            UsageError: it is no folder of slices, or another instance's.
            InputError: it cannot be written, or its manifest is damaged.
        """
        path = Path(os.path.abspath(path.expanduser()))
        with connect(settings) as connection:
            key = fingerprint_on_record(connection)
        manifest = _read_manifest(path)
        if manifest is None:
            _require_new(path, to_write=to_write)
            manifest = SlicesManifest(key_fingerprint=key, slices={})
        if manifest.key_fingerprint != key:
            raise UsageError(said(f"{path} holds slices of another instance.", f"{path} 存放的是另一个实例的原始行。"))
        folder = cls(path, manifest)
        if to_write:
            with folder.telling():
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder._write_manifest()
        return folder

    @property
    def slices(self) -> list[KeptSlice]:
        """What it holds, by number."""
        return [self.manifest.slices[number] for number in sorted(self.manifest.slices)]

    def keep(self, connection: Connection, one: Slice, found: TableOf) -> None:
        """Write a slice, prove that the file gives the same rows back, and name it in the manifest.

        Within the caller's transaction, which sees no other rows.

        Raises:
            InputError: the folder cannot be written, or the file is not what was written.
            DatabaseUnavailable: the disk is full.
        """
        file = self.path / f"{one.table}.csv.gz"
        with self.telling():
            digest = _write(file, written_out(connection, one.table))
            kept = KeptSlice(
                delivery_id=one.delivery_id, source=one.source, extract=one.extract, month=one.month,
                delivery_sha256=one.sha256, columns=tuple(columns_of_slice(connection, one.table)), rows=found.rows,
                digest=found.digest, file=file.name, bytes=file.stat().st_size, sha256=digest,
            )  # fmt: skip
        self._prove(connection, kept, one.table)
        self.manifest = self.manifest.model_copy(update={"slices": {**self.manifest.slices, one.delivery_id: kept}})
        with self.telling():
            self._write_manifest()

    def give_back(self, settings: Settings, connection: Connection, kept: KeptSlice, table: str) -> int:
        """Make the slice anew from its file, and let it count; gives its size in bytes.

        Raises:
            InputError: the file is not as it was written, or the delivery is another one.
        """
        self._require_same_delivery(connection, kept)
        parent = sql.Identifier(RAW, raw_table(kept.source, kept.extract))
        target = sql.Identifier(RAW, table)
        connection.execute(
            sql.SQL("create table {} (like {}, check (delivery_id = {})) with (autovacuum_enabled = false)").format(
                target, parent, sql.Literal(kept.delivery_id)
            )
        )
        read_in(connection, target, kept.columns, self._blocks(kept))
        if digest_of(connection, table, kept.columns) != TableOf(rows=kept.rows, digest=kept.digest):
            raise self._damaged(kept)
        extract = county_source(kept.source, settings.county_file).extract(kept.extract)
        finish_slice(connection, table, extract)
        attach_slice(connection, kept.source, extract, kept.delivery_id)
        row = connection.execute("select pg_total_relation_size(%s::regclass)", (f"raw.{table}",)).fetchone()
        return int(row[0]) if row else 0

    def _require_same_delivery(self, connection: Connection, kept: KeptSlice) -> None:
        known = connection.execute(
            "select source, extract, sha256 from ops.deliveries where delivery_id = %s", (kept.delivery_id,)
        ).fetchone()
        if known != (kept.source, kept.extract, kept.delivery_sha256):
            raise self._damaged(kept)

    def _prove(self, connection: Connection, kept: KeptSlice, table: str) -> None:
        """Read the file back beside the slice."""
        proof = sql.Identifier(RAW, PROOF)
        connection.execute(sql.SQL("create unlogged table {} (like {})").format(proof, sql.Identifier(RAW, table)))
        read_in(connection, proof, kept.columns, self._blocks(kept))
        found = digest_of(connection, PROOF, kept.columns)
        drop_slice(connection, PROOF)
        if found != TableOf(rows=kept.rows, digest=kept.digest):
            raise self._damaged(kept)

    def _blocks(self, kept: KeptSlice) -> Iterator[bytes]:
        """The file's content, when its bytes are those that were written."""
        path = self.path / kept.file
        try:
            with path.open("rb") as file:
                is_same = hashlib.file_digest(file, "sha256").hexdigest() == kept.sha256
            if not is_same:
                raise self._damaged(kept)
            with gzip.open(path) as content:
                while block := content.read(BLOCK):
                    yield block
        except OSError:
            raise self._damaged(kept) from None

    def _damaged(self, kept: KeptSlice) -> InputError:
        return InputError(
            said(
                f"{self.path / kept.file} is not as it was written; delivery {kept.delivery_id} was left as it is.",
                f"{self.path / kept.file} 与写入时不一致；第 {kept.delivery_id} 号交付未作改动。",
            )
        )

    def _write_manifest(self) -> None:
        _write_whole(self.path / MANIFEST, self.manifest.model_dump_json(indent=1).encode())

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What goes wrong with the folder, in words."""
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise disk_full(
                    self.path, "What has not been moved is in the warehouse.", "尚未移出的数据仍在库中。"
                ) from None
            raise InputError(
                said(f"{self.path} cannot be written: {error.strerror}.", f"无法写入 {self.path}：{error.strerror}。")
            ) from None


def _read_manifest(path: Path) -> SlicesManifest | None:
    try:
        return SlicesManifest.model_validate_json((path / MANIFEST).read_bytes())
    except ValidationError:
        raise InputError(said(f"{path / MANIFEST} is damaged.", f"{path / MANIFEST} 已损坏。")) from None
    except OSError:
        return None


def _require_new(path: Path, *, to_write: bool) -> None:
    if not to_write:
        raise UsageError(
            said(
                f"{path} is no folder of slices: it has no {MANIFEST}. `hearth retention list` shows where they are.",
                f"{path} 不是原始行目录：缺少 {MANIFEST}。移出的去向见 `hearth retention list`。",
            )
        )
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(
            said(
                f"{path} holds something else; name an empty folder, a new one, or one of slices.",
                f"{path} 中已有其他内容；请指定空目录、新目录或原有的原始行目录。",
            )
        )


def _write(path: Path, blocks: Iterator[bytes]) -> str:
    """Write a compressed file, whole or not at all; gives its SHA-256."""
    waiting = path.with_name(f".{path.name}.tmp")
    try:
        with private(waiting) as out, gzip.GzipFile("", "wb", 6, out, mtime=0) as packed:
            for block in blocks:
                packed.write(block)
        with waiting.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)
    sync(path.parent)
    return digest


def _write_whole(path: Path, content: bytes) -> None:
    waiting = path.with_name(f".{path.name}.tmp")
    try:
        with private(waiting) as out:
            out.write(content)
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)
    sync(path.parent)
