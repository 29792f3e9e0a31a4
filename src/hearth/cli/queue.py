"""`hearth queue`: records whose person is in doubt, for a person to decide."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import MONTH, Json, check_sources
from hearth.errors import UsageError
from hearth.language import said

app = typer.Typer(
    help="Records whose person is in doubt: look, decide, take back.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The record's number, from `hearth queue list`.")]
OfState = Annotated[str | None, typer.Option("--state", metavar="STATE", help="open, lapsed or decided.")]
OfSource = Annotated[str | None, typer.Option("--source", metavar="SOURCE", help="Only this department.")]
OfMonth = Annotated[str | None, typer.Option("--month", metavar="YYYYMM", help="Only records last seen in this month.")]
Person = Annotated[
    str | None,
    typer.Option("--person", metavar="CANDIDATE", help="This person: a candidate's number, or anybody's person key."),
]
Nobody = Annotated[bool, typer.Option("--nobody", help="Nobody of this county's roster.")]
Elsewhere = Annotated[bool, typer.Option("--elsewhere", help="Another county's.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decided; the account's name by default.")]
Workbook = Annotated[Path, typer.Argument(metavar="FILE", help="A workbook (.xlsx).")]


@app.command("list")
def list_queue(
    ctx: typer.Context, state: OfState = None, source: OfSource = None, month: OfMonth = None, as_json: Json = False
) -> None:
    """List the records in doubt of the divisions assigned to the role caseworker; no personal data."""
    from hearth.cli.console import terminal
    from hearth.queueing.printing import print_queue
    from hearth.queueing.queue import STATES, listed

    if state is not None and state not in STATES:
        listed_states = ", ".join(STATES)
        raise UsageError(
            said(f"There is no state {state}; they are {listed_states}.", f"没有状态 {state}；有：{listed_states}。")
        )
    _check_filters(source, month)
    context: Context = ctx.obj
    found = listed(context.settings(), state=state, source=source, month=month)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
    else:
        print_queue(terminal(), found)


@app.command("show")
def show_record(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Show one record with its rows, candidates and decisions. It holds personal data; each look is logged."""
    from hearth.cli.console import terminal
    from hearth.queueing.printing import print_item
    from hearth.queueing.queue import look

    context: Context = ctx.obj
    item = look(context.settings(), number)
    if as_json:
        typer.echo(json.dumps(item, ensure_ascii=False, indent=2, default=str))
    else:
        print_item(terminal(), item)


@app.command("decide")
def decide_record(
    ctx: typer.Context,
    number: Number,
    reason: Reason,
    person: Person = None,
    nobody: Nobody = False,
    elsewhere: Elsewhere = False,
    by: By = None,
) -> None:
    """Decide whose record it is. The decision holds at every rebuild, also when the record is delivered again."""
    from hearth.queueing.queue import decide

    if (person is not None) + nobody + elsewhere != 1:
        raise UsageError(
            said("Decide with one of --person, --nobody, --elsewhere.", "请用 --person、--nobody、--elsewhere 之一。")
        )
    decision = "nobody" if nobody else "elsewhere" if elsewhere else "person"
    context: Context = ctx.obj
    decide(
        warehouse(context.settings()),
        number,
        decision,
        candidate=person,
        decided_by=by or getpass.getuser(),
        reason=reason,
    )
    typer.echo(
        said(
            f"record {number} is decided; `hearth run` builds the months that use it",
            f"第 {number} 号待核记录已核定；`hearth run` 重新构建所涉月份",
        )
    )


@app.command("revoke")
def revoke_decision(ctx: typer.Context, number: Number, reason: Reason, by: By = None) -> None:
    """Take a decision back: the record waits again. The decision is kept as revoked."""
    from hearth.queueing.queue import revoke

    context: Context = ctx.obj
    revoke(warehouse(context.settings()), number, revoked_by=by or getpass.getuser(), reason=reason)
    typer.echo(
        said(
            f"record {number} waits again; `hearth run` builds the months that used the decision",
            f"第 {number} 号待核记录已恢复待核；`hearth run` 重新构建所涉月份",
        )
    )


@app.command("export")
def export_queue(ctx: typer.Context, file: Workbook, source: OfSource = None, month: OfMonth = None) -> None:
    """Write what waits into a workbook to fill in. It holds personal data; each record is logged as looked at."""
    from hearth.queueing.workbook import export

    _check_filters(source, month)
    context: Context = ctx.obj
    rows = export(warehouse(context.settings()), file, source=source, month=month)
    typer.echo(
        said(
            f"{rows:,} records: {file} (it holds personal data)",
            f"{rows:,} 条待核记录：{file}（含个人信息，请妥善保管）",
        )
    )


@app.command("import")
def import_queue(ctx: typer.Context, file: Workbook, by: By = None) -> None:
    """Keep the decisions of a filled-in workbook: all of them, or none and a list of what is wrong."""
    from hearth.queueing.workbook import import_decisions

    context: Context = ctx.obj
    decisions = import_decisions(warehouse(context.settings()), file, by or getpass.getuser())
    typer.echo(
        said(
            f"{len(decisions):,} decisions are kept; `hearth run` builds the months that use them",
            f"已登记 {len(decisions):,} 条核定；`hearth run` 重新构建所涉月份",
        )
    )


def _check_filters(source: str | None, month: str | None) -> None:
    from hearth.contracts import KNOWN

    check_sources([] if source is None else [source], KNOWN)
    if month is not None and not MONTH.fullmatch(month):
        raise UsageError(said(f"{month!r} is not a month; write 202501.", f"{month!r} 不是月份；请写 202501。"))
