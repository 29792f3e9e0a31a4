"""An explanation as the caseworker may read it, and a clear word where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from hearth.building.months import first_day
from hearth.database.engine import connect
from hearth.errors import InputError, NotAllowed, UsageError
from hearth.language import said
from hearth.settings import Settings

ROLE = "caseworker"
Row = dict[str, Any]
Connection = psycopg.Connection[Row]

FLAGS = """
    select * from restricted.flag_explanations
    where household_key = %(household_key)s and month = %(month)s
        and (%(rule)s::text is null and state <> 'clear' or rule_code = %(rule)s)
    order by array_position(array['flagged', 'exempt', 'unknown', 'clear'], state), severity, rule_code
"""

EVIDENCE = """
    select * from restricted.flag_evidence
    where household_key = %(household_key)s and month = %(month)s
        and (%(rule)s::text is null or rule_code = %(rule)s)
    order by rule_code, place
"""

HOUSEHOLD = """
    select
        facts.household_key, facts.month, facts.village_code, villages.division_name as village_name,
        townships.division_name as township_name, facts.member_count, facts.risk_level, facts.suggested_category,
        facts.flagged_count, facts.unknown_count
    from marts.fct_household_month as facts
    left join marts.dim_division as villages on villages.division_code = facts.village_code
    left join marts.dim_division as townships on townships.division_code = facts.township_code
    where facts.household_key = %(household_key)s and facts.month = %(month)s
"""


@dataclass(frozen=True)
class Explanation:
    """A household's month: what it is (no names), and its rules in the order to read them, each a row of
    `restricted.flag_explanations` with its rows of `restricted.flag_evidence` under `evidence`."""

    household: Row
    flags: list[Row]


def explain(settings: Settings, household_key: str, month: str, rule: str | None = None) -> Explanation:
    """Explain one rule of a household's month (`YYYYMM`), or every rule that is not clear. The reads are logged.

    Raises:
        UsageError: no such household or rule, or the household was not on the month's roster.
        InputError: the month is not published.
        NotAllowed: the household is in no division assigned to the caseworker.
        DatabaseUnavailable: no warehouse answers.
    """
    asked = {"household_key": household_key, "month": first_day(month), "rule": rule}
    with connect(settings, ROLE, row_factory=dict_row) as connection:
        try:
            household = _household(connection, asked)
            flags = connection.execute(FLAGS, asked).fetchall()
            evidence = connection.execute(EVIDENCE, asked).fetchall()
            if not flags and not _may_see(connection, household):
                raise _outside(household)
        except psycopg.errors.UndefinedTable:
            raise InputError(
                said(
                    "No month is published yet; `hearth run` publishes what was delivered.",
                    "尚无已发布的月份；请先运行 hearth run。",
                )
            ) from None
    for flag in flags:
        flag["evidence"] = [piece for piece in evidence if piece["rule_code"] == flag["rule_code"]]
    return Explanation(household, flags)


def _household(connection: Connection, asked: Row) -> Row:
    rules = [row["rule_code"] for row in connection.execute("select rule_code from marts.dim_risk_rule order by 1")]
    if asked["rule"] is not None and asked["rule"] not in rules:
        listed = ", ".join(rules)
        raise UsageError(said(f"There is no such rule; the rules are {listed}.", f"没有这条规则；规则有：{listed}。"))
    _require_month(connection, asked)
    found = connection.execute(HOUSEHOLD, asked).fetchone()
    if found is None:
        raise _not_in_month(connection, asked)
    return found


def _require_month(connection: Connection, asked: Row) -> None:
    if connection.execute("select from marts.fct_household_month where month = %(month)s limit 1", asked).rowcount:
        return
    months = connection.execute("select distinct to_char(month, 'YYYYMM') as month from marts.fct_household_month")
    listed = ", ".join(sorted(row["month"] for row in months)) or "–"
    raise InputError(
        said(
            f"{asked['month']:%Y%m} is not published; the published months are {listed}.",
            f"{asked['month']:%Y%m} 尚未发布；已发布的月份：{listed}。",
        )
    )


def _not_in_month(connection: Connection, asked: Row) -> UsageError:
    known = connection.execute(
        "select household_key from restricted.households where household_key = %(household_key)s", asked
    ).fetchone()
    if not known:  # what was typed is not repeated: it may be a household's number
        way = "select household_key from restricted.households where household_no = '…'"
        return UsageError(
            said(
                f"There is no household of that key. A household's number leads to its key: {way}.",
                f"没有这个户假名。可由户编号查得：{way}。",
            )
        )
    months = connection.execute(
        "select to_char(month, 'YYYYMM') as month from marts.fct_household_month"
        " where household_key = %(household_key)s order by 1",
        asked,
    )
    listed = ", ".join(row["month"] for row in months) or "–"
    return UsageError(
        said(
            f"The household was not on the roster of {asked['month']:%Y%m}; its published months are {listed}.",
            f"该户不在 {asked['month']:%Y%m} 的名册上；该户已发布的月份：{listed}。",
        )
    )


def _may_see(connection: Connection, household: Row) -> bool:
    query = "select restricted.may_see_village(current_user, %(village_code)s) as may_see"
    return bool((connection.execute(query, household).fetchone() or {}).get("may_see"))


def _outside(household: Row) -> NotAllowed:
    village = household["village_code"]
    township = f"{village[:9]}000"
    statement = f"insert into restricted.caseworker_divisions values ('{ROLE}', '{township}')"  # noqa: S608 - is shown, not run
    return NotAllowed(
        said(
            f"The household's village {village} is in no division assigned to the role {ROLE}. The owner assigns its "
            f'township with: hearth sql --command "{statement}"',
            f"该户所在行政村 {village} 不在角色 {ROLE} 的授权区划内。由管理员授权其所在乡镇："
            f'hearth sql --command "{statement}"',
        )
    )
