"""A month built beside the warehouse: its order and every table that follows from it in a schema of its own.

A build apart has a dbt target and a schema of its own: the month, the moment up to which things count, the parameters
and the kinds of file. The models read their order there (`source('order', …)`); nothing else is written. One that was
killed leaves its schema behind, which the next build, trial or as-of build drops.
"""

from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

from hearth.building.dbt import invoke, refuse_failures
from hearth.building.months import NOW, Moment, first_day
from hearth.settings import Settings

SCHEMAS: tuple[LiteralString, ...] = ("what_if", "as_of_next")
ONLY_MODELS = ("--resource-type", "model", "--resource-type", "seed")

ORDER = """
    create schema {schema};
    create table {schema}.current_build (like ops.current_build including defaults);
    create table {schema}.rule_parameters (like ops.rule_parameters including defaults);
    create table {schema}.extracts as select * from ops.extracts_as_of({moment}::timestamptz);
    insert into {schema}.current_build (build_id, month, as_of) values ({build_id}, {month}, {moment}::timestamptz)
"""


def drop_apart(connection: psycopg.Connection) -> None:
    """Remove what builds apart left behind, if anything. The caller holds the build lock."""
    for schema in SCHEMAS:
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))


def order_apart(
    connection: psycopg.Connection, schema: str, month: str, *, build_id: int = 0, moment: Moment = NOW
) -> None:
    """Make the schema with the order to build the month; the parameters are for the caller to write."""
    drop_apart(connection)
    connection.execute(
        sql.SQL(ORDER).format(
            schema=sql.Identifier(schema),
            build_id=sql.Literal(build_id),
            month=sql.Literal(first_day(month)),
            moment=sql.Literal(moment),
        )
    )


def build_apart(settings: Settings, target: str, selection: str, more: Sequence[str] = ()) -> list:
    """Build models by the order of a target's schema; gives dbt's results, a node each.

    Raises:
        BuildFailed: a model failed.
    """
    arguments = ["build", *ONLY_MODELS, "--select", *selection.split(), *more]
    results = invoke(settings, arguments, target=target)
    refuse_failures(results)
    return results
