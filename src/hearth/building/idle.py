"""Why a parameter that was tried changes nothing: said of each row of the file, and of each parameter that differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import psycopg

from hearth.building.comparing import NAMES, Idle, Line, ParameterChange
from hearth.building.months import first_day
from hearth.building.parameters import FIRST_DAY, Row
from hearth.loading.discovery import last_day

COLUMNS = {name: column for column, name in NAMES.items()}
"""parameter and group → column of `int_parameters`"""

AFTER = "select village_code, to_jsonb(parameters_after) - 'village_code' from what_if.parameters_after"

RULES = """
    select
        rules.rule_code,
        array(select regexp_split_to_table(rules.parameters, ', *')),
        coalesce(bool_and(needed.is_fresh), true)
    from marts.dim_risk_rule as rules
    left join marts.dim_rule_need_month as needed on rules.rule_code = needed.rule_code and needed.month = %s
    group by rules.rule_code, rules.parameters
    order by rules.rule_code
"""

ANYBODY = """
    select exists (
        select
        from marts.fct_household_month as facts
        inner join marts.dim_parameter_month as in_force
            on facts.month = in_force.month and facts.village_code = in_force.village_code
        where
            facts.month = %(month)s
            and facts.village_code = any(%(villages)s)
            and in_force.parameter = %(parameter)s
            and in_force.population_group = %(group)s
            and in_force.is_applicable
            and (%(group)s <> 'assisted' or facts.is_assisted)
            and (%(group)s <> 'other' or not facts.is_assisted)
    )
"""


def idle_rows(
    connection: psycopg.Connection, month: str, rows: Sequence[Row], changed: Iterable[ParameterChange]
) -> list[Idle]:
    """The rows of the file that change no village's parameters, of a trial that was run."""
    reached = {(change.parameter, change.group, village) for change in changed for village in change.villages}
    idle = [row for row in rows if not _reaches(row, reached)]
    after: dict[str, dict[str, object]] = dict(connection.execute(AFTER).fetchall()) if idle else {}
    return [_idle_row(row, after, last_day(month)) for row in idle]


def idle_parameters(
    connection: psycopg.Connection, month: str, changed: Sequence[ParameterChange], lines: Iterable[Line]
) -> list[Idle]:
    """The parameters that differ somewhere, yet no rule that uses them says anything else of anybody."""
    moved = {line.code for line in lines if line.kind == "rule" and line.is_changed}
    rules = connection.execute(RULES, (first_day(month),)).fetchall()
    found = []
    for parameter, group in dict.fromkeys((change.parameter, change.group) for change in changed):
        using = {code: is_ready for code, parameters, is_ready in rules if parameter in parameters}
        if not moved & using.keys():
            villages = [v for c in changed if (c.parameter, c.group) == (parameter, group) for v in c.villages]
            asked = {"month": first_day(month), "villages": villages, "parameter": parameter, "group": group}
            found.append(Idle(parameter, group, *_why_nobody_moves(connection, using, asked)))
    return found


def _reaches(row: Row, reached: Iterable[tuple[str, str, str]]) -> bool:
    return any(name == list(row[:2]) and village.startswith(_prefix(row[2])) for *name, village in reached)


def _prefix(division: str) -> str:
    """`990121000000` and `990121` are one county; `00` is the country."""
    code = division.ljust(12, "0")
    return next(code[:length] for length in (0, 2, 4, 6, 9, 12) if not code[length:].strip("0"))


def _idle_row(row: Row, after: Mapping[str, Mapping[str, object]], day: date) -> Idle:
    parameter, group, division, _, _, value, *_ = row
    column = COLUMNS[parameter, group]
    there = [values[column] for village, values in after.items() if village.startswith(_prefix(division))]
    return Idle(parameter, group, *_why_idle(row, there, day), division, value)


def _why_idle(row: Row, there: Sequence[object], day: date) -> tuple[str, str]:
    _, _, division, start, until, value, *_ = row
    if start > day or (until is not None and until < day):
        begin = ("the beginning", "最初") if start == FIRST_DAY else (f"{start}", f"{start}")
        end = (f"{until}", f"{until}") if until else ("further notice", "长期")
        return (
            f"it is valid from {begin[0]} to {end[0]}, which leaves out the month's last day, {day}",
            f"有效期为{begin[1]}至{end[1]}，不含月末 {day}",
        )
    if not there:
        return f"no household of the month lives in {division}", f"当月没有农户属于区划 {division}"
    if all(_is_same(value, other) for other in there):
        return "this value is in force there already", "该值就是现行值"
    return (
        "other rows are taken in its place there: of a smaller division, or of the same one with a later start",
        "该处以其他行为准：有下级区划的行，或同一区划中起始日期更晚的行",
    )


def _is_same(written: str, other: object) -> bool:
    try:
        return Decimal(written) == Decimal(str(other))
    except InvalidOperation:
        return written == other


def _why_nobody_moves(
    connection: psycopg.Connection, using: Mapping[str, bool], asked: Mapping[str, object]
) -> tuple[str, str]:
    listed = ", ".join(using), "、".join(using)
    if not any(using.values()):
        return (
            f"{listed[0]} cannot be computed in this month: a list that is needed is missing or too old",
            f"{listed[1]} 当月无法计算：所需名单缺失或已过期",
        )
    if not (connection.execute(ANYBODY, asked).fetchone() or [False])[0]:
        return "no household there is of those whom it is for", "该处没有适用该参数的农户"
    return (
        f"{listed[0]} judges no household there by the difference",
        f"{listed[1]} 对该处各户的判断都不因此改变",
    )
