"""What a trial changed, household by household, held against the published month."""

from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg

from hearth.building.months import first_day
from hearth.building.parameters import GROUPS
from hearth.errors import BuildFailed
from hearth.language import said

NAMES = {
    "_".join(filter(None, (parameter, group))): (parameter, group)
    for parameter, groups in GROUPS.items()
    for group in groups
}
"""column of `int_parameters` → parameter and group"""
KINDS = ("category", "level", "rule")
ANY = "any"

COMPARED = """
    create table what_if.compared as
    with

    signals as (
        select 'before' as side, household_key, rule_code, state
        from marts.fct_household_risk_signal
        where month = %(month)s

        union all

        select 'after' as side, household_key, rule_code, state
        from what_if.int_risk_signals
    ),

    published as (
        select household_key, village_code, township_code, member_count, risk_level, suggested_category
        from marts.fct_household_month
        where month = %(month)s
    ),

    levels as (
        select 'before' as side, household_key, risk_level, suggested_category
        from published

        union all

        select 'after' as side, household_key, risk_level, suggested_category
        from what_if.int_risk_levels
    ),

    judged as (
        select side, household_key, 'rule' as kind, rule_code as code, state as value
        from signals

        union all

        select distinct side, household_key, 'rule', 'any', 'flagged'
        from signals
        where state = 'flagged'

        union all

        select side, household_key, 'level', 'level', risk_level
        from levels

        union all

        select side, household_key, 'category', 'category', suggested_category
        from levels
        where suggested_category is not null

        union all

        select side, household_key, 'category', 'any', 'suggested'
        from levels
        where suggested_category is not null
    ),

    paired as (
        select
            household_key,
            kind,
            code,
            max(value) filter (where side = 'before') as value_before,
            max(value) filter (where side = 'after') as value_after
        from judged
        group by household_key, kind, code
    )

    select
        paired.*,
        published.village_code,
        published.township_code,
        published.member_count
    from paired
    inner join published using (household_key)
"""
"""One row per household and rule, level or category that says something of it: a clear rule has no value."""

LINES = """
    with

    placed as (
        select
            kind, code, value_before as value, township_code, member_count,
            true as was_in, value_after is not distinct from value_before as is_in
        from what_if.compared
        where value_before is not null

        union all

        select
            kind, code, value_after as value, township_code, member_count,
            false as was_in, true as is_in
        from what_if.compared
        where value_after is not null and value_after is distinct from value_before
    )

    select
        township_code,
        kind,
        code,
        value,
        count(*) filter (where was_in),
        count(*) filter (where is_in),
        count(*) filter (where is_in and not was_in),
        count(*) filter (where was_in and not is_in),
        coalesce(sum(member_count) filter (where was_in), 0),
        coalesce(sum(member_count) filter (where is_in), 0),
        coalesce(sum(member_count) filter (where is_in and not was_in), 0),
        coalesce(sum(member_count) filter (where was_in and not is_in), 0)
    from placed
    group by grouping sets ((kind, code, value), (township_code, kind, code, value))
"""

MOVES = """
    select
        compared.household_key,
        compared.township_code,
        townships.division_name as township_name,
        compared.village_code,
        villages.division_name as village_name,
        compared.member_count,
        compared.kind,
        compared.code,
        coalesce(compared.value_before, case compared.kind when 'rule' then 'clear' else 'none' end) as value_before,
        coalesce(compared.value_after, case compared.kind when 'rule' then 'clear' else 'none' end) as value_after
    from what_if.compared
    left join marts.dim_division as townships on compared.township_code = townships.division_code
    left join marts.dim_division as villages on compared.village_code = villages.division_code
    where compared.code <> 'any' and compared.value_before is distinct from compared.value_after
    order by compared.village_code, compared.household_key, compared.kind, compared.code
"""

PARAMETERS = """
    with

    before as (
        select parameters_before.village_code, each.key, each.value
        from what_if.parameters_before
        cross join lateral jsonb_each(to_jsonb(parameters_before) - 'village_code') as each
    ),

    after as (
        select parameters_after.village_code, each.key, each.value
        from what_if.parameters_after
        cross join lateral jsonb_each(to_jsonb(parameters_after) - 'village_code') as each
    )

    select before.key, before.value #>> '{}', after.value #>> '{}', array_agg(village_code order by village_code)
    from before
    inner join after using (village_code, key)
    where before.value is distinct from after.value
    group by before.key, before.value, after.value
    order by before.key, before.value, after.value
"""

HOUSEHOLDS = """
    select
        (select count(*) from what_if.int_risk_levels inner join marts.fct_household_month using (household_key)
            where month = %(month)s),
        (select count(*) from what_if.int_risk_levels)
"""

TOTALS = """
    select count(*), coalesce(sum(member_count), 0), count(distinct village_code)
    from marts.fct_household_month
    where month = %s
"""

TOWNSHIPS = """
    select distinct fact.township_code, coalesce(divisions.division_name, fact.township_code)
    from marts.fct_household_month as fact
    left join marts.dim_division as divisions on fact.township_code = divisions.division_code
    where fact.month = %s
    order by 1
"""


@dataclass(frozen=True)
class ParameterChange:
    """A parameter that is another one in some villages; null where no value is in force.

    `parameter` and `group` are those of a parameter file; the group is empty where there is none.
    """

    parameter: str
    group: str
    before: str | None
    after: str | None
    villages: tuple[str, ...]


@dataclass(frozen=True)
class Idle:
    """What changes nothing, and why in both languages. Without division and value: a parameter, wherever it differs."""

    parameter: str
    group: str
    english: str
    chinese: str
    division: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Movement:
    """How many were in a group, would be, would enter and would leave it."""

    before: int
    after: int
    entering: int
    leaving: int


@dataclass(frozen=True)
class Line:
    """A group of households in a township, or in all: those a rule flags, of a level, of a suggested category.

    `kind` is one of `KINDS`; `code` the rule, or `any` for all that any rule flags or any category takes in.
    """

    township: str | None
    kind: str
    code: str
    value: str
    households: Movement
    members: Movement

    @property
    def is_changed(self) -> bool:
        """Whether anybody would enter or leave."""
        return bool(self.households.entering or self.households.leaving)


@dataclass(frozen=True)
class Changes:
    """What a month would be under other parameters."""

    month: str
    households: int
    members: int
    village_count: int
    townships: dict[str, str]
    """code → name, of every township with a household"""
    titles: dict[str, str]
    """rule → its Chinese title"""
    names: dict[str, str]
    """parameter → its Chinese name"""
    parameters: list[ParameterChange]
    lines: list[Line]
    without_effect: list[Idle]
    """rows of the file that change no village's parameters, and parameters that change nobody's judgement; with why"""
    moves: pl.DataFrame | None = None
    """household_key … value_before, value_after: one row per household and rule, level or category that changes"""


def parameter_changes(connection: psycopg.Connection) -> list[ParameterChange]:
    """The parameters that differ in some village, between the two sets of a trial that was run."""
    found = connection.execute(PARAMETERS).fetchall()
    return [ParameterChange(*NAMES[key], before, after, tuple(villages)) for key, before, after, villages in found]


def compare(connection: psycopg.Connection, month: str) -> list[Line]:
    """Every group that is not empty on both sides, in all and by township, of a trial that was run.

    Raises:
        BuildFailed: the trial holds other households than the published month.
    """
    connection.execute(COMPARED, {"month": first_day(month)})
    connection.execute("analyze what_if.compared")
    published = totals(connection, month)[0]
    if connection.execute(HOUSEHOLDS, {"month": first_day(month)}).fetchone() != (published, published):
        raise BuildFailed(
            said(
                f"The trial holds other households than {month} as published; "
                f"`hearth build --month {month} --force` builds it anew.",
                f"试算所用的农户与 {month} 已发布的不同；请先运行 `hearth build --month {month} --force` 重新构建。",
            )
        )
    return sorted(map(_line, connection.execute(LINES).fetchall()), key=_order)


def moves(connection: psycopg.Connection) -> pl.DataFrame:
    """Who would change how, of a trial that was compared: pseudonyms and village codes."""
    cursor = connection.execute(MOVES)
    assert cursor.description is not None
    schema = {column.name: pl.Int64 if column.name == "member_count" else pl.String for column in cursor.description}
    return pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")


def totals(connection: psycopg.Connection, month: str) -> tuple[int, int, int]:
    """Households, members and villages of the month as published."""
    households, members, villages = connection.execute(TOTALS, (first_day(month),)).fetchone() or (0, 0, 0)
    return households, int(members), villages


def townships(connection: psycopg.Connection, month: str) -> dict[str, str]:
    """The townships with a household in the month, by code."""
    return dict(connection.execute(TOWNSHIPS, (first_day(month),)).fetchall())


def titles(connection: psycopg.Connection) -> dict[str, str]:
    """What each rule is called."""
    return dict(connection.execute("select rule_code, title_zh from marts.dim_risk_rule").fetchall())


def parameters_in_chinese(connection: psycopg.Connection) -> dict[str, str]:
    """What each parameter is called in Chinese."""
    query = "select name, ops.parameter_zh(name) from unnest(%s::text[]) as name"
    return dict(connection.execute(query, (list(GROUPS),)).fetchall())


def _line(row: tuple[Any, ...]) -> Line:
    township, kind, code, value, *counts = row
    return Line(township, kind, code, value, Movement(*counts[:4]), Movement(*map(int, counts[4:])))


def _order(line: Line) -> tuple[str, int, bool, str, int, str]:
    values = ("red", "yellow", "grey", "green", "flagged", "exempt", "unknown")
    place = values.index(line.value) if line.value in values else len(values)
    return line.township or "", KINDS.index(line.kind), line.code != ANY, line.code, place, line.value
