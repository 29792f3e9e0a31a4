"""`hearth up`, `down`, `sql` and `url`: the instance and the ways into it."""

from __future__ import annotations

from typing import Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import County, Landing, Role
from hearth.language import Listed
from hearth.texts import text

NoAirflow = Annotated[bool, typer.Option("--database-only", help="Without Airflow.")]
Commands = Annotated[
    list[str] | None,
    typer.Option("--command", "-c", metavar="SQL", help="Run this and leave; several are run in order."),
]


def up(ctx: typer.Context, landing: Landing = None, county: County = None, database_only: NoAirflow = False) -> None:
    """Start the database and Airflow; they stay until `hearth down`.

    With Airflow up, the landing folder is looked at every quarter of an hour.
    """
    from hearth.cli.directions import page
    from hearth.contracts import with_county
    from hearth.orchestration import airflow
    from hearth.settings import remember

    context: Context = ctx.obj
    settings = context.settings(landing=landing, county_file=county)
    with_county(settings.county_file)
    warehouse(settings)
    remember(settings)
    typer.echo(text("database_up"))
    if not database_only:
        airflow.up(settings, typer.echo)
        typer.echo(text("airflow_up", page=page(settings)))


def down(ctx: typer.Context) -> None:
    """Stop Airflow and the embedded database; data stays."""
    from hearth.database import server
    from hearth.orchestration import airflow

    context: Context = ctx.obj
    settings = context.settings()
    if not settings.home.is_dir():
        typer.echo(text("nothing_ran"))
        return
    stopped = [name for name, stop in (("Airflow", airflow.down), (text("database"), server.stop)) if stop(settings)]
    typer.echo(text("stopped", names=Listed(stopped)) if stopped else text("nothing_ran"))


def url(ctx: typer.Context, role: Role = "owner") -> None:
    """Print the warehouse's SQLAlchemy URL and nothing else; starts nothing."""
    from hearth.database.engine import url as url_of

    context: Context = ctx.obj
    typer.echo(url_of(context.settings(), role))


def sql(ctx: typer.Context, role: Role = "owner", command: Commands = None) -> None:
    """Open a SQL prompt (psql); further arguments are passed on to psql."""
    from hearth.cli.sql_prompt import open_prompt
    from hearth.database.server import ensure_running

    context: Context = ctx.obj
    settings = context.settings()
    ensure_running(settings)
    raise typer.Exit(open_prompt(settings, role, command or [], ctx.args))
