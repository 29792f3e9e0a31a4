"""`hearth docs`: what the models mean and come from."""

from __future__ import annotations

from typing import Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.texts import text

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 is any that is free.")]
WriteOnly = Annotated[bool, typer.Option("--write-only", help="Write the pages and serve nothing.")]


def docs(ctx: typer.Context, port: Port = 8585, write_only: WriteOnly = False) -> None:
    """Write the models' documentation and column lineage, and serve them on this machine until interrupted."""
    from hearth.reporting.model_docs import HOST, server, write_docs

    context: Context = ctx.obj
    folder = write_docs(warehouse(context.settings()))
    typer.echo(folder)
    if write_only:
        return
    with server(folder, port) as pages:
        typer.echo(f"http://{HOST}:{pages.server_port}/  ({text('ends')})")
        pages.serve_forever()
