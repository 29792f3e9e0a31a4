"""Publishing a month: the tables built apart become the month's partitions of the marts, all in one transaction."""

import psycopg
from psycopg import sql

from hearth.building.months import first_day
from hearth.building.shape import add_former_columns, columns_of, drop_emptied_columns
from hearth.queueing.records import publish_queue

CARDS = """
    insert into restricted.household_cards
        (
            household_key, household_no, month, village_code, township_code, township_name, village_name, head_name,
            phone, member_names
        )
    select
        household_key, household_no, month, village_code, township_code, township_name, village_name, head_name, phone,
        member_names
    from intermediate.int_household_cards
"""

MATCH_COUNTS = """
    insert into ops.match_counts
        (source, extract, month, matched, queued, tier_0, tier_1, tier_2, tier_3, tier_4, decided, dismissed)
    select source, extract, %s, matched, queued, tier_0, tier_1, tier_2, tier_3, tier_4, decided, dismissed
    from intermediate.int_match_counts
"""

EVIDENCE_LINKS = """
    insert into restricted.evidence_links
        (month, household_key, delivery_id, row_number, is_queued, person_key, tier, reason, rule_codes)
    select %s, household_key, delivery_id, row_number, is_queued, person_key, tier, reason, rule_codes
    from intermediate.int_evidence_links
"""


UPDATE = (
    sql.SQL("delete from {mart} as former where not exists (select from {waiting} as coming where coming = former)"),
    sql.SQL(
        "insert into {mart} select coming.* from {waiting} as coming"
        " where not exists (select from {mart} as former where former = coming)"
        " order by 1"
    ),
)
"""Two statements, after which a mart has the rows of the table that waits, no two of which are equal. Most stay as they
were from month to month and are not written again. Rows are compared as wholes, in which nulls equal each other.
Entered in the order of their key they fill its index page by page."""

FROM_EVERY_MONTH = ("dim_household",)
"""What is made of all published months: it changes with any of them, the other dimensions with the newest only."""


def publish_tables(connection: psycopg.Connection, month: str, *, is_renewed: bool) -> int:
    """Swap in the month's slices, match counts and the links of its evidence; for the newest month the dimensions and
    the caseworkers' cards too, which rest on the roster alone: where that stands (`is_renewed`) they stand as well.

    Runs in the caller's transaction, so that readers see either all of the month or none of it.

    Returns:
        The number of households published.
    """
    is_newest = _is_newest(connection, month)
    for name, is_sliced in _waiting(connection):
        if is_sliced:
            _swap_slice(connection, name, month)
        elif is_newest or name in FROM_EVERY_MONTH:
            _update_whole(connection, name)
    connection.execute("delete from ops.match_counts where month = %s", (month,))
    connection.execute(MATCH_COUNTS, (month,))
    connection.execute("delete from restricted.evidence_links where month = %s", (first_day(month),))
    connection.execute(EVIDENCE_LINKS, (first_day(month),))
    publish_queue(connection, month)
    if is_newest and not is_renewed:
        connection.execute("delete from restricted.household_cards")
        connection.execute(CARDS)
    counted = connection.execute(
        "select count(*) from marts.fct_household_month where month = %s", (first_day(month),)
    ).fetchone()
    return counted[0] if counted else 0


def _waiting(connection: psycopg.Connection) -> list[tuple[str, bool]]:
    return connection.execute(
        """
        select tables.relname, coalesce(marts.relkind = 'p', false)
        from pg_class as tables
        left join pg_class as marts on marts.relname = tables.relname and marts.relnamespace = 'marts'::regnamespace
        where tables.relnamespace = 'marts_next'::regnamespace and tables.relkind = 'r'
        order by 1
        """
    ).fetchall()


def _swap_slice(connection: psycopg.Connection, name: str, month: str) -> None:
    former = add_former_columns(connection, f"marts.{name}", f"marts_next.{name}")
    mart = sql.Identifier("marts", name)
    partition = sql.Identifier("marts", f"{name}__{month}")
    moved = sql.Identifier("marts", name + "__next")
    waiting = sql.Identifier("marts_next", name)
    connection.execute(sql.SQL("drop table if exists {}").format(partition))
    connection.execute(sql.SQL("alter table {} rename to {}").format(waiting, sql.Identifier(name + "__next")))
    connection.execute(sql.SQL("alter table {} set schema marts").format(sql.Identifier("marts_next", name + "__next")))
    connection.execute(sql.SQL("alter table {} rename to {}").format(moved, sql.Identifier(f"{name}__{month}")))
    connection.execute(
        sql.SQL("alter table {} attach partition {} for values in ({})").format(
            mart, partition, sql.Literal(first_day(month))
        )
    )
    drop_emptied_columns(connection, f"marts.{name}", former)


def _update_whole(connection: psycopg.Connection, name: str) -> None:
    mart, waiting = sql.Identifier("marts", name), sql.Identifier("marts_next", name)
    if columns_of(connection, f"marts.{name}") not in ([], columns_of(connection, f"marts_next.{name}")):
        connection.execute(sql.SQL("drop table {}").format(mart))
    connection.execute(sql.SQL("create table if not exists {} (like {} including all)").format(mart, waiting))
    described = connection.execute("select obj_description(%s::regclass)", (f"marts_next.{name}",)).fetchone()
    if described:
        connection.execute(sql.SQL("comment on table {} is {}").format(mart, sql.Literal(described[0])))
    for statement in UPDATE:
        connection.execute(statement.format(mart=mart, waiting=waiting))
    connection.execute(sql.SQL("drop table {}").format(waiting))


def _is_newest(connection: psycopg.Connection, month: str) -> bool:
    newest = connection.execute(
        "select coalesce(max(month), %(month)s) <= %(month)s from ops.builds where status = 'published'",
        {"month": first_day(month)},
    ).fetchone()
    return bool(newest and newest[0])
