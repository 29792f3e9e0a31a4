"""The commands and where their code is."""

from __future__ import annotations

import typer

from hearth.cli import (
    again,
    build,
    deliveries,
    docs,
    explain,
    instance,
    keeping,
    metrics,
    month,
    queue,
    retention,
    run,
    status,
    synth,
    whatif,
)
from hearth.errors import EXIT_CODES

EPILOGUE = "Exit status: " + " · ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())

app = typer.Typer(
    name="hearth",
    help="From departments' files to the household fact. Settings: HEARTH_HOME (all state), HEARTH_DATABASE_URL "
    "(an existing PostgreSQL instead of the embedded one).",
    epilog=EPILOGUE,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"hearth {version('hearth-warehouse')}")
        raise typer.Exit


@app.callback()
def hearth(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options that stand before the command."""


app.command("run")(run.run)
app.command("load")(build.load)
app.command("build")(build.build)
app.command("backfill")(again.backfill)
app.command("reload")(again.reload)
app.command("check")(build.check)
app.command("status")(status.status)
app.command("whatif")(whatif.whatif)
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(month.app, name="month")
app.add_typer(queue.app, name="queue")
app.add_typer(metrics.app, name="metrics")
app.add_typer(retention.app, name="retention")
app.command("explain")(explain.explain)
app.command("docs")(docs.docs)
app.command("synth")(synth.synth)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("up")(instance.up)
app.command("down")(instance.down)
app.command("sql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(instance.sql)
app.command("url")(instance.url)
