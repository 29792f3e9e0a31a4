"""`hearth deliveries`: what came, and what became of it."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import MONTH, Json, check_sources
from hearth.errors import UsageError
from hearth.language import said
from hearth.texts import text

app = typer.Typer(
    help="What came, and what became of it.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Number = Annotated[int, typer.Argument(metavar="ID", help="The delivery's number, from `hearth deliveries list`.")]
OfStatus = Annotated[
    str | None,
    typer.Option("--status", metavar="STATUS", help="accepted, held, waiting, rejected, duplicate or unrecognised."),
]
OfSource = Annotated[str | None, typer.Option("--source", metavar="SOURCE", help="Only this department.")]
OfMonth = Annotated[str | None, typer.Option("--month", metavar="YYYYMM", help="Only this data month.")]
Folder = Annotated[
    Path | None,
    typer.Option("--to", metavar="FOLDER", help="Where to write; the folder returned of HEARTH_HOME by default."),
]
NumberOrNone = Annotated[
    int | None, typer.Argument(metavar="[ID]", help="The delivery's number; or else every one of --month.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides; the account at work by default.")]


@app.command("list")
def list_deliveries(
    ctx: typer.Context, status: OfStatus = None, source: OfSource = None, month: OfMonth = None, as_json: Json = False
) -> None:
    """List deliveries, those of the newest month last, and how many rows and records wait for somebody."""
    from hearth.reporting.deliveries import find_deliveries, print_deliveries
    from hearth.reporting.figures import waiting

    _check_filters(status, source, month)
    context: Context = ctx.obj
    found = find_deliveries(context.settings(), status=status, source=source, month=month)
    if as_json:
        _print_json(found)
    else:
        print_deliveries(found)
        for line in waiting(context.settings()).lines:
            typer.echo(line)


@app.command("show")
def show_delivery(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Show one delivery: its counts, what was wrong with it, and the reasons of its quarantined rows.

    Of a held one also what a person needs to decide: rows and villages beside those of the last accepted list.
    """
    from hearth.loading.held import held_delivery
    from hearth.reporting.deliveries import delivery, labelled, print_delivery
    from hearth.reporting.held import figures

    context: Context = ctx.obj
    found = delivery(context.settings(), number)
    held = held_delivery(context.settings(), number) if found["status"] == "held" else None
    if as_json:
        _print_json({**found, "villages": held and held.villages and asdict(held.villages)})
        return
    print_delivery(found)
    for words in figures(held)[1:] if held else ():
        typer.echo(labelled("to_decide", said(words.en, words.zh)))


@app.command("release")
def release_delivery(ctx: typer.Context, number: Number, reason: Reason, by: By = None) -> None:
    """Let a held delivery count. A question about it on Airflow's page closes within minutes."""
    from hearth.loading.decisions import release

    context: Context = ctx.obj
    decided = release(warehouse(context.settings()), number, decided_by=by or getpass.getuser(), reason=_stated(reason))
    if decided.waits_for is not None:
        why = said(decided.waits_for.en, decided.waits_for.zh)
        typer.echo(said(f"delivery {number} waits: {why}", f"第 {number} 号交付等待中：{why}"))
        return
    typer.echo(
        said(
            f"delivery {number} counts for {decided.month}; Airflow's next load, or `hearth run`, builds the month",
            f"第 {number} 号交付已计入 {decided.month}；Airflow 下一次载入或 `hearth run` 会重建受影响的月份",
        )
    )


@app.command("reject")
def reject_delivery(ctx: typer.Context, number: Number, reason: Reason, by: By = None) -> None:
    """Refuse a held delivery, or one that waits, for good, with what adds to it. A question about it on Airflow's page
    closes within minutes."""
    from hearth.loading.decisions import reject

    context: Context = ctx.obj
    reject(warehouse(context.settings()), number, decided_by=by or getpass.getuser(), reason=_stated(reason))
    typer.echo(said(f"delivery {number} is rejected", f"第 {number} 号交付已退回"))


@app.command("return")
def return_rows(ctx: typer.Context, number: NumberOrNone = None, month: OfMonth = None, to: Folder = None) -> None:
    """Write faulty rows that wait for their sender into workbooks of the sender's own layout, marked, with 错误原因.

    The corrected workbook comes back through the landing folder: its rows are added to their list.
    """
    from hearth.reporting.returned_rows import returns_folder, write_returned_rows

    if (number is None) == (month is None):
        raise UsageError(
            said("Name a delivery, or a month with --month.", "请指定一个交付编号，或用 --month 指定月份。")
        )
    if month is not None:
        _check_filters(None, None, month)
    context: Context = ctx.obj
    settings = warehouse(context.settings())
    written = write_returned_rows(settings, to or returns_folder(settings), number=number, month=month)
    for one in written:
        if one.rows is None:
            typer.echo(said(f"left as it was: {one.path}", f"已存在，未改动：{one.path}"))
            continue
        typer.echo(
            said(
                f"{one.rows:,} rows of delivery {one.delivery_id}: {one.path}",
                f"第 {one.delivery_id} 号交付 {one.rows:,} 行：{one.path}",
            )
        )
    typer.echo(said("They hold personal data.", "文件含个人信息，请妥善保管。"))


def _stated(reason: str) -> str:
    if not reason.strip():
        raise UsageError(said('Say why: --reason "…".', '请写明理由：--reason "…"。'))
    return reason.strip()


def _check_filters(status: str | None, source: str | None, month: str | None) -> None:
    from hearth.contracts import KNOWN
    from hearth.loading.outcome import Status

    statuses = [str(known) for known in Status]
    if status is not None and status not in statuses:
        raise UsageError(text("no_such_status", status=status, statuses=", ".join(statuses)))
    check_sources([] if source is None else [source], KNOWN)
    if month is not None and not MONTH.fullmatch(month):
        raise UsageError(said(f"{month!r} is not a month; write 202501.", f"{month!r} 不是月份；请写 202501。"))


def _print_json(found: Any) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
