"""What if the parameters were others: who would enter and leave each rule, level and category of a published month."""

from collections.abc import Sequence

import psycopg

from hearth.building.apart import drop_apart
from hearth.building.build import build_lock
from hearth.building.comparing import (
    Changes,
    compare,
    moves,
    parameter_changes,
    parameters_in_chinese,
    titles,
    totals,
    townships,
)
from hearth.building.idle import idle_parameters, idle_rows
from hearth.building.months import fingerprint
from hearth.building.parameters import Row, current_parameters, laid_over
from hearth.building.trial import Published, Trial, comparable_build
from hearth.database.engine import connect
from hearth.errors import BuildFailed
from hearth.language import said
from hearth.loading.discovery import last_day
from hearth.settings import Settings


def what_if(
    settings: Settings, month: str, rows: Sequence[Row], *, replace: bool = False, with_moves: bool = False
) -> Changes:
    """Hold the published month against itself under other parameters. Changes nothing; builds wait meanwhile.

    The rows are laid over the county's set in force, or with `replace` stand in its place as `hearth run --parameters`
    would take them over. The month as it is now counts as `before`.

    Raises:
        InputError: nothing was ever delivered for the month.
        BuildFailed: the month is not published as it would be now, or a model failed.
        Busy: a build did not end in time.
    """
    with build_lock(settings):
        try:
            return _tried(settings, month, rows, replace=replace, with_moves=with_moves)
        finally:
            with connect(settings, "transformer") as connection:
                drop_apart(connection)


def _tried(settings: Settings, month: str, rows: Sequence[Row], *, replace: bool, with_moves: bool) -> Changes:
    with connect(settings, "transformer") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        base = comparable_build(connection, month)
        current = current_parameters(connection)
        trial = Trial(settings, connection, base)
    trial.run(current, list(rows) if replace else laid_over(current, rows, last_day(month)))
    with connect(settings, "transformer") as connection:
        _refuse_other_facts(connection, base)
        return _changes(connection, month, rows, with_moves=with_moves)


def _changes(connection: psycopg.Connection, month: str, rows: Sequence[Row], *, with_moves: bool) -> Changes:
    changed = parameter_changes(connection)
    lines = compare(connection, month)
    return Changes(
        month,
        *totals(connection, month),
        townships(connection, month),
        titles(connection),
        parameters_in_chinese(connection),
        changed,
        lines,
        [*idle_rows(connection, month, rows, changed), *idle_parameters(connection, month, changed, lines)],
        moves(connection) if with_moves else None,
    )


def _refuse_other_facts(connection: psycopg.Connection, base: Published) -> None:
    if fingerprint(connection, base.month) != base.fingerprint:
        raise BuildFailed(
            said(
                f"The deliveries or parameters of {base.month} changed during the trial; "
                f"`hearth build --month {base.month}` builds it anew.",
                f"试算期间 {base.month} 的交付或参数有变动；请先运行 `hearth build --month {base.month}` 重新构建。",
            )
        )
