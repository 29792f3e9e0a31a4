"""What an instance concluded, in a form in which two instances that were given the same files in other ways compare.

Numbers of deliveries differ, and which of two files with the same bytes was accepted. So a delivery is called by its
place and bytes, the pieces of an evidence have no order, and their files' names are left out. Everything is digested in
the database: millions of rows stay there.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

RESTRICTED = (
    "evidence_links",
    "delivery_tops",
    "household_cards",
    "households",
    "persons",
    "quarantine",
    "queue_candidates",
    "queue_records",
    "row_answers",
    "row_samples",
)
OPS = ("match_counts",)
PLACES = ("recency", "last_place", "rests_on")
LABELS = """
    create temporary table labels as
    select
        delivery_id, concat_ws(' ', source, extract, month, part, left(sha256, 16)) as label
    from ops.deliveries;
    alter table labels add primary key (delivery_id);
    analyze labels;
    create function pg_temp.label(number bigint) returns text language sql stable
    as 'select label from labels where delivery_id = number';
    create function pg_temp.labels(numbers bigint[]) returns text[] language sql stable
    as 'select array_agg(label order by label) from labels where delivery_id = any(numbers)';
    create function pg_temp.pieces(evidence jsonb) returns jsonb language sql stable
    as $$
        select jsonb_agg(piece order by piece)
        from jsonb_array_elements(evidence) as pieces (item)
        left join labels on labels.delivery_id = (item ->> 'delivery_id')::bigint
        cross join lateral (
            select (item - array['file', 'delivery_id']) || jsonb_build_object('delivery', label) as piece
        ) as worded
    $$;
"""
TABLES = """
    select nspname::text, relname::text
    from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
    where
        relkind in ('r', 'p') and not relispartition
        and (
            nspname = 'marts' or nspname = 'restricted' and relname = any(%s) or nspname = 'ops' and relname = any(%s)
        )
    order by 1, 2
"""
COLUMNS = """
    select attname::text, format_type(atttypid, null) from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attname
"""
REGISTERED = """
    select count(*) || ' files ' || coalesce(sum(hashtextextended(file::text, 0)), 0)
    from (
        select distinct
            source, extract, part, month, sha256, status, rows_read, rows_loaded, rows_quarantined, rows_duplicate
        from ops.deliveries where status in ('accepted', 'held', 'rejected')
    ) as file
"""
NUMBERED = """
    select count(*) || ' records with ' || count(queue_id) || ' numbers'
    from (select distinct source, extract, record_key from restricted.queue_records) as record
    left join restricted.queue_items using (source, extract, record_key)
"""
"""A number of the queue stays when a later build finds its record's person: only those of today's records compare."""
PUBLISHED = """
    select string_agg(concat_ws(' ', month, household_count), ', ' order by month)
    from (
        select distinct on (month) month, household_count from ops.builds
        where status = 'published' order by month, build_id desc
    ) as newest
"""

ROSTER_ROWS = """
    create temporary table roster_rows as
    select
        winning.month as roster_month, winning.recency, members.row_number, members.person_no, members.household_no,
        members.person_name_key as name_key, members.citizen_id_17 as id_17, members.citizen_id_fault as id_fault,
        coalesce(members.birth_date, members.citizen_id_born_on) as birth_date, members.sex,
        (members.relation_to_head = '户主') is true as is_head,
        first_value(members.village_code) over (
            partition by winning.month, members.household_no
            order by
                members.village_code is null, (members.relation_to_head = '户主') is true desc, winning.recency desc,
                members.row_number
        ) as village_code
    from ops.current_build
    cross join lateral ops.winning_deliveries(current_build.month) as winning
    inner join raw.registry__members as members using (delivery_id)
    where winning.source = 'registry' and winning.extract = 'members'
"""
PERSONS = """
    select
        persons.person_key, households.household_key, last_seen.person_no, last_seen.household_no, last_seen.name_key,
        numbers.id_17,
        coalesce(numbers.id_fault, case when numbers.id_17 is null then last_seen.id_fault end) as id_fault,
        births.birth_date, coalesce(successors.current_code, last_seen.village_code) as village_code,
        last_seen.roster_month as last_month
    from (
        select distinct on (person_no) * from roster_rows order by person_no, recency desc, row_number desc
    ) as last_seen
    inner join restricted.persons using (person_no)
    inner join restricted.households on households.household_no = last_seen.household_no
    left join (
        select distinct on (person_no) * from roster_rows where id_17 is not null
        order by person_no, id_fault is null desc, recency desc, row_number desc
    ) as numbers using (person_no)
    left join (
        select distinct on (person_no) * from roster_rows where birth_date is not null
        order by person_no, recency desc, row_number desc
    ) as births using (person_no)
    left join intermediate.int_division_successors as successors on successors.old_code = last_seen.village_code
"""
HISTORY = """
    with rosters as (
        select roster_month, row_number() over (order by roster_month) as number from roster_rows group by 1
    ),
    standing as (
        select distinct on (person_no, roster_month) person_no, roster_month, household_no, is_head, sex
        from roster_rows order by person_no, roster_month, recency desc, row_number desc
    ),
    placed as (
        select
            standing.*, number, max(number) over () as newest,
            number - row_number() over (partition by person_no, household_no, is_head order by roster_month) as island
        from standing inner join rosters using (roster_month)
    )
    select
        person_key, household_key, is_head,
        (array_agg(sex order by roster_month desc) filter (where sex is not null))[1] as sex,
        to_date(min(roster_month), 'YYYYMM') as valid_from,
        case when max(number) < max(newest) then to_date(max(roster_month), 'YYYYMM') end as valid_to,
        max(number) = max(newest) as is_current
    from placed inner join restricted.persons using (person_no) inner join restricted.households using (household_no)
    group by person_key, household_key, is_head, island
"""
"""What all rosters say of persons, read as a whole: what the states that are kept from month to month must come to."""


def spine_differences(connection: Connection) -> int:
    """Rows by which the spine that stands and its history differ from what all rosters of raw say."""
    connection.execute(ROSTER_ROWS.encode())
    found = 0
    for query, table in ((PERSONS, "int_spine_persons"), (HISTORY, "int_person_history")):
        whole, standing = f"({query})", f"(table intermediate.{table})"
        differing = f"({whole} except all {standing}) union all ({standing} except all {whole})"
        found += int(_one(connection, f"select count(*) from ({differing}) as differing"))
    return found


def digests(connection: Connection) -> dict[str, str]:
    """Rows and digest of every table of conclusions; the files registered, and the months published."""
    connection.execute(LABELS.encode())
    tables = connection.execute(TABLES, (list(RESTRICTED), list(OPS))).fetchall()
    found = {f"{schema}.{name}": _digest(connection, schema, name) for schema, name in tables}
    further = {"files": REGISTERED, "months": PUBLISHED, "queue numbers": NUMBERED}
    return found | {name: _one(connection, query) for name, query in further.items()}


def standing(connection: Connection) -> dict[str, str]:
    """Rows and digest of every table in between, which the next build of the month goes on from. Call `digests` first.

    Places among all deliveries are left out: they shift with each that comes, and only their order says something.
    """
    tables = connection.execute(
        "select relname::text from pg_class where relnamespace = 'intermediate'::regnamespace and relkind = 'r'"
        " and relname like %s order by 1", ("int\\_%",)
    ).fetchall()  # fmt: skip
    return {f"intermediate.{name}": _digest(connection, "intermediate", name) for (name,) in tables}


def _digest(connection: Connection, schema: str, name: str) -> str:
    columns = connection.execute(COLUMNS, (f'"{schema}"."{name}"',)).fetchall()
    told = [_told(column) for column, kind in columns if kind != "timestamp with time zone" and column not in PLACES]
    query = sql.SQL(
        "select count(*) || ' rows ' || coalesce(sum(hashtextextended(told::text, 0)), 0)"
        " from (select {} from {}) as told"
    ).format(sql.SQL(", ").join(told), sql.Identifier(schema, name))
    return _one(connection, query)


def _told(column: str) -> sql.Composable:
    identifier = sql.Identifier(column)
    for ending, function in (("delivery_id", "label"), ("delivery_ids", "labels"), ("evidence", "pieces")):
        if column.endswith(ending):
            return sql.SQL("pg_temp.{}({}) as {}").format(sql.Identifier(function), identifier, identifier)
    return identifier


def _one(connection: Connection, query: Any) -> str:
    row = connection.execute(query.encode() if isinstance(query, str) else query).fetchone()
    return str(row[0]) if row else "nothing"
