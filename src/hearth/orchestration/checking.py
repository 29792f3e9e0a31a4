"""What can be checked at any time, without building: that deliveries add up and that published months do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from hearth.contracts.model import raw_table
from hearth.database.engine import connect
from hearth.language import Words, said
from hearth.orchestration.months import PUBLISHED, month_states
from hearth.settings import Settings
from hearth.texts import status_word

MONTH_CHECKS: Mapping[Words, LiteralString] = {
    Words("同一户在当月出现两次", "a household stands twice in the month"): """
        select count(*) - count(distinct household_key) from marts.fct_household_month where month = %(month)s
    """,
    Words("有风险信号的户不在当月", "a signal's household is not in the month"): """
        select count(*) from marts.fct_household_risk_signal as signals
        where signals.month = %(month)s and not exists (
            select from marts.fct_household_month as facts
            where facts.month = signals.month and facts.household_key = signals.household_key
        )
    """,
    Words("发布的户数与事实表户数不一致", "households published and households in the fact differ"): """
        select count(*) - coalesce((
            select household_count from ops.builds where month = %(month)s and status = 'published'
            order by build_id desc limit 1
        ), 0) from marts.fct_household_month where month = %(month)s
    """,
}
"""What must be zero for every published month."""


@dataclass(frozen=True)
class CheckResult:
    """One subject and what is wrong with it."""

    subject: str
    failures: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.failures


def check_everything(settings: Settings, months: Collection[str] = ()) -> Iterator[CheckResult]:
    """Check the accepted deliveries and the published months, or those of the months given."""
    states = month_states(settings, months or None)
    with connect(settings) as connection:
        yield from _deliveries(connection, months)
        for state in states:
            if state.status == PUBLISHED:
                yield _published(connection, state.month)
            else:
                why = state.message.removeprefix(f"{state.status}: ")
                status = said(f"it is {state.status}", f"状态为{status_word(state.status)}")
                yield CheckResult(
                    _month(state.month), (said(f"{status}: {why}", f"{status}：{why}") if why else status,)
                )


def _deliveries(connection: psycopg.Connection[Any], months: Collection[str]) -> Iterator[CheckResult]:
    found = connection.execute(
        """
        select
            source, extract, delivery_id, rows_quarantined,
            case when delivery_id in (select delivery_id from ops.slices_gone) then 0 else rows_loaded end
        from ops.deliveries where status = 'accepted' and (%(all)s or month = any(%(months)s)) order by 1, 2, 3
        """,
        {"all": not months, "months": list(months)},
    ).fetchall()
    extracts = sorted({(source, extract) for source, extract, *_ in found})
    for source, extract in extracts:
        own = [row[2:] for row in found if row[:2] == (source, extract)]
        failures = [_added_up(connection, source, extract, *row) for row in own]
        count = len(own)
        subject = said(f"{source} {extract}: {count} deliveries", f"{source} {extract}：{count} 份交付")
        yield CheckResult(subject, tuple(filter(None, failures)))


def _added_up(
    connection: psycopg.Connection[Any], source: str, extract: str, number: int, quarantined: int, kept: int
) -> str | None:
    table = sql.Identifier("raw", raw_table(source, extract))
    query = sql.SQL(
        "select (select count(*) from {} where delivery_id = {}),"
        " (select count(*) from restricted.quarantine where delivery_id = {})"
    ).format(table, sql.Literal(number), sql.Literal(number))
    present = connection.execute(query).fetchone()
    if present == (kept, quarantined):
        return None
    there, kept_apart = present or (0, 0)
    return said(
        f"delivery {number}: {kept:,} rows and {quarantined:,} quarantined should be there, {there:,} and"
        f" {kept_apart:,} are",
        f"第 {number} 号交付：应有入库 {kept:,} 行、隔离 {quarantined:,} 行，实有 {there:,} 行和 {kept_apart:,} 行",
    )


def _published(connection: psycopg.Connection[Any], month: str) -> CheckResult:
    failures = []
    for promise, query in MONTH_CHECKS.items():
        row = connection.execute(query, {"month": f"{month[:4]}-{month[4:]}-01"}).fetchone()
        if row and row[0]:
            failures.append(said(f"{promise.en}: {row[0]}", f"{promise.zh}：{row[0]}"))
    return CheckResult(_month(month), tuple(failures))


def _month(month: str) -> str:
    return said(f"month {month}", f"{month} 月份")
