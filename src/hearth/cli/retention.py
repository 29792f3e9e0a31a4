"""`hearth retention`: raw rows that nothing rests on any more, moved into a folder, dropped, or brought back."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import Json, months_of
from hearth.errors import UsageError
from hearth.language import said

if TYPE_CHECKING:
    from hearth.keeping.retention import Plan, Slice, Word
    from hearth.settings import Settings

app = typer.Typer(
    help="Raw rows that nothing rests on any more: see them, move them into a folder, drop them, bring them back.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Before = Annotated[str, typer.Option("--before", metavar="YYYYMM", help="Only rows of months before this one.")]
To = Annotated[Path, typer.Option("--to", metavar="FOLDER", help="The folder: a new one, or one of slices.")]
From = Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that hearth retention move wrote.")]
Months = Annotated[str, typer.Option("--months", metavar="YYYYMM,…", help="Only these data months; all by default.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with each delivery.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; the account by default.")]


@app.command("plan")
def plan(ctx: typer.Context, before: Before, as_json: Json = False) -> None:
    """List what could go, month by month, with rows and size, and what stays and why. Changes nothing."""
    from dataclasses import asdict

    from hearth.keeping.retention import plan as planned

    found = planned(_settings(ctx), _month(before))
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _print_plan(found)


@app.command("move")
def move(ctx: typer.Context, before: Before, to: To, reason: Reason, by: By = "") -> None:
    """Move what nothing rests on into a folder, each slice proved before it leaves the warehouse.

    The folder holds personal data. Facts, signals, evidence, quarantine and queue stay as they are.
    """
    from hearth.keeping.retention import move as moved

    _tell(moved(_settings(ctx), _month(before), to, _word(by, reason)), said(f"moved to {to}", f"已移至 {to}"))


@app.command("drop")
def drop(ctx: typer.Context, before: Before, reason: Reason, by: By = "") -> None:
    """Drop what nothing rests on, for good; only a backup or the departments' files bring it back."""
    from hearth.keeping.retention import drop as dropped

    _tell(dropped(_settings(ctx), _month(before), _word(by, reason)), said("dropped", "已删除"))


@app.command("return")
def bring_back(ctx: typer.Context, folder: From, reason: Reason, months: Months = "", by: By = "") -> None:
    """Bring moved rows back, each slice proved; the folder's files stay where they are."""
    from hearth.keeping.retention import bring_back as brought_back

    found = brought_back(_settings(ctx), folder, _word(by, reason), frozenset(months_of(months)))
    _tell(found, said(f"brought back from {folder}", f"已从 {folder} 移回"))


@app.command("list")
def list_gone(ctx: typer.Context, as_json: Json = False) -> None:
    """List deliveries whose rows are not in the warehouse any more: where they are, by whom and why."""
    from hearth.keeping.retention import gone

    found = gone(_settings(ctx))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    for one in found:
        where = one["folder"] or said("dropped", "已删除")
        day = f"{one['decided_at']:%Y-%m-%d}"
        typer.echo(
            f"{one['delivery_id']:>6}  {one['month']}  {one['file_name']}  {one['row_count']:,}  {where}  "
            f"{day} {one['decided_by']}: {one['reason']}"
        )
    if not found:
        typer.echo(said("All rows that were accepted are in the warehouse.", "已接收的原始行全部在库。"))


def _settings(ctx: typer.Context) -> Settings:
    context: Context = ctx.obj
    return warehouse(context.settings())


def _month(text: str) -> str:
    wanted = months_of(text)
    if len(wanted) != 1:
        raise UsageError(said("--before takes one month.", "--before 只能填一个月份。"))
    return wanted[0]


def _word(by: str, reason: str) -> Word:
    from hearth.keeping.retention import Word

    return Word(by or getpass.getuser(), reason.strip())


def _tell(slices: Iterator[Slice], what: str) -> None:
    done = []
    for one in slices:
        typer.echo(f"{one.delivery_id:>6}  {one.month}  {one.source} {one.extract}  {one.rows:,}")
        done.append(one)
    count, rows = len(done), sum(one.rows for one in done)
    typer.echo(said(f"{count:,} slices, {rows:,} rows {what}", f"{count:,} 个分区、{rows:,} 行{what}"))


def _print_plan(found: Plan) -> None:
    from hearth.keeping.retention import by_month

    for month, count, rows, size in by_month(found.goes):
        typer.echo(
            said(
                f"{month}  {count:>4,} slices  {rows:>10,} rows  {_megabytes(size)}",
                f"{month}  {count:>4,} 个分区  {rows:>10,} 行  {_megabytes(size)}",
            )
        )
    count, rows, size = len(found.goes), sum(s.rows for s in found.goes), sum(s.size for s in found.goes)
    typer.echo(
        said(
            f"{count:,} slices, {rows:,} rows, {_megabytes(size)} could go.",
            f"可移出或删除：{count:,} 个分区、{rows:,} 行、{_megabytes(size)}。",
        )
    )
    kept, size = len(found.needed), sum(s.size for s in found.needed)
    typer.echo(
        said(
            f"{kept:,} slices, {_megabytes(size)}, stay: {found.before} and later months rest on them"
            " (rosters, divisions, events, lists that nothing newer replaced).",
            f"{kept:,} 个分区（{_megabytes(size)}）保留：{found.before} 及以后的月份仍以其为依据"
            "（名册、区划、事件，以及尚无更新的名单）。",
        )
    )
    if found.open:
        months = ", ".join(found.open_months)
        typer.echo(
            said(
                f"{len(found.open):,} slices stay because their months are not closed, or open months rest on them: "
                f"{months}. `hearth month close` closes a month.",
                f"{len(found.open):,} 个分区保留：所属月份未封账，或未封账的月份以其为依据（{months}）。"
                "封账用 `hearth month close`。",
            )
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
