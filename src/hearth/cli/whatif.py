"""`hearth whatif`: a published month under other parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hearth.cli.context import Context, warehouse
from hearth.cli.options import Json, months_of
from hearth.errors import InputError, UsageError
from hearth.language import said

Other = Annotated[
    Path, typer.Option("--parameters", metavar="FILE", help="The other parameters (CSV): only the rows that differ.")
]
OneMonth = Annotated[str, typer.Option("--month", metavar="YYYYMM", help="A published month.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="The file is the whole set, as hearth run would take it over.")
]
All = Annotated[bool, typer.Option("--all", help="Show what stays the same too.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="FILE", help="Write .xlsx, or .csv and FILE-households.csv, with each household that moves."
    ),
]


def whatif(
    ctx: typer.Context,
    parameters: Other,
    month: OneMonth,
    replace: Replace = False,
    show_all: All = False,
    as_json: Json = False,
    output: Output = None,
) -> None:
    """Show who would enter and leave each rule, level and category of a month under other parameters.

    Rows of the file take the place of the current rows of the same parameter, group and division. Nothing is
    published and no parameter in force changes; a build waits until the trial is over.
    """
    from hearth.building.parameters import read_parameters
    from hearth.building.whatif import what_if
    from hearth.cli.console import terminal
    from hearth.reporting.what_if import as_json as shaped
    from hearth.reporting.what_if import check_target, print_changes, write_changes

    wanted = months_of(month)
    if len(wanted) != 1:
        raise UsageError(said("--month takes one month.", "--month 只能填一个月份。"))
    rows = read_parameters(parameters)
    if not rows and not replace:
        raise InputError(
            said(
                f"{parameters.name}: holds no parameter; `--replace` tries the defaults alone.",
                f"{parameters.name}：没有任何参数；加 `--replace` 可只用默认值试算。",
            )
        )
    if output:
        check_target(output)
    context: Context = ctx.obj
    settings = warehouse(context.settings())
    console = terminal()
    with console.status(said(f"trying other parameters on {wanted[0]}", f"正在试算 {wanted[0]}")):
        found = what_if(settings, wanted[0], rows, replace=replace, with_moves=output is not None)
    if as_json:
        typer.echo(json.dumps(shaped(found, show_all=show_all), ensure_ascii=False, indent=2))
    else:
        print_changes(console, found, show_all=show_all)
    if output:
        written = write_changes(found, output, show_all=show_all)
        typer.echo(said("written: ", "已写入：") + ", ".join(map(str, written)), err=True)
