"""`hearth status`: what runs, what came and what did not, and how the months stand."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hearth.cli.context import Context
from hearth.cli.options import Json, month_of

if TYPE_CHECKING:
    from hearth.settings import Settings

OfMonth = Annotated[
    str | None, typer.Option("--month", metavar="YYYYMM", help="This month whole; the newest in short by default.")
]


def status(ctx: typer.Context, month: OfMonth = None, as_json: Json = False) -> None:
    """Show what runs, what arrived and is missing or held, how fresh lists are, how they matched, what failed.

    Starts nothing. `--json` has all of it, of the models those that failed and the ten slowest of each month.
    """
    context: Context = ctx.obj
    found = _status(context.settings(), month_of(month) if month else None)
    if as_json:
        waiting = found["waiting"] and asdict(found["waiting"])
        typer.echo(json.dumps({**found, "waiting": waiting}, ensure_ascii=False, indent=2))
        return
    from hearth.cli.console import terminal
    from hearth.language import said
    from hearth.reporting.status_page import print_month, print_newest, print_services

    console = terminal()
    print_services(console, found)
    if found["warehouse"] == "current":
        (print_month if month else print_newest)(console, found)
    elif found["warehouse"] == "older":
        typer.echo(
            said(
                "The warehouse is of an older Hearth: `hearth up` brings it up to date.",
                "数据仓库由旧版本建立，请运行 `hearth up` 升级。",
            )
        )
    elif found["warehouse"] == "none":
        typer.echo(said("Nothing was ever loaded.", "尚未载入任何文件。"))


def _status(settings: Settings, month: str | None) -> dict[str, Any]:
    database = _database(settings)
    return {
        "home": str(settings.home),
        "landing": settings.landing and str(settings.landing),
        "database": database,
        "airflow": _airflow(settings, bool(database["is_running"])),
        **_of_warehouse(settings, month, is_running=bool(database["is_running"])),
    }


def _database(settings: Settings) -> dict[str, Any]:
    from hearth.database.engine import connect, sa_url
    from hearth.errors import DatabaseUnavailable

    try:
        address = sa_url(settings).set(password=None).render_as_string()
        connect(settings).close()
    except DatabaseUnavailable as error:
        return {"is_embedded": settings.is_embedded, "is_running": False, "address": None, "reason": str(error)}
    return {"is_embedded": settings.is_embedded, "is_running": True, "address": address, "reason": None}


def _airflow(settings: Settings, has_database: bool) -> dict[str, Any]:
    from hearth.orchestration import airflow
    from hearth.orchestration.airflow_environment import page_url

    is_running = has_database and settings.home.is_dir() and airflow.is_running(settings)
    return {"is_running": is_running, "address": page_url(settings) if is_running else None}


def _of_warehouse(settings: Settings, month: str | None, *, is_running: bool) -> dict[str, Any]:
    """Everything from the database, with the same names whatever there is."""
    from hearth.database.engine import connect
    from hearth.reporting.observed import VIEWS, warehouse_state

    nothing: dict[str, Any] = {
        "deliveries": {},
        "waiting": None,
        "months": [],
        "late": [],
        **{name: [] for name in VIEWS},
    }
    if not is_running:
        return {"warehouse": None, **nothing}
    with connect(settings) as connection:
        state = warehouse_state(connection)
    return {"warehouse": state, **nothing, **(_figures(settings, month) if state == "current" else {})}


def _figures(settings: Settings, month: str | None) -> dict[str, Any]:
    from hearth.building.build import cut_off
    from hearth.building.months import never_loaded
    from hearth.reporting.figures import delivery_counts, waiting
    from hearth.reporting.observed import observed

    views = observed(settings, month)
    if month and not views["overview"]:
        raise never_loaded(month)
    months = _months(settings, month)
    dead = cut_off(settings)
    for row in (*months, *views["overview"]):
        if (row["month"], row["status"]) == (dead, "building"):
            row["status"] = "interrupted"
    return {
        "deliveries": delivery_counts(settings),
        "waiting": waiting(settings),
        "months": months,
        "late": _late(settings, month),
        **views,
    }


def _months(settings: Settings, month: str | None) -> list[dict[str, Any]]:
    from hearth.orchestration.months import month_states, readiness_of

    answers = readiness_of(settings)
    return [
        {
            "month": state.month,
            "status": state.status,
            "households": state.households,
            "finished_at": state.finished_at and state.finished_at.isoformat(),
            "message": state.message,
            "note": state.note,
            "is_closed": state.closing is not None,
            "answers": answers.get(state.month, {}),
        }
        for state in month_states(settings)
        if month in (None, state.month)
    ]


def _late(settings: Settings, month: str | None) -> list[dict[str, Any]]:
    """The departments whose deadline has passed in silence, by month; none where the county's file is faulty."""
    from hearth.clock import ZONE
    from hearth.errors import InputError
    from hearth.orchestration.lateness import late_departments

    try:
        late = late_departments(settings, datetime.now(ZONE).date())
    except InputError:
        return []
    return [
        {"month": one.month, "source": one.source, "deadline": one.deadline.isoformat(), "days": one.days}
        for one in late
        if month in (None, one.month)
    ]
