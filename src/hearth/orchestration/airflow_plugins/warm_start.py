"""Imports once, in the scheduler, what most tasks would import each for itself.

The executor's workers and their tasks are forks of the scheduler and inherit what it has loaded: dbt costs a task two
seconds of processor time otherwise. Left out is polars, which starts threads when it is imported: a fork would inherit
it without them.
"""

from __future__ import annotations

from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin


class WarmStart:
    """Listens for the start of the scheduler, the only job of an instance."""

    @hookimpl
    def on_starting(self, component: Any) -> None:
        """Load dbt before the executor forks its workers."""
        import dbt.cli.main  # noqa: F401


class HearthPlugin(AirflowPlugin):
    """What Airflow finds in the plugins folder."""

    name = "hearth"
    listeners = [WarmStart()]  # noqa: RUF012 - Airflow's way of declaring them
