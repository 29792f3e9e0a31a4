"""What if the parameters were others: who would enter and leave each rule, level and category of a published month."""

from collections.abc import Sequence

import psycopg

from hearth.building.build import build_lock
from hearth.building.comparing import (
    Changes,
    ParameterChange,
    compare,
    moves,
    parameter_changes,
    titles,
    totals,
    townships,
)
from hearth.building.months import fingerprint
from hearth.building.parameters import Row, current_parameters, laid_over, parameter_name
from hearth.building.trial import Published, Trial, drop_trial, published_build
from hearth.database.engine import connect
from hearth.errors import BuildFailed
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
                drop_trial(connection)


def _tried(settings: Settings, month: str, rows: Sequence[Row], *, replace: bool, with_moves: bool) -> Changes:
    with connect(settings, "transformer") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        base = published_build(connection, month)
        current = current_parameters(connection)
        trial = Trial(settings, connection, base)
    trial.run(current, list(rows) if replace else laid_over(current, rows, last_day(month)))
    with connect(settings, "transformer") as connection:
        _refuse_other_facts(connection, base)
        return _changes(connection, month, rows, with_moves=with_moves)


def _changes(connection: psycopg.Connection, month: str, rows: Sequence[Row], *, with_moves: bool) -> Changes:
    changed = parameter_changes(connection)
    return Changes(
        month,
        *totals(connection, month),
        townships(connection, month),
        titles(connection),
        changed,
        compare(connection, month),
        _without_effect(rows, changed),
        moves(connection) if with_moves else None,
    )


def _refuse_other_facts(connection: psycopg.Connection, base: Published) -> None:
    if fingerprint(connection, base.month) != base.fingerprint:
        raise BuildFailed(
            f"The deliveries or parameters of {base.month} changed during the trial; "
            f"`hearth build --month {base.month}` builds it anew."
        )


def _without_effect(rows: Sequence[Row], changed: list[ParameterChange]) -> list[str]:
    """A row that is in force already, or not on the month's last day, or below which others stand, or for nobody."""
    reached = {(change.parameter, change.group, village) for change in changed for village in change.villages}
    return [
        f"{parameter_name(parameter, group)} {value} for {division}"
        for parameter, group, division, _, _, value, *_ in rows
        if not any(name == [parameter, group] and village.startswith(_prefix(division)) for *name, village in reached)
    ]


def _prefix(division: str) -> str:
    """`990121000000` and `990121` are one county; `00` is the country."""
    code = division.ljust(12, "0")
    return next(code[:length] for length in (0, 2, 4, 6, 9, 12) if not code[length:].strip("0"))
