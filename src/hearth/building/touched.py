"""A month whose roster stands is renewed where its new deliveries touched it (docs/decisions/0028).

Three steps, as a whole build has them. Of the records that came, went or were decided on since, and of those under the
same numbers of a department, the links are made anew. What they are linked to, and were before, are the households
touched; their members' records are gathered, and every model of households runs over these alone. What adds up runs
over all. The models are the same as ever: dbt builds them in the schema `touched`, where `if_touched` narrows what they
read, and takes from `intermediate` what is not there. Then their rows take the place of the former ones.

A build is not renewed but made anew where the roster, divisions, tests of water, parameters, kinds of file or models
have changed, where another list is wanting or fresh than before, where too many are touched, or the county is small.
"""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from hearth.building import standing
from hearth.building.dbt import KEEP_MANIFEST, NOT_BUILT, run_models, run_recorded, target_path
from hearth.building.shape import columns_of
from hearth.building.standing import Standing
from hearth.contracts import KNOWN
from hearth.contracts.model import Extract, Kind
from hearth.database.engine import connect
from hearth.settings import Settings

SCHEMA = "touched"
MOST = 0.2
"""The share of the members in new rows, or of the households touched, from which a month is made anew."""
LEAST = 10_000
"""Of fewer households a month is made anew as quickly."""

INCOME = ("registry", "income")
RENEWED = {
    (source.name, extract.name): extract
    for source in KNOWN
    for extract in source.extracts
    if (source.name, extract.name) == INCOME
    or (source.name != "registry" and any(column.kind is Kind.IDENTIFIER for column in extract.columns))
}
"""The lists that only add to what is known of persons and households: of records that name a person, and incomes."""

NUMBERED = (("medical_insurance", "enrolments"), ("medical_insurance", "settlements"))
"""The lists with the department's own person number, `insured_no`: one row tells whose the others are."""

READY = """
    select
        (select jsonb_agg(to_jsonb(readiness) order by rule_code) from intermediate.int_rule_readiness as readiness),
        (
            select to_jsonb(dates) - array[{dates}]
            from intermediate.int_source_dates as dates
        ),
        (select jsonb_agg(source || '.' || extract order by source, extract) from intermediate.int_searched_deliveries),
        (select min(month) from intermediate.int_winning_deliveries)
"""

PLACES: tuple[LiteralString, ...] = (
    "create schema touched",
    "create unlogged table touched.records"
    " (delivery_id bigint, row_number integer, primary key (delivery_id, row_number))",
    "create unlogged table touched.numbers (department_no text primary key)",
    "create unlogged table touched.persons as select person_key from intermediate.int_links with no data",
    "create unlogged table touched.households as select household_key from intermediate.int_links with no data",
)

LOADED = """
    select count(*), coalesce(sum(rows_loaded), 0) from ops.deliveries where delivery_id = any(%(deliveries)s)
"""
ADDED_TO = "select exists (select from ops.deliveries where status = 'accepted' and adds_to = any(%(deliveries)s))"
MANY = """
    select
        (select count(*) from intermediate.int_members) * %(most)s,
        (select count(*) from intermediate.int_households)
"""

ROWS = "insert into touched.records select delivery_id, row_number from {staging} where delivery_id in ({deliveries})"

RECORDS: tuple[LiteralString, ...] = (
    # Decisions that were made or revoked since.
    """
    insert into touched.records
    select records.delivery_id, records.row_number
    from intermediate.int_unlinked_records as records
    inner join restricted.queue_decisions as decisions using (source, extract, record_key)
    where decisions.decision_id = any(%(decisions)s)
    on conflict do nothing
    """,
    """
    insert into touched.numbers
    select persons.department_no
    from intermediate.int_person_records as persons
    inner join touched.records using (delivery_id, row_number)
    where persons.department_no is not null
    on conflict do nothing
    """,
)

NUMBERS = """
    insert into touched.numbers
    select staged.insured_no
    from {staging} as staged
    inner join touched.records using (delivery_id, row_number)
    where staged.delivery_id in ({changed}) and staged.insured_no is not null
    on conflict do nothing
"""
SAME_NUMBER = """
    insert into touched.records
    select staged.delivery_id, staged.row_number
    from {staging} as staged
    where staged.delivery_id in ({deliveries}) and staged.insured_no in (select department_no from touched.numbers)
    on conflict do nothing
"""

FORMER = """
    with

    former as (
        select links.person_key, links.household_key
        from intermediate.int_links as links
        inner join touched.records using (delivery_id, row_number)
    ),

    persons as (
        insert into touched.persons select person_key from former where person_key is not null
    )

    insert into touched.households
    select household_key from former

    union

    select candidates.household_key
    from intermediate.int_queued_candidates as candidates
    inner join touched.records using (delivery_id, row_number)
"""

# Of rows under one key one counts: which, a row that came or went may have changed.
SAME_KEY = """
    insert into touched.persons
    select links.person_key
    from {staging} as staged
    inner join intermediate.int_links as links using (delivery_id, row_number)
    where
        staged.delivery_id in ({deliveries})
        and ({key}) in (select {key} from {staging} where delivery_id in ({changed}))
        and links.person_key is not null
"""
SAME_KEY_HOUSEHOLDS = SAME_KEY.replace("touched.persons", "touched.households").replace("person_key", "household_key")

INCOMES = """
    insert into touched.households
    select households.household_key
    from restricted.households as households
    where households.household_no in (select household_no from {staging} where delivery_id in ({changed}))
"""

SEARCHING = (
    "int_risk_signals",
    "int_civ02_allowance_missed",
    "int_civ04_left_allowance",
    "int_edu01_out_of_school",
    "int_med01_uninsured",
    "int_med02_year_out_of_pocket",
    "int_wat02_test_overdue",
)
"""Where nothing was found these say what was searched, up to which day, in pieces of evidence without a row: signals,
and rules that are not ready too."""

SEARCHED = """
    insert into touched.households
    select signals.household_key
    from {staging} as signals
    where
        signals.rule_code in (
            select rules.rule_code
            from intermediate.rule_extracts as rules
            where rules.source || '.' || rules.extract in ({lists})
        )
        and exists (
            select
            from jsonb_array_elements(signals.evidence) as pieces (item)
            where item ->> 'row' is null and (item ->> 'delivery_id')::bigint in ({searched})
        )
"""

HOUSEHOLDS: tuple[LiteralString, ...] = (
    "insert into touched.persons select person_key from touched.int_links where person_key is not null",
    # Without figures of these the planner takes them for a few, and looks for each in an index.
    "analyze touched.persons",
    """
    insert into touched.households
    select household_key from touched.int_links
    union all
    select household_key from touched.int_queued_candidates
    union all
    select household_key from intermediate.int_members where person_key in (select person_key from touched.persons)
    union all
    select household_key from intermediate.int_spine_persons
    where person_key in (select person_key from touched.persons)
    union all
    select household_key from intermediate.int_links where person_key in (select person_key from touched.persons)
    """,
    """
    with every_one as (select distinct household_key from touched.households where household_key is not null),
    emptied as (delete from touched.households)
    insert into touched.households select household_key from every_one
    """,
    "create unique index on touched.households (household_key)",
    "analyze touched.households",
)

COUNTED = """
    select
        (select count(*) from touched.households inner join intermediate.int_households using (household_key)),
        (select count(*) from intermediate.int_households)
"""

# Everybody who is, or was, of these households, and their records. What models of households read of everybody is
# narrowed to these: in place of the standing tables.
GATHERED: tuple[LiteralString, ...] = (
    "truncate touched.records, touched.persons",
    """
    insert into touched.persons
    select person_key from intermediate.int_members inner join touched.households using (household_key)
    union
    select person_key from intermediate.int_spine_persons inner join touched.households using (household_key)
    union
    select person_key from intermediate.int_links inner join touched.households using (household_key)
    where person_key is not null
    """,
    "analyze touched.persons",
    """
    create unlogged table touched.int_links as
    select links.*
    from intermediate.int_links as links
    left join touched.households on links.household_key = households.household_key
    left join touched.persons on links.person_key = persons.person_key
    where households.household_key is not null or persons.person_key is not null
    """,
    "insert into touched.records select delivery_id, row_number from touched.int_links",
    """
    create unlogged table touched.int_members as
    select members.* from intermediate.int_members as members inner join touched.households using (household_key)
    """,
    """
    create unlogged table touched.int_households as
    select standing.* from intermediate.int_households as standing inner join touched.households using (household_key)
    """,
    "analyze touched.int_links, touched.int_members, touched.int_households",
)
GATHERED_INCOMES = """
    insert into touched.records
    select delivery_id, row_number
    from {staging}
    where
        delivery_id in ({deliveries})
        and household_no in (
            select household_no from restricted.households inner join touched.households using (household_key)
        )
"""

PLACE = {
    "record": ("touched.records", ("delivery_id", "row_number"), ("delivery_id", "row_number")),
    "household": ("touched.households", ("household_key",), ("household_key",)),
    "insured_no": ("touched.numbers", ("insured_no",), ("department_no",)),
    "department_no": ("touched.numbers", ("department_no",), ("department_no",)),
}
"""By what a model's rows are told that were touched, where these stand, and under which names."""


def renew(settings: Settings, build_id: int, month: str, stage: str) -> bool:
    """Bring one stage of the month's tables up to date.

    Returns:
        Whether it was done; if not, the month is to be built as a whole.

    Raises:
        BuildFailed: a model or test failed.
    """
    with connect(settings, "transformer") as connection:
        pair = (standing.begin if stage == "identity" else standing.renewing)(connection, build_id)
    if pair is None:
        return False
    match stage:
        case "identity":
            is_done = _renew_identity(settings, build_id, month, *pair)
        case "signals":
            is_done = _renew_signals(settings, build_id, month)
        case _:
            is_done = _renew_marts(settings, build_id)
    if not is_done:
        with connect(settings, "transformer") as connection:
            standing.build_all(connection, build_id)
            drop_touched(connection)
        if stage == "signals":
            run_models(settings, build_id, "identity")
    return is_done


def drop_touched(connection: psycopg.Connection[Any]) -> None:
    """Remove the rows of those touched, which name persons; what a build that was cut off left behind too."""
    connection.execute("drop schema if exists touched cascade")


def _renew_signals(settings: Settings, build_id: int, month: str) -> bool:
    """Not where something has come since: its rows are not among the touched ones. Nor once more after the end."""
    with connect(settings, "transformer") as connection:
        is_there = connection.execute("select to_regclass('touched.records') is not null").fetchone() == (True,)
        if not is_there or not standing.is_as_noted(connection, build_id, month):
            return False
    _renew(settings, build_id, ("household",))
    return True


def _renew_marts(settings: Settings, build_id: int) -> bool:
    selection = ["--exclude", *NOT_BUILT, "--select", _renewed_by("build")]
    run_recorded(settings, build_id, ["build", KEEP_MANIFEST, *selection])
    with connect(settings, "transformer") as connection:
        drop_touched(connection)
    return True


def _renew_identity(settings: Settings, build_id: int, month: str, former: Standing, now: Standing) -> bool:
    changed = _changed(former, now)
    if changed is None:
        return False
    with connect(settings, "transformer") as connection:
        if not _is_worth_it(connection, [delivery for _, _, delivery in changed]):
            return False
        before = _readiness(connection)
    run_recorded(settings, build_id, ["run", "--select", _renewed_by("order")])
    with connect(settings, "transformer") as connection:
        if _readiness(connection) != before or not standing.is_as_noted(connection, build_id, month):
            return False
        if not _gather_records(connection, changed, former, now):
            return False
    _renew(settings, build_id, ("record", "insured_no", "department_no"), first=FORMER)
    with connect(settings, "transformer") as connection:
        return _gather_households(connection, build_id, changed, former, now)


def _changed(former: Standing, now: Standing) -> list[tuple[str, str, int]] | None:
    """Deliveries that count now and did not, or the other way round; nothing where one of them touches everybody, or is
    another to the month than it was: stale, or in place of a list of a month before."""
    changed = former.deliveries ^ now.deliveries
    others = {one for one in former.inputs ^ now.inputs if (one[0], one[1], one[3]) not in changed}
    if others or any((source, extract) not in RENEWED for source, extract, _ in changed):
        return None
    return sorted(changed)


def _is_worth_it(connection: psycopg.Connection[Any], deliveries: list[int]) -> bool:
    known, rows = connection.execute(LOADED, {"deliveries": deliveries}).fetchone() or (0, 0)
    most, households = connection.execute(MANY, {"most": MOST}).fetchone() or (0, 0)
    is_added_to = connection.execute(ADDED_TO, {"deliveries": deliveries}).fetchone() == (True,)
    return bool(known == len(deliveries) and rows <= most and households >= LEAST and not is_added_to)


def _readiness(connection: psycopg.Connection[Any]) -> tuple[Any, ...] | None:
    """What is known of whole lists: whether each is there and fresh, of the dates nothing."""
    dates = sql.SQL(", ").join(sql.Literal(f"{source.name}_data_date") for source in KNOWN)
    return connection.execute(sql.SQL(READY).format(dates=dates)).fetchone()


def _gather_records(
    connection: psycopg.Connection[Any], changed: Sequence[tuple[str, str, int]], former: Standing, now: Standing
) -> bool:
    """Whether all rows that came or went are there: those of a list that was replaced may have been moved away."""
    drop_touched(connection)
    for statement in PLACES:
        connection.execute(statement)
    of_both = _by_extract(changed)
    for one, deliveries in of_both.items():
        _execute(connection, ROWS, _staging(*one), deliveries=deliveries)
    _, loaded = connection.execute(LOADED, {"deliveries": [one[2] for one in changed]}).fetchone() or (0, 0)
    if connection.execute("select count(*) from touched.records").fetchone() != (loaded,):
        return False
    for statement in RECORDS:
        connection.execute(statement, {"decisions": sorted(former.decisions ^ now.decisions)}, prepare=False)
    of_now = _by_extract(now.deliveries)
    for one in NUMBERED:
        if one in of_both:
            _execute(connection, NUMBERS, _staging(*one), changed=of_both[one])
    for one in NUMBERED:
        if one in of_now:
            _execute(connection, SAME_NUMBER, _staging(*one), deliveries=of_now[one])
    connection.execute("analyze touched.records")
    connection.execute("analyze touched.numbers")
    return True


def _gather_households(
    connection: psycopg.Connection[Any],
    build_id: int,
    changed: Sequence[tuple[str, str, int]],
    former: Standing,
    now: Standing,
) -> bool:
    of_both = _by_extract(former.deliveries | now.deliveries)
    for one, deliveries in _by_extract(changed).items():
        extract: Extract = RENEWED[one]
        if one == INCOME:
            _execute(connection, INCOMES, _staging(*one), changed=deliveries)
        elif extract.key:
            key = sql.SQL(", ").join(map(sql.Identifier, extract.key))
            for statement in (SAME_KEY, SAME_KEY_HOUSEHOLDS):
                _execute(connection, statement, _staging(*one), key=key, deliveries=of_both[one], changed=deliveries)
    lists = set(_by_extract(changed))
    searched = [delivery for source, extract, delivery in former.deliveries if (source, extract) in lists]
    names = sql.SQL(", ").join(sql.Literal(f"{source}.{extract}") for source, extract in sorted(lists))
    for model in SEARCHING if searched else ():  # nothing was, or only decided
        _execute(connection, SEARCHED, sql.Identifier("intermediate", model), lists=names, searched=searched)
    for statement in HOUSEHOLDS:
        connection.execute(statement)
    touched, households = connection.execute(COUNTED).fetchone() or (0, 0)
    if touched > MOST * households:
        return False
    connection.execute("update ops.builds set touched_households = %s where build_id = %s", (touched, build_id))
    _clear_away(connection)
    for statement in GATHERED:
        connection.execute(statement)
    of_now = _by_extract(now.deliveries)
    if INCOME in of_now:
        _execute(connection, GATHERED_INCOMES, _staging(*INCOME), deliveries=of_now[INCOME])
    connection.execute("analyze touched.records")
    return True


def _renew(settings: Settings, build_id: int, kinds: Sequence[str], first: LiteralString | None = None) -> None:
    """Build and test the models whose rows are told by these kinds over what was touched, and put their rows in
    place. What stands was tested when it was built."""
    standing_models = ["--defer", "--state", str(target_path(settings))]
    selection = ["--exclude", *NOT_BUILT, "--select", *map(_renewed_by, kinds)]
    results = run_recorded(settings, build_id, ["build", KEEP_MANIFEST, *standing_models, *selection], target=SCHEMA)
    tables = [result.node for result in results if result.node.config.materialized == "table"]
    with connect(settings, "transformer") as connection:
        if first:
            connection.execute(first)
        for table in tables:
            _put_in_place(connection, table.name, table.config.meta["renewed_by"])


def _clear_away(connection: psycopg.Connection[Any]) -> None:
    """The links as they were made of the touched records alone: whoever asks for links wants all, in `intermediate`."""
    made = connection.execute(
        "select tablename::text from pg_tables where schemaname = %s and tablename like 'int\\_%%'", (SCHEMA,)
    ).fetchall()
    for (table,) in made:
        connection.execute(sql.SQL("drop table {} cascade").format(sql.Identifier(SCHEMA, table)))


def _put_in_place(connection: psycopg.Connection[Any], model: str, kind: str) -> None:
    """Rows of what was touched leave the standing table, the new ones take their place."""
    place, columns, names = PLACE[kind]
    table, rows = sql.Identifier("intermediate", model), sql.Identifier(SCHEMA, model)
    is_touched = sql.SQL("({}) in (select {} from {})").format(
        _listed(columns), _listed(names), sql.Identifier(*place.split("."))
    )
    all_columns = _listed(column for column, _ in columns_of(connection, f"intermediate.{model}"))
    connection.execute(sql.SQL("delete from {} where {}").format(table, is_touched))
    connection.execute(
        sql.SQL("insert into {} ({}) select {} from {} where {}").format(
            table, all_columns, all_columns, rows, is_touched
        )
    )


def _execute(
    connection: psycopg.Connection[Any], statement: LiteralString, staging: sql.Composable, **more: Any
) -> None:
    """A statement about one list's rows, its deliveries written out: the planner prunes slices by literals only."""
    filled = {name: _listed(value) if isinstance(value, list) else value for name, value in more.items()}
    connection.execute(sql.SQL(statement).format(staging=staging, **filled))


def _listed(values: Iterable[Any]) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(v) if isinstance(v, str) else sql.Literal(v) for v in values)


def _by_extract(deliveries: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for source, extract, delivery in sorted(deliveries):
        found.setdefault((source, extract), []).append(delivery)
    return found


def _staging(source: str, extract: str) -> sql.Identifier:
    return sql.Identifier("staging", f"stg_{source}__{extract}")


def _renewed_by(kind: str) -> str:
    return f"config.meta.renewed_by:{kind}"
