"""Where to look next: Airflow's page, the quality report, a SQL prompt."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rich.cells import set_cell_size
from rich.console import Console
from rich.markup import escape

from hearth.settings import Settings
from hearth.texts import text


def print_directions(console: Console, settings: Settings, *, with_page: bool) -> None:
    """Print how to open what the instance offers."""
    command = _command()
    lines = {
        text("report"): _report(settings),
        text("sql_prompt"): f"{command} sql --role analyst",
        text("stop"): f"{command} down",
    }
    if with_page:
        lines = {"Airflow": page(settings), **lines}
    for name, way in lines.items():
        console.print(f"[bold]{set_cell_size(name, 15)}[/bold] {escape(way)}", soft_wrap=True)


def page(settings: Settings) -> str:
    """The address of Airflow's page, its user, and the file that holds the password."""
    from hearth.orchestration.airflow_environment import USER, page_url

    return text("page", url=page_url(settings), user=USER, file=settings.secrets_dir / "airflow_admin")


def _command() -> str:
    """How the reader can call `hearth` from where they are."""
    if shutil.which("hearth"):
        return "hearth"
    program = Path(sys.executable).with_name("hearth")
    try:
        return str(program.relative_to(Path.cwd()))
    except ValueError:
        return str(program)


def _report(settings: Settings) -> str:
    from hearth.reporting.quality_report import write_report

    return str(write_report(settings))
