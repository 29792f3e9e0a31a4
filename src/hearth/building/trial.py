"""A published month's rules run once more under other parameters, where nobody looks.

A trial has a dbt target and a schema of its own, `what_if`: the order (which month, which parameters) and every table
that follows from it. Nothing of it is published, nothing else is written. Where the models between raw rows and rules
still hold the month, the trial reads them (dbt's `--defer`) and builds only what hangs on the parameters; otherwise it
builds the whole month apart. A trial that was killed leaves its schema behind; the next trial or build drops it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

from hearth.building.apart import build_apart, order_apart
from hearth.building.dbt import invoke, models_digest, target_path
from hearth.building.gone import refuse_gone
from hearth.building.months import fingerprint, first_day, require_loaded
from hearth.building.parameters import Row, write_parameters
from hearth.database.engine import connect
from hearth.errors import BuildFailed
from hearth.language import said
from hearth.settings import Settings

SCHEMA = "what_if"

LAST_FINISHED = """
    select
        build_id, status, coalesce(message, ''), coalesce(message_zh, message, ''),
        fingerprint, models_digest, household_count
    from ops.builds
    where month = %s and status in ('published', 'blocked')
    order by build_id desc
    limit 1
"""


@dataclass(frozen=True)
class Published:
    """The published build that a trial is held against."""

    build_id: int
    month: str
    fingerprint: str
    household_count: int
    models_digest: str | None


def comparable_build(connection: psycopg.Connection, month: str) -> Published:
    """The month's published build, if a trial of it differs by its parameters alone.

    Raises:
        InputError: nothing was ever delivered for the month.
        BuildFailed: the month is not published, or would not be published now as it was then.
    """
    found = published_build(connection, month)
    if found.models_digest != models_digest():
        raise BuildFailed(
            said(
                f"{month} was published by another version of the rules; "
                f"`hearth build --month {month} --force` builds it anew.",
                f"{month} 是按另一版规则发布的；请先运行 `hearth build --month {month} --force` 重新构建。",
            )
        )
    return found


def published_build(connection: psycopg.Connection, month: str) -> Published:
    """The month's published build, whose deliveries and parameters are those of now.

    Raises:
        InputError: nothing was ever delivered for the month.
        BuildFailed: the month is not published, or it has changed since.
    """
    found = connection.execute(LAST_FINISHED, (first_day(month),)).fetchone()
    if found is None:
        require_loaded(connection, month)
        raise BuildFailed(
            said(
                f"{month} is not published; `hearth build --month {month}` builds it.",
                f"{month} 尚未发布；请先运行 `hearth build --month {month}`。",
            )
        )
    build_id, status, english, chinese, inputs, models, households = found
    if status == "blocked":
        raise BuildFailed(said(f"{month} is not published: {english}", f"{month} 未发布：{chinese}"))
    if inputs != fingerprint(connection, month):
        raise BuildFailed(
            said(
                f"The deliveries or parameters of {month} have changed since it was published; "
                f"`hearth build --month {month}` builds it anew.",
                f"{month} 发布后交付或参数有变动；请先运行 `hearth build --month {month}` 重新构建。",
            )
        )
    return Published(build_id, month, inputs, households, models)


class Trial:
    """One trial, from its first table until it is dropped. The caller holds the build lock."""

    def __init__(self, settings: Settings, connection: psycopg.Connection, base: Published) -> None:
        """Make the schema with the order to build the month of `base`."""
        self._settings = settings
        self._has_facts = _still_holds(connection, base)
        if not self._has_facts:
            refuse_gone(connection, base.month)
        order_apart(connection, SCHEMA, base.month, build_id=base.build_id)

    def run(self, current: Iterable[Row], wanted: Iterable[Row]) -> None:
        """Run the rules by the wanted rows: `int_risk_signals`, `int_risk_levels`, and what each village has by
        both sets: `parameters_before` and `parameters_after`."""
        self._order(wanted)
        if self._has_facts:
            invoke(self._settings, ["parse"])  # leaves the manifest that says where the facts stand
            self._build("int_parameters+,+int_risk_levels")
            self._keep("what_if.int_parameters", "parameters_after")
            self._keep("intermediate.int_parameters", "parameters_before")
        else:
            self._build("+int_risk_levels")
            self._keep("what_if.int_parameters", "parameters_after")
            self._order(current)
            self._build("int_parameters")
            self._keep("what_if.int_parameters", "parameters_before")

    def _order(self, rows: Iterable[Row]) -> None:
        with connect(self._settings, "transformer") as connection:
            connection.execute("truncate what_if.rule_parameters")
            write_parameters(connection, SCHEMA, 0, rows)

    def _keep(self, table: str, name: str) -> None:
        with connect(self._settings, "transformer") as connection:
            connection.execute(f"create table what_if.{name} as table {table}")

    def _build(self, selection: str) -> None:
        facts = ["--defer", "--favor-state", "--state", str(target_path(self._settings))] if self._has_facts else []
        build_apart(self._settings, SCHEMA, selection, facts)


def _still_holds(connection: psycopg.Connection, base: Published) -> bool:
    """Whether `intermediate` is as the published build left it: nothing was begun since, and no killed server has
    emptied its unlogged tables."""
    last = connection.execute("select build_id from ops.current_build").fetchone()
    if last != (base.build_id,):
        return False
    counted = connection.execute("select count(*) from intermediate.int_households").fetchone()
    return counted == (base.household_count,)
