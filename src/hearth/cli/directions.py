"""Where to look next: Airflow's page, the quality report, a SQL prompt."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from hearth.settings import Settings


def print_directions(console: Console, settings: Settings, *, with_page: bool) -> None:
    """Print how to open what the instance offers."""
    lines = {"Quality report": _report(settings), "SQL prompt": "hearth sql --role analyst", "Stop": "hearth down"}
    if with_page:
        lines = {"Airflow": page(settings), **lines}
    for name, text in lines.items():
        console.print(f"[bold]{name:15}[/bold] {escape(text)}", soft_wrap=True)


def page(settings: Settings) -> str:
    """The address of Airflow's page, its user, and the file that holds the password."""
    from hearth.orchestration.airflow_environment import USER, page_url

    return f"{page_url(settings)}  (user {USER}, password in {settings.secrets_dir / 'airflow_admin'})"


def _report(settings: Settings) -> str:
    from hearth.reporting.quality_report import write_report

    return str(write_report(settings))
