"""`hearth status`: what runs, and how far the months are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.cells import set_cell_size

from hearth.cli.context import Context
from hearth.cli.options import Json
from hearth.language import said
from hearth.texts import status_word, text

if TYPE_CHECKING:
    from hearth.reporting.figures import Waiting
    from hearth.settings import Settings


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Show what runs, the deliveries by status, and the months. Starts nothing."""
    context: Context = ctx.obj
    found = _status(context.settings())
    if as_json:
        typer.echo(json.dumps({**found, "waiting": _as_json(found["waiting"])}, ensure_ascii=False, indent=2))
        return
    typer.echo(_line("home", found["home"]))
    typer.echo(_line("landing", found["landing"] or "–"))
    typer.echo(_line("database", _services(found["database"])))
    typer.echo(_line("airflow", _services(found["airflow"])))
    for name, count in found["deliveries"].items():
        typer.echo(text("files_of_status", status=set_cell_size(status_word(name), 12), count=f"{count:6,}"))
    for line in found["waiting"].lines if found["waiting"] else ():
        typer.echo(line)
    for month in found["months"]:
        households = "" if month["households"] is None else said(*_households(month["households"]))
        typer.echo(f"{month['month']}  {status_word(month['status'])}{households}  {month['note']}".rstrip())


def _as_json(waiting: Waiting | None) -> dict[str, int] | None:
    return None if waiting is None else asdict(waiting)


def _services(service: dict[str, Any]) -> str:
    return f"{text('runs' if service['is_running'] else 'does_not_run')}  {service['address'] or ''}".rstrip()


def _line(name: str, value: str) -> str:
    return f"{set_cell_size(text(name), 9)} {value}"


def _households(count: int) -> tuple[str, str]:
    return f"  {count:,} households", f"  {count:,} 户"


def _status(settings: Settings) -> dict[str, Any]:
    database = _database(settings)
    return {
        "home": str(settings.home),
        "landing": settings.landing and str(settings.landing),
        "database": database,
        "airflow": _airflow(settings, bool(database["is_running"])),
        **(_figures(settings) if database["is_running"] else {"deliveries": {}, "waiting": None, "months": []}),
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


def _figures(settings: Settings) -> dict[str, Any]:
    from hearth.orchestration.months import month_states, readiness_of
    from hearth.reporting.figures import delivery_counts, waiting

    answers = readiness_of(settings)
    return {
        "deliveries": delivery_counts(settings),
        "waiting": waiting(settings),
        "months": [
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
        ],
    }
