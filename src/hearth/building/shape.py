"""The shape of the marts: which columns of which type each has. A newer Hearth may have another one.

A month that was published in another shape is due. Until it is rebuilt it stays readable: `ops.fit_mart` gives a mart
what its models gained or retyped (`dbt_project/macros/month_slice.sql`), and a column that they lost stays for the
months that still fill it.
"""

import hashlib
import json
from functools import cache

import psycopg
from psycopg import sql

from hearth.building.dbt import PROJECT

MARTS = PROJECT / "models" / "marts"


@cache
def marts_shape() -> str:
    """A digest of the marts' names, columns and types, as their contracts in the dbt project state them."""
    import yaml

    shapes = {
        model["name"]: sorted((column["name"], column.get("data_type", "")) for column in model.get("columns", ()))
        for file in sorted(MARTS.glob("*.yml"))
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", ())
    }
    return hashlib.sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest()


def columns_of(connection: psycopg.Connection, relation: str) -> list[tuple[str, str]]:
    """Names and types of a table's columns, in order; none where there is no such table."""
    return connection.execute(
        """
        select attname::text, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        order by attnum
        """,
        (relation,),
    ).fetchall()


def add_former_columns(connection: psycopg.Connection, mart: str, slice_table: str) -> list[str]:
    """Give a slice, empty, the columns that only the mart's earlier months have; gives their names."""
    present = {name for name, _ in columns_of(connection, slice_table)}
    former = [(name, kind) for name, kind in columns_of(connection, mart) if name not in present]
    for name, kind in former:
        connection.execute(
            sql.SQL("alter table {} add column {} {}").format(
                _table(slice_table),
                sql.Identifier(name),
                sql.SQL(kind),  # as the catalogue spells it
            )
        )
    return [name for name, _ in former]


def drop_emptied_columns(connection: psycopg.Connection, mart: str, former: list[str]) -> None:
    """Drop those of the former columns that no published month fills any more, unless somebody's view shows them."""
    for name in former:
        column = sql.Identifier(name)
        filled = connection.execute(
            sql.SQL("select exists (select from {} where {} is not null)").format(_table(mart), column)
        ).fetchone()
        if filled == (True,):
            continue
        try:
            with connection.transaction():
                connection.execute(sql.SQL("alter table {} drop column {}").format(_table(mart), column))
        except psycopg.errors.DependentObjectsStillExist:
            pass


def _table(relation: str) -> sql.Identifier:
    return sql.Identifier(*relation.split("."))
