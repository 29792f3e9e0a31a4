"""`hearth deliveries`: what came, and what became of it."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hearth.cli.context import Context
from hearth.cli.options import MONTH, Json, check_sources
from hearth.errors import UsageError

app = typer.Typer(
    help="What came, and what became of it.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Number = Annotated[int, typer.Argument(metavar="ID", help="The delivery's number, from `hearth deliveries list`.")]
OfStatus = Annotated[
    str | None,
    typer.Option("--status", metavar="STATUS", help="accepted, held, rejected, duplicate or unrecognised."),
]
OfSource = Annotated[str | None, typer.Option("--source", metavar="SOURCE", help="Only this department.")]
OfMonth = Annotated[str | None, typer.Option("--month", metavar="YYYYMM", help="Only this data month.")]
Target = Annotated[Path, typer.Option("--to", metavar="FILE", help="The workbook (.xlsx) to write.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]


@app.command("list")
def list_deliveries(
    ctx: typer.Context, status: OfStatus = None, source: OfSource = None, month: OfMonth = None, as_json: Json = False
) -> None:
    """List deliveries, those of the newest month last."""
    from hearth.reporting.deliveries import find_deliveries, print_deliveries

    _check_filters(status, source, month)
    context: Context = ctx.obj
    found = find_deliveries(context.settings(), status=status, source=source, month=month)
    if as_json:
        _print_json(found)
    else:
        print_deliveries(found)


@app.command("show")
def show_delivery(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Show one delivery: its counts, what was wrong with it, and the reasons of its quarantined rows."""
    from hearth.reporting.deliveries import delivery, print_delivery

    context: Context = ctx.obj
    found = delivery(context.settings(), number)
    if as_json:
        _print_json(found)
    else:
        print_delivery(found)


@app.command("release")
def release_delivery(ctx: typer.Context, number: Number, reason: Reason) -> None:
    """Let a held delivery count."""
    from hearth.loading.decisions import release

    context: Context = ctx.obj
    decided = release(context.settings(), number, decided_by=getpass.getuser(), reason=reason)
    typer.echo(f"delivery {number} counts for {decided.month}; `hearth run` builds what that changes")


@app.command("reject")
def reject_delivery(ctx: typer.Context, number: Number, reason: Reason) -> None:
    """Refuse a held delivery for good."""
    from hearth.loading.decisions import reject

    context: Context = ctx.obj
    reject(context.settings(), number, decided_by=getpass.getuser(), reason=reason)
    typer.echo(f"delivery {number} is rejected")


@app.command("return")
def return_rows(ctx: typer.Context, number: Number, to: Target) -> None:
    """Write a delivery's quarantined rows, with what is wrong with each, into a workbook for its sender."""
    from hearth.reporting.returned_rows import write_returned_rows

    context: Context = ctx.obj
    rows = write_returned_rows(context.settings(), number, to)
    typer.echo(f"{rows:,} rows: {to} (it holds personal data)")


def _check_filters(status: str | None, source: str | None, month: str | None) -> None:
    from hearth.contracts import KNOWN
    from hearth.loading.outcome import Status

    statuses = [str(known) for known in Status]
    if status is not None and status not in statuses:
        raise UsageError(f"There is no status {status}; they are {', '.join(statuses)}.")
    check_sources([] if source is None else [source], KNOWN)
    if month is not None and not MONTH.fullmatch(month):
        raise UsageError(f"{month!r} is not a month; write 202501.")


def _print_json(found: Any) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
