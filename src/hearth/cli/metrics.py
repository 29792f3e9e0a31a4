"""`hearth metrics`: what the semantic layer names, listed and counted."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from hearth.cli.context import Context, warehouse
from hearth.reporting.formulas import neutral
from hearth.texts import text

if TYPE_CHECKING:
    from hearth.reporting.metrics import Answer, Metrics

app = typer.Typer(help="Metrics over the published months, through MetricFlow.", no_args_is_help=True)

Names = Annotated[list[str], typer.Argument(metavar="METRIC…", help="One or more metrics.")]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="DIMENSION", help="month, township_code, risk_level, …; may be given again."),
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="CONDITION", help="SQL, dimensions in braces: {{ risk_level }} = 'red'"),
]
Order = Annotated[
    list[str] | None, typer.Option("--order", metavar="NAME", help="A metric or dimension asked for; -NAME turns it.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Rows at most.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL instead of its answer.")]


@app.command("list")
def list_metrics(ctx: typer.Context) -> None:
    """List the metrics, and what each can be grouped by."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for metric in _metrics(ctx).list():
        groups.setdefault(metric.dimensions, []).append(f"  {metric.name:32} {metric.label}")
    for dimensions, lines in groups.items():
        typer.echo("\n".join(lines))
        typer.echo(f"  {text('by')} {', '.join(dimensions)}\n")


@app.command("query")
def query(
    ctx: typer.Context,
    names: Names,
    by: By = None,
    where: Where = None,
    order: Order = None,
    limit: Limit = None,
    as_csv: Csv = False,
    as_sql: Sql = False,
) -> None:
    """Count metrics, grouped as asked; a division or month without anybody has no row."""
    metrics = _metrics(ctx)
    asked: dict[str, Any] = {"by": by or (), "where": where or (), "order": order or (), "limit": limit}
    if as_sql:
        typer.echo(metrics.sql(names, **asked))
        return
    answer = metrics.query(names, **asked)
    if as_csv:
        write_csv(answer, sys.stdout)
        return
    rows = [["" if cell is None else _said(cell) for cell in row] for row in answer.rows]
    widths = [max(len(cell) for cell in column) for column in zip(answer.columns, *rows, strict=True)]
    for row in (answer.columns, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _metrics(ctx: typer.Context) -> Metrics:
    from hearth.reporting.metrics import Metrics

    context: Context = ctx.obj
    return Metrics(warehouse(context.settings()))


def write_csv(answer: Answer, file: TextIO) -> None:
    """The answer as CSV; a text that a spreadsheet would take for a formula is quoted."""
    rows = (["" if cell is None else _said(neutral(cell)) for cell in row] for row in answer.rows)
    csv.writer(file, lineterminator="\n").writerows([answer.columns, *rows])


def _said(cell: Any) -> str:
    from datetime import datetime

    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}"
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)
