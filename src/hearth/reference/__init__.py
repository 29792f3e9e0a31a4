"""The generated pages of `docs/reference`: each from the one place where its facts stand."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hearth.contracts.dictionary import data_dictionary
from hearth.reference.commands import commands_page
from hearth.reference.faults import faults_page
from hearth.reference.indicators import indicators_page
from hearth.reference.marts import marts_page
from hearth.reference.metrics import metrics_page
from hearth.reference.policies import policies_page
from hearth.reference.problems import problems_page
from hearth.reference.rules import rules_page
from hearth.reference.tables import tables_page
from hearth.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "data-dictionary.md": data_dictionary,
    "marts.md": marts_page,
    "metrics.md": metrics_page,
    "policy-indicators.md": indicators_page,
    "policy-sources.md": policies_page,
    "problems.md": problems_page,
    "rules.md": rules_page,
    "synthetic-faults.md": faults_page,
    "warehouse-tables.md": tables_page,
}
"""Each page with what writes it."""


def write(folder: Path = FOLDER) -> None:
    """Write every page."""
    for name, text in PAGES.items():
        (folder / name).write_text(text(), encoding="utf-8")
