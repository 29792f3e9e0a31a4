"""The warehouse's schemas, roles and raw tables: made, and brought up to date, at every start.

    sql/*.sql in order → passwords of the roles → raw tables from the contracts → ops.extracts → fingerprint

All of it in one transaction under an advisory lock. What it rests on has a fingerprint, so that a start
where nothing changed costs a few milliseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from hearth.contracts import OPTIONAL, with_county
from hearth.contracts.model import Extract, RawColumn, Source
from hearth.database.engine import ROLES, connect, role_password
from hearth.errors import DatabaseUnavailable, HearthError
from hearth.keys import check_key
from hearth.language import said
from hearth.settings import PROJECT_ROOT, Settings

SQL_FOLDER = PROJECT_ROOT / "sql"
OLDEST_SERVER = 150000
FINGERPRINT = "bootstrap_fingerprint"
RESTORING = "hearth_restoring"
"""The schema that marks a database which a restore is filling."""
LOCK = "hashtextextended('hearth bootstrap', 0)"
"""The advisory lock that a bootstrap holds alone, and that a load shares while it registers a file."""
RAW = "raw"
END_CHANGED_TERMS = """
    update ops.extract_history as history set known_until = now()
    where history.known_until is null and not exists (
        select from ops.extracts
        where
            row(
                extracts.source, extracts.extract, extracts.title, extracts.label, extracts.kind,
                extracts.max_age_days, extracts.one_part_per_year
            ) is not distinct from row(
                history.source, history.extract, history.title, history.label, history.kind,
                history.max_age_days, history.one_part_per_year
            )
    )
"""
BEGIN_NEW_TERMS = """
    insert into ops.extract_history
        (source, extract, title, label, kind, max_age_days, one_part_per_year, known_from)
    select
        source, extract, title, label, kind, max_age_days, one_part_per_year,
        case when exists (select from ops.extract_history) then now() else '-infinity' end
    from ops.extracts
    where not exists (
        select from ops.extract_history as history
        where history.known_until is null and (history.source, history.extract) = (extracts.source, extracts.extract)
    )
"""
SLICE_COLUMNS = (
    RawColumn("delivery_id", "bigint not null", "Delivery, ops.deliveries · 交付编号"),
    RawColumn("row_number", "integer not null", "Row as the sender sees it, from 1 · 原文件行号"),
)

Connection = psycopg.Connection[Any]


class ContractChanged(HearthError):
    """A contract gives a column another type than the rows that are loaded have."""


def bootstrap(settings: Settings) -> None:
    """Make or update schemas, roles, tables and functions. Quick when nothing changed; safe side by side.

    Raises:
        DatabaseUnavailable: no server, too old a server, or a login that may not make what is missing.
        InputError: the county's file is faulty.
        KeyMismatch: the key file is not the one the pseudonyms were made with.
        ContractChanged: a column changed its type.
    """
    sources = with_county(settings.county_file)
    with connect(settings) as connection:
        _require_server(connection)
        _require_whole(connection)
        wanted = _fingerprint(settings, sources)
        if _recorded(connection) != wanted or not _logins_work(settings):
            _make(settings, connection, sources, wanted)
        check_key(settings, connection)


def add_missing_columns(connection: Connection, table: str, extract: Extract) -> None:
    """Give a raw table, or a slice that is not attached yet, the columns its contract has gained."""
    present = _column_types(connection, table)
    missing = [column for column in extract.raw_columns if column.name not in present]
    for column in extract.raw_columns:
        if present.get(column.name, _plain(column)) != _plain(column):
            name, held, agreed = f"raw.{table}.{column.name}", present[column.name], column.postgres_type
            raise ContractChanged(
                said(
                    f"{name} holds {held}, the contract says {agreed}; migrate the column first.",
                    f"{name} 中的类型为 {held}，数据契约要求 {agreed}；请先转换该列。",
                )
            )
    for column in missing:
        connection.execute(
            sql.SQL("alter table {} add column {}").format(sql.Identifier(RAW, table), _definition(column))
        )


def _make(settings: Settings, connection: Connection, sources: tuple[Source, ...], fingerprint: str) -> None:
    try:
        with connection.transaction():
            connection.execute(f"select pg_advisory_xact_lock({LOCK})")
            _run_files(connection)
            _set_passwords(settings, connection)
            _make_raw_tables(connection, _with_switched_off(sources))
            _sync_extracts(connection, sources)
            _sync_columns(connection, sources)
            _record(connection, fingerprint)
    except psycopg.errors.InsufficientPrivilege as error:
        reason = error.diag.message_primary
        raise DatabaseUnavailable(
            said(
                f"The login of HEARTH_DATABASE_URL may not make the warehouse's schemas and roles ({reason}). It must"
                " own the database and have CREATEROLE, or be given the roles that exist.",
                f"HEARTH_DATABASE_URL 的登录账户无权创建数据仓库的模式和角色（{reason}）。该账户须为数据库属主并有"
                " CREATEROLE 权限，或已被授予现有的角色。",
            )
        ) from None


def _require_server(connection: Connection) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise DatabaseUnavailable(
            said("Hearth needs PostgreSQL 15 or newer.", "Hearth 需要 PostgreSQL 15 或更新版本。")
        )
    if connection.info.parameter_status("server_encoding") != "UTF8":
        raise DatabaseUnavailable(
            said("The warehouse's database must have the encoding UTF8.", "数据仓库所在数据库的编码须为 UTF8。")
        )


def _require_whole(connection: Connection) -> None:
    if connection.execute("select to_regnamespace(%s)", (RESTORING,)).fetchone() != (None,):
        raise DatabaseUnavailable(
            said(
                "A restore is filling this database, or was cut off. Wait for it, or run `hearth restore` again.",
                "正在向该数据库恢复备份，或恢复曾中途停止。请等它结束，或重新运行 `hearth restore`。",
            )
        )


def _run_files(connection: Connection) -> None:
    connection.execute("set local client_min_messages = warning")
    for file in sorted(SQL_FOLDER.glob("*.sql")):
        connection.execute(file.read_text(encoding="utf-8"))


def _set_passwords(settings: Settings, connection: Connection) -> None:
    """The server is sent a verifier, never the password, so that no log can hold it."""
    for role in _password_roles():
        verifier = connection.pgconn.encrypt_password(
            role_password(settings, role).encode(), role.encode(), b"scram-sha-256"
        )
        connection.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
        )


def _password_roles() -> Iterable[str]:
    return (role for role in ROLES if role != "owner")


def _logins_work(settings: Settings) -> bool:
    """Whether the loader's password is the one we keep: roles belong to the server, other instances to it too."""
    try:
        connect(settings, "loader").close()
    except DatabaseUnavailable:
        return False
    return True


def _with_switched_off(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Staging reads every raw table; that of a source the county does not have is empty."""
    present = {source.name for source in sources}
    return (*sources, *(source for source in OPTIONAL if source.name not in present))


def _make_raw_tables(connection: Connection, sources: tuple[Source, ...]) -> None:
    connection.execute("set local role loader")
    for source in sources:
        for extract, table in source.raw_tables():
            _make_raw_table(connection, source, extract, table)
    connection.execute("reset role")


def _make_raw_table(connection: Connection, source: Source, extract: Extract, table: str) -> None:
    name = sql.Identifier(RAW, table)
    columns = (*SLICE_COLUMNS, *extract.raw_columns)
    connection.execute(
        sql.SQL("create table if not exists {} ({}) partition by list (delivery_id)").format(
            name, sql.SQL(", ").join(map(_definition, columns))
        )
    )
    add_missing_columns(connection, table, extract)
    comment = (
        f"{extract.label}, as {source.name} delivers them. One row per row of a file · "
        f"{source.title}《{extract.title}》，每原始行一行"
    )
    on_column = sql.SQL("comment on column {} is {}")
    statements = [
        sql.SQL("comment on table {} is {}").format(name, sql.Literal(comment)),
        *(on_column.format(sql.Identifier(RAW, table, column.name), sql.Literal(column.comment)) for column in columns),
    ]
    connection.execute(sql.SQL("; ").join(statements))


def _definition(column: RawColumn) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.postgres_type))


def _plain(column: RawColumn) -> str:
    """The type as the catalogue spells it."""
    spelt = column.postgres_type.replace(", ", ",")
    return {"timestamp": "timestamp without time zone"}.get(spelt, spelt)


def _column_types(connection: Connection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        (f"{RAW}.{table}",),
    )
    return dict(rows.fetchall())


def _sync_extracts(connection: Connection, sources: tuple[Source, ...]) -> None:
    connection.execute("delete from ops.extracts")
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.extracts (source, extract, title, label, kind, max_age_days, tolerance, drop_share,"
            " drop_rows, one_part_per_year, department_zh, department_en)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [_extract_row(source, extract) for source in sources for extract in source.extracts],
        )
    connection.execute(END_CHANGED_TERMS)
    connection.execute(BEGIN_NEW_TERMS)


def _extract_row(source: Source, extract: Extract) -> tuple[Any, ...]:
    numbers = (extract.max_age_days, extract.tolerance, extract.drop_share, extract.drop_rows)
    names = (extract.name, extract.title, extract.label, extract.kind)
    return (source.name, *names, *numbers, extract.one_part_per_year, source.title, source.label)


def _sync_columns(connection: Connection, sources: tuple[Source, ...]) -> None:
    connection.execute("delete from ops.extract_columns")
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.extract_columns (source, extract, column_name, place, header, label, unit, is_personal)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [row for source in sources for extract in source.extracts for row in _column_rows(source, extract)],
        )


def _column_rows(source: Source, extract: Extract) -> Iterable[tuple[Any, ...]]:
    for place, column in enumerate(extract.columns):
        said = (column.path, column.label, column.unit, column.is_personal)
        yield (source.name, extract.name, column.name, place, *said)


def _fingerprint(settings: Settings, sources: tuple[Source, ...]) -> str:
    """What a bootstrap rests on. Passwords enter it as their digest among the rest."""
    parts = [file.read_text(encoding="utf-8") for file in sorted(SQL_FOLDER.glob("*.sql"))]
    parts += [repr(sources), repr(OPTIONAL), *(role_password(settings, role) for role in _password_roles())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _recorded(connection: Connection) -> str | None:
    if connection.execute("select to_regclass('ops.instance_facts')").fetchone() == (None,):
        return None
    row = connection.execute("select value from ops.instance_facts where name = %s", (FINGERPRINT,)).fetchone()
    return row[0] if row else None


def _record(connection: Connection, fingerprint: str) -> None:
    connection.execute(
        "insert into ops.instance_facts (name, value) values (%s, %s)"
        " on conflict (name) do update set value = excluded.value, set_at = now()",
        (FINGERPRINT, fingerprint),
    )
