"""Connections to the warehouse, by role.

The owner is the login of `HEARTH_DATABASE_URL`, or `hearth` on the embedded server. The other roles
log in with passwords that the instance keeps in its secrets folder.
"""

from __future__ import annotations

import os
from typing import Any, Literal, get_args

import psycopg
import sqlalchemy as sa
from psycopg import sql

from hearth.database import cluster, server
from hearth.errors import DatabaseUnavailable, UsageError
from hearth.ports import LOCALHOST
from hearth.secret_files import secret
from hearth.settings import Settings
from hearth.texts import text

Role = Literal["owner", "loader", "transformer", "analyst", "dashboard", "caseworker"]
ROLES: tuple[str, ...] = get_args(Role)
CONNECT_SECONDS = 10
DRIVER = "postgresql+psycopg"


def url(settings: Settings, role: str = "owner") -> str:
    """The warehouse's SQLAlchemy URL for a role, password included. Starts nothing.

    Raises:
        DatabaseUnavailable: the embedded database was never started.
    """
    return sa_url(settings, role).render_as_string(hide_password=False)


def airflow_url(settings: Settings) -> str:
    """The SQLAlchemy URL of Airflow's own database, beside the warehouse on the same server."""
    return sa_url(settings).set(database=airflow_database(settings)).render_as_string(hide_password=False)


def airflow_database(settings: Settings) -> str:
    """The name of Airflow's own database."""
    return cluster.AIRFLOW if settings.is_embedded else f"{sa_url(settings).database}_airflow"


def sa_url(settings: Settings, role: str = "owner") -> sa.URL:
    """As `url`, for code that needs host, port, user, password and database apart."""
    if role not in ROLES:
        raise UsageError(text("no_such_role", role=role, roles=", ".join(ROLES)))
    owner = _embedded_url(settings) if settings.is_embedded else _given_url(settings)
    return owner if role == "owner" else owner.set(username=role, password=role_password(settings, role))


def role_password(settings: Settings, role: str) -> str:
    """The password of a role other than the owner; made on first use, set in the database by the bootstrap."""
    return secret(settings, f"postgres_{role}")


def engine(settings: Settings, role: str = "owner", **options: Any) -> sa.Engine:
    """A SQLAlchemy engine for a role; the caller disposes of it."""
    arguments = {"connect_timeout": CONNECT_SECONDS, "application_name": "hearth"}
    return sa.create_engine(sa_url(settings, role), connect_args=arguments, pool_pre_ping=True, **options)


def program_environment(settings: Settings, role: str = "owner") -> dict[str, str]:
    """The environment by which psql and its like find the warehouse: arguments are visible to everybody."""
    target = sa_url(settings, role)
    place = {
        "PGHOST": target.host,
        "PGPORT": target.port and str(target.port),
        "PGUSER": target.username,
        "PGPASSWORD": target.password,
        "PGDATABASE": target.database,
        "PGSSLMODE": target.query.get("sslmode"),
        "PGCLIENTENCODING": "UTF8",
    }
    return {**os.environ, **{name: str(value) for name, value in place.items() if value}}


def connect(settings: Settings, role: str = "owner", **options: Any) -> psycopg.Connection[Any]:
    """A psycopg connection for a role.

    Raises:
        DatabaseUnavailable: no server answers, or it refuses the login.
    """
    return _open(sa_url(settings, role), **options)


def connect_airflow(settings: Settings) -> psycopg.Connection[Any]:
    """A psycopg connection to Airflow's own database."""
    return _open(sa_url(settings).set(database=airflow_database(settings)))


def create_databases(settings: Settings) -> None:
    """Make the warehouse and Airflow's database where they do not exist.

    Raises:
        DatabaseUnavailable: the server does not answer, or the login may not create Airflow's database.
    """
    wanted = {airflow_database(settings)}
    target = sa_url(settings)
    if settings.is_embedded:
        wanted.add(cluster.WAREHOUSE)
        target = target.set(database="postgres")
    with _open(target, autocommit=True) as connection:
        present = {name for (name,) in connection.execute("select datname from pg_database")}
        for name in sorted(wanted - present):
            _create_database(connection, name)


def _create_database(connection: psycopg.Connection[Any], name: str) -> None:
    statement = sql.SQL("create database {} template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'")
    try:
        connection.execute(statement.format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # another command was quicker
    except psycopg.errors.InsufficientPrivilege:
        raise DatabaseUnavailable(text("may_not_create", name=name)) from None


def _open(target: sa.URL, **options: Any) -> psycopg.Connection[Any]:
    arguments = {
        "host": target.host,
        "port": target.port,
        "user": target.username,
        "password": target.password,
        "dbname": target.database,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "hearth",
        **{key: value for key, value in target.query.items() if isinstance(value, str)},
        **options,
    }
    try:
        return psycopg.connect(**arguments)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(_reason(target, error)) from None


def _reason(target: sa.URL, error: psycopg.OperationalError) -> str:
    answer = str(error)
    place = {"name": target.database, "address": f"{target.host}:{target.port or 5432}"}
    if "password authentication failed" in answer or "no password supplied" in answer:
        return text("login_refused", **place, user=target.username)
    if "does not exist" in answer:
        return text("server_says", **place, answer=answer.strip().splitlines()[-1].rpartition("FATAL:")[2].strip())
    return text("no_answer", **place)


def _embedded_url(settings: Settings) -> sa.URL:
    number = server.port(settings)
    if number is None or not cluster.is_initialised(settings):
        raise DatabaseUnavailable(text("never_started", home=settings.home))
    password = secret(settings, f"postgres_{cluster.OWNER}")
    return sa.URL.create(DRIVER, cluster.OWNER, password, LOCALHOST, number, cluster.WAREHOUSE)


def _given_url(settings: Settings) -> sa.URL:
    shape = "postgresql://user:password@host:5432/name"
    try:
        given = sa.make_url(settings.database_url or "")
        backend = given.get_backend_name()
    except sa.exc.ArgumentError:
        raise DatabaseUnavailable(text("no_url", shape=shape)) from None
    if backend not in ("postgresql", "postgres") or not given.database:
        raise DatabaseUnavailable(text("no_postgresql_url", shape=shape))
    return given.set(drivername=DRIVER)
