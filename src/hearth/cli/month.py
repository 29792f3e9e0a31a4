"""`hearth month`: close a month, reopen it, and see how the months stand."""

from __future__ import annotations

import dataclasses
import getpass
import json
from typing import TYPE_CHECKING, Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import Json, month_of
from hearth.language import said

if TYPE_CHECKING:
    from hearth.building.closing import MonthStanding
    from hearth.settings import Settings

app = typer.Typer(
    help="Close a month, reopen it, and see how the months stand.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Month = Annotated[str, typer.Argument(metavar="YYYYMM", help="The month.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; the account by default.")]


@app.command("close")
def close(ctx: typer.Context, month: Month, reason: Reason, by: By = "") -> None:
    """Close a published month: nothing changes what it says until it is reopened.

    Files that come for it wait, and no build, parameter or correction of another month reaches it.
    """
    from hearth.building.closing import close_month

    closed = close_month(_settings(ctx), month_of(month), decided_by=by or getpass.getuser(), reason=reason)
    typer.echo(said(f"{closed.month} is closed", f"{closed.month} 已封账"))
    for note in closed.notes:
        typer.echo(note)


@app.command("reopen")
def reopen(ctx: typer.Context, month: Month, reason: Reason, by: By = "") -> None:
    """Open a closed month again: the next load takes in what waited, and the months it touches are built."""
    from hearth.building.closing import reopen_month

    former = reopen_month(_settings(ctx), month_of(month), decided_by=by or getpass.getuser(), reason=reason)
    files = former.waiting_files
    typer.echo(
        said(
            f"{former.month} is open; files that waited: {files}. `hearth run` takes them in and builds what changes.",
            f"{former.month} 已重新开放，等待的文件 {files} 个。运行 `hearth run` 计入并重新构建受影响的月份。",
        )
    )


@app.command("list")
def list_months(ctx: typer.Context, as_json: Json = False) -> None:
    """List the months: open, closed or reopened, by whom and why, and what waits for them."""
    from hearth.building.closing import month_standings

    found = month_standings(_settings(ctx))
    if as_json:
        rows = [dataclasses.asdict(standing) for standing in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
    else:
        _print(found)


def _settings(ctx: typer.Context) -> Settings:
    context: Context = ctx.obj
    return warehouse(context.settings())


def _print(found: list[MonthStanding]) -> None:
    from rich import box
    from rich.table import Table

    from hearth.cli.console import terminal

    table = Table(box=box.SIMPLE_HEAD)
    for name in (said("month", "月份"), said("state", "状态")):
        table.add_column(name)
    for name in (said("households", "户数"), said("files waiting", "等待文件")):
        table.add_column(name, justify="right")
    table.add_column(said("decided", "决定"), overflow="fold")
    table.add_column(said("note", "说明"), overflow="fold")
    for one in found:
        households = "–" if one.households is None else f"{one.households:,}"
        table.add_row(one.month, _state(one), households, f"{one.waiting_files:,}", _decision(one), _note(one))
    terminal().print(table)


def _state(one: MonthStanding) -> str:
    return said(one.state, {"open": "未封账", "closed": "已封账", "reopened": "已重新开放"}[one.state])


def _decision(one: MonthStanding) -> str:
    from hearth.clock import ZONE

    if one.decided_at is None:
        return ""
    return f"{one.decided_at.astimezone(ZONE):%Y-%m-%d %H:%M} {one.decided_by}: {one.reason}"


def _note(one: MonthStanding) -> str:
    if one.households is None:
        return said("not published", "未发布")
    if not one.is_changed:
        return ""
    if one.state == "closed":
        return said(
            "deliveries, parameters or the shape of the marts have changed since; a reopening builds it anew",
            "交付、参数或数据集市结构已有变动，重新开放后重建",
        )
    return said(
        "due: deliveries, parameters or the shape of the marts have changed", "待构建：交付、参数或数据集市结构已有变动"
    )
