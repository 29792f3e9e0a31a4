"""Pseudonyms of households and persons.

A key is an HMAC of the roster's own number under the instance's key file, made once and then kept in
`restricted.households` and `restricted.persons`: whoever has a key keeps it, whatever happens to the file.
The file (0600, in the secrets folder) belongs into the backup; the database knows its fingerprint only.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import psycopg
from psycopg import sql

from hearth.errors import HearthError
from hearth.language import said
from hearth.secret_files import secret
from hearth.settings import Settings

KEY_FILE = "pseudonym_key"
FINGERPRINT = "pseudonym_key_fingerprint"

Connection = psycopg.Connection[Any]


class KeyMismatch(HearthError):
    """The key file is not the one this warehouse's pseudonyms were made with."""


def pseudonym(key: str, kind: str, number: str) -> str:
    """The pseudonym of a number: 32 hexadecimal characters; `kind` keeps persons and households apart."""
    return hmac.new(key.encode(), f"{kind}\0{number}".encode(), hashlib.sha256).hexdigest()[:32]


def check_key(settings: Settings, connection: Connection) -> None:
    """Compare the key file with the fingerprint in the database; the first time, write the fingerprint.

    Raises:
        KeyMismatch: another key file was in use.
    """
    mine = _fingerprint(settings)
    row = _recorded(connection)
    if row is None:
        connection.execute(
            "insert into ops.instance_facts (name, value) values (%s, %s) on conflict (name) do nothing",
            (FINGERPRINT, mine),
        )
        row = _recorded(connection)
    if row != (mine,):
        file = settings.secrets_dir / KEY_FILE
        raise KeyMismatch(
            said(
                f"{file} is not the key this warehouse's pseudonyms were made with. Put the file back from the backup."
                f" If it is lost, delete the row {FINGERPRINT} of ops.instance_facts: whoever has a pseudonym keeps"
                " it, new ones get theirs from the new key.",
                f"{file} 不是生成本仓库假名键所用的密钥，请从备份中恢复该文件。如已丢失，请删除 ops.instance_facts 中的"
                f" {FINGERPRINT} 一行：已有的假名键保持不变，新的用新密钥生成。",
            )
        )


def fingerprint_on_record(connection: Connection) -> str:
    """The fingerprint of the key that the warehouse's pseudonyms were made with."""
    row = _recorded(connection)
    return row[0] if row else ""


def has_fingerprint(key: str, fingerprint: str) -> bool:
    """Whether a key is the one of that fingerprint."""
    return pseudonym(key, "fingerprint", "") == fingerprint


def issue_keys(settings: Settings, connection: Connection, slice_table: str, delivery_id: int) -> None:
    """Give every household and person of a members slice a pseudonym, within the caller's transaction."""
    key = secret(settings, KEY_FILE)
    _issue(connection, key, "household", slice_table, delivery_id)
    _issue(connection, key, "person", slice_table, delivery_id)


def _issue(connection: Connection, key: str, kind: str, slice_table: str, delivery_id: int) -> None:
    number = sql.Identifier(f"{kind}_no")
    known = sql.Identifier("restricted", f"{kind}s")
    unknown = connection.execute(
        sql.SQL(
            "select distinct {number} from {slice} as members where {number} is not null"
            " and not exists (select from {known} as known where known.{number} = members.{number}) order by 1"
        ).format(number=number, slice=sql.Identifier("raw", slice_table), known=known)
    ).fetchall()
    numbers = [row[0] for row in unknown]
    connection.execute(
        sql.SQL(
            "insert into {known} ({key}, {number}, first_seen_delivery_id)"
            " select *, %s from unnest(%s::text[], %s::text[]) on conflict do nothing"
        ).format(known=known, key=sql.Identifier(f"{kind}_key"), number=number),
        (delivery_id, [pseudonym(key, kind, number) for number in numbers], numbers),
    )


def _fingerprint(settings: Settings) -> str:
    return pseudonym(secret(settings, KEY_FILE), "fingerprint", "")


def _recorded(connection: Connection) -> tuple[str] | None:
    return connection.execute("select value from ops.instance_facts where name = %s", (FINGERPRINT,)).fetchone()
