"""`hearth backup` and `hearth restore`: an instance as one folder, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.language import said

To = Annotated[Path, typer.Argument(metavar="TO", help="The folder to make; must not exist.")]
From = Annotated[Path, typer.Argument(metavar="FROM", help="A folder that hearth backup made.")]


def backup(ctx: typer.Context, to: To) -> None:
    """Write the warehouse, its keys and the county's files into a new folder; loads and builds may go on.

    The folder holds personal data and the key of the pseudonyms: keep it as you keep the warehouse.
    """
    from hearth.keeping import back_up

    context: Context = ctx.obj
    made = back_up(warehouse(context.settings()), to)
    tables, rows = f"{len(made.tables):,}", f"{made.row_count:,}"
    typer.echo(said(f"{to}: {tables} tables, {rows} rows", f"{to}：{tables} 张表，{rows} 行"))


def restore(ctx: typer.Context, source: From) -> None:
    """Make a backup the instance in HEARTH_HOME, an empty folder, and in HEARTH_DATABASE_URL, an empty database.

    Every table is held against the backup, row by row. The server may be newer than the one backed up.
    """
    from hearth.keeping import restore as restore_from

    context: Context = ctx.obj
    settings = context.settings()
    made = restore_from(settings, source)
    tables, rows, day = f"{len(made.tables):,}", f"{made.row_count:,}", f"{made.made_at:%Y-%m-%d %H:%M}"
    typer.echo(
        said(
            f"{settings.home}: {tables} tables, {rows} rows, as they were at {day}",
            f"{settings.home}：{tables} 张表，{rows} 行，为 {day} 的状态",
        )
    )
