"""A month as it was known at a moment: by the deliveries accepted, the parameters in force and the kinds of file
agreed up to then.

It is built apart (`hearth.building.apart`), so nothing published changes. The marts of the month stay in the schema
`as_of` until the next as-of build, with the one row of `as_of.about` that says what they are; what leads to them, with
personal data, is dropped. The models are those of now: a build keeps a digest of its models, by which it is told
whether they are those of the month's published build of then.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from hearth.building.apart import build_apart, drop_apart, order_apart
from hearth.building.build import build_lock, obstacle_to
from hearth.building.dbt import models_digest
from hearth.building.gone import gone_under, numbers_of, way_back
from hearth.building.months import first_day, inputs_digest, require_loaded, with_decisions
from hearth.building.parameters import current_parameters, write_parameters
from hearth.clock import ZONE
from hearth.database.engine import connect
from hearth.errors import BuildFailed, InputError, UsageError
from hearth.language import said
from hearth.settings import Settings

SCHEMA = "as_of"
TARGET = "as_of"
WORK = "as_of_next"
MARTS = "+config.materialized:month_slice"

DECISIONS_MET = """
    select md5(string_agg(met.decision_id || met.decision, ',' order by met.decision_id))
    from (select distinct decision_id, decision from as_of_next.int_unlinked_decided) as met
"""

BUILT_THEN = """
    select build_id, finished_at, fingerprint, models_digest
    from ops.builds
    where month = %s and status = 'published' and finished_at <= %s
    order by build_id desc
    limit 1
"""

IS_PUBLISHED = "select exists (select from ops.builds where month = %s and status = 'published')"

FIRST_KNOWN = """
    select min(accepted_at), bool_or(accepted_at <= %(moment)s)
    from ops.deliveries
    where status = 'accepted' and month = %(month)s
"""

SHOW = """
    drop schema if exists as_of cascade;
    create schema as_of;
    comment on schema as_of is
        'One month as it was known at a moment (as_of.about says which); made by hearth build --as-of, not published · '
        '按某一时刻所知构建的月份（见 as_of.about），由 hearth build --as-of 生成，并非发布结果';
    create table as_of.about (
        month date not null,
        known_at timestamptz not null,
        built_at timestamptz not null default now(),
        fingerprint text not null,
        models_digest text not null,
        build_id bigint,
        has_its_inputs boolean,
        has_its_models boolean
    );
    comment on table as_of.about is
        'What this schema holds. One row · 本模式的内容，仅一行';
    comment on column as_of.about.month is 'The month, first day · 月份首日';
    comment on column as_of.about.known_at is 'The moment up to which things count · 截止时刻';
    comment on column as_of.about.built_at is 'When it was built · 构建时间';
    comment on column as_of.about.fingerprint is 'Digest of what it rests on · 输入摘要';
    comment on column as_of.about.models_digest is 'Digest of the models it was built by · 所用模型的摘要';
    comment on column as_of.about.build_id is
        'The month''s published build of then; null where there was none · 当时已发布的构建，没有则为空';
    comment on column as_of.about.has_its_inputs is
        'Whether that build rests on the same deliveries and parameters · 输入是否与该次构建相同';
    comment on column as_of.about.has_its_models is
        'Whether that build was made by the same models · 模型是否与该次构建相同';
"""

GRANTS = """
    grant usage on schema as_of to analyst, dashboard, caseworker;
    grant select on all tables in schema as_of to analyst, dashboard, caseworker
"""

COUNTS = {
    "levels": "select risk_level, count(*) from {}.fct_household_month where month = %s group by 1",
    "rules": """
        select rule_code, count(*) from {}.fct_household_risk_signal
        where state = 'flagged' and month = %s group by 1
    """,
}
LEVELS = ("red", "yellow", "grey", "green")

DIFFERENT = """
    select count(*)
    from as_of.fct_household_month as known
    full join (select * from marts.fct_household_month where month = %s) as published using (household_key)
    where to_jsonb(known) is distinct from to_jsonb(published)
"""


@dataclass(frozen=True)
class BuildOfThen:
    """The month's published build at the moment, and whether it rests on the same inputs and the same models."""

    build_id: int
    published_at: datetime
    has_its_inputs: bool
    has_its_models: bool


@dataclass(frozen=True)
class AsOf:
    """A month as it was known at a moment: what the schema `as_of` holds now.

    Of levels and rules: households then, and as published now (None where the month is not published).
    """

    month: str
    moment: datetime
    households: int
    build_of_then: BuildOfThen | None
    levels: list[tuple[str, int, int | None]]
    rules: list[tuple[str, int, int | None]]
    different_now: int | None
    """households that are not as published now, in any column; None where the month is not published"""


def build_as_of(settings: Settings, month: str, moment: datetime) -> AsOf:
    """Build the month by what was known at the moment, into the schema `as_of`. Builds wait meanwhile.

    Raises:
        UsageError: the moment has not come yet.
        InputError: nothing had been accepted for the month, or rows that counted have been removed since.
        BuildFailed: the month could not have been published then, or a model failed.
        Busy: a build did not end in time.
    """
    if moment > datetime.now(ZONE):
        raise UsageError(said(f"{_shown(moment)} has not come yet.", f"{_shown(moment)} 尚未到来。"))
    with build_lock(settings):
        try:
            with connect(settings, "transformer") as connection:
                _refuse_unknowable(connection, month, moment)
                order_apart(connection, WORK, month, moment=moment)
                write_parameters(connection, WORK, 0, current_parameters(connection, moment))
            results = build_apart(settings, TARGET, MARTS)
            marts = [r.node.name for r in results if r.node.config.materialized == "month_slice"]
            with connect(settings, "transformer") as connection:
                inputs = _inputs(connection, month, moment)
                found = _build_of_then(connection, month, moment, inputs)
                _show(connection, month, moment, inputs, found, marts)
                return _told(connection, month, moment, found)
        finally:
            with connect(settings, "transformer") as connection:
                drop_apart(connection)


def _refuse_unknowable(connection: psycopg.Connection, month: str, moment: datetime) -> None:
    require_loaded(connection, month)
    first, is_known = connection.execute(FIRST_KNOWN, {"month": month, "moment": moment}).fetchone() or (None, None)
    if not is_known:
        when = said("never", "从未接收") if first is None else _shown(first)
        raise InputError(
            said(
                f"Nothing had been accepted for {month} up to {_shown(moment)}; the first file was: {when}.",
                f"截至 {_shown(moment)}，{month} 没有已接收的文件；首个文件的接收时间：{when}。",
            )
        )
    _refuse_rows_gone(connection, month, moment)
    obstacle = obstacle_to(connection, month, moment)
    if obstacle:
        raise BuildFailed(said(*obstacle))


def _refuse_rows_gone(connection: psycopg.Connection, month: str, moment: datetime) -> None:
    """What counted then but is no longer kept cannot be known: better nothing than something else."""
    gone = gone_under(connection, month, moment)
    if gone:
        numbers = numbers_of(gone)
        raise InputError(
            said(
                f"{month} cannot be built as of {_shown(moment)}: the rows of {len(gone)} deliveries that counted then "
                f"are no longer kept (delivery {numbers}). {way_back(gone)}",
                f"无法按 {_shown(moment)} 构建 {month}：当时计入的 {len(gone)} 个交付（第 {numbers} 号）的原始行"
                f"已不再保留。{way_back(gone)}",
            )
        )


def _inputs(connection: psycopg.Connection, month: str, moment: datetime) -> str:
    """What the build apart rests on, the decisions it met included: a build's fingerprint."""
    met = connection.execute(DECISIONS_MET).fetchone()
    return with_decisions(inputs_digest(connection, month, moment), met[0] if met else None)


def _build_of_then(connection: psycopg.Connection, month: str, moment: datetime, inputs: str) -> BuildOfThen | None:
    found = connection.execute(BUILT_THEN, (first_day(month), moment)).fetchone()
    if found is None:
        return None
    build_id, published_at, its_inputs, its_models = found
    return BuildOfThen(build_id, published_at, its_inputs == inputs, its_models == models_digest())


def _show(
    connection: psycopg.Connection,
    month: str,
    moment: datetime,
    inputs: str,
    found: BuildOfThen | None,
    marts: list[str],
) -> None:
    """Let the marts take the place of those of the last as-of build, in the caller's transaction."""
    connection.execute(SHOW.encode())
    for mart in marts:
        connection.execute(sql.SQL("alter table as_of_next.{} set schema as_of").format(sql.Identifier(mart)))
    connection.execute(GRANTS.encode())
    connection.execute(
        """
        insert into as_of.about
            (month, known_at, fingerprint, models_digest, build_id, has_its_inputs, has_its_models)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            first_day(month),
            moment,
            inputs,
            models_digest(),
            found and found.build_id,
            found and found.has_its_inputs,
            found and found.has_its_models,
        ),
    )


def _told(connection: psycopg.Connection, month: str, moment: datetime, found: BuildOfThen | None) -> AsOf:
    known = {what: _counts(connection, SCHEMA, what, month) for what in COUNTS}
    is_published = connection.execute(IS_PUBLISHED, (first_day(month),)).fetchone() == (True,)
    published = {what: _counts(connection, "marts", what, month) for what in COUNTS if is_published}
    different = connection.execute(DIFFERENT.encode(), (first_day(month),)).fetchone() if is_published else None
    levels = {level: known["levels"].get(level, 0) for level in LEVELS}
    rules = {rule: known["rules"].get(rule, 0) for rule in sorted({*known["rules"], *published.get("rules", {})})}
    return AsOf(
        month,
        moment,
        sum(levels.values()),
        found,
        _beside(levels, published.get("levels")),
        _beside(rules, published.get("rules")),
        different[0] if different else None,
    )


def _counts(connection: psycopg.Connection, schema: str, what: str, month: str) -> dict[str, int]:
    query = sql.SQL(COUNTS[what]).format(sql.Identifier(schema))
    return dict(connection.execute(query, (first_day(month),)).fetchall())


def _beside(known: dict[str, int], published: dict[str, int] | None) -> list[tuple[str, int, int | None]]:
    return [(name, count, None if published is None else published.get(name, 0)) for name, count in known.items()]


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
