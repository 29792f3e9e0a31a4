"""A whole run, from landing folder to published months: what both ways of it share.

The direct way (`direct.py`) calls the steps in this process, the scheduled way (`scheduled.py`) lets
Airflow's scheduler run them. A folder that is given to a run is complete: a department that has nothing in
it for a month has answered `nothing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hearth.contracts import with_county
from hearth.errors import InputError
from hearth.loading.discovery import landed_months
from hearth.loading.outcome import DeliveryOutcome
from hearth.orchestration.months import MonthState
from hearth.settings import Settings
from hearth.texts import text


class Progress(Protocol):
    """Who wants to know how a run goes on."""

    def note(self, line: str) -> None:
        """Something began."""

    def problem(self, line: str) -> None:
        """Something went wrong that does not end the run."""

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """A file has been dealt with."""

    def month(self, month: str, status: str) -> None:
        """A month's build reached another status."""

    def tick(self, doing: str, files: int | None = None) -> None:
        """Nothing new, still at work: `doing` says on what, `files` how many were looked at where files are read."""


@dataclass(frozen=True)
class Journey:
    """What a run is to do: load these months of the folder and build what that makes due."""

    settings: Settings
    landing: Path
    months: tuple[str, ...]
    only: tuple[str, ...] = ()
    progress: Progress = field(kw_only=True)

    @property
    def sources(self) -> tuple[str, ...]:
        """The county's departments, the roster's first."""
        return _departments(self.settings)


@dataclass(frozen=True)
class Arrival:
    """How a run ended: every month it touched, and the departments whose load broke off."""

    months: Sequence[MonthState]
    broken: Sequence[str] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every month is published and every department was loaded."""
        return not self.broken and all(month.is_published for month in self.months)


def plan(settings: Settings, landing: Path, only: Sequence[str], progress: Progress) -> Journey:
    """What there is to do in the landing folder.

    Raises:
        InputError: there is no such folder, no month in it, or none of those asked for.
    """
    if not landing.is_dir():
        raise InputError(text("no_landing", landing=landing))
    found = landed_months(landing, _departments(settings))
    if not found:
        raise InputError(text("no_deliveries", landing=landing))
    absent = sorted(set(only) - set(found))
    if absent:
        raise InputError(text("no_such_months", landing=landing, absent=", ".join(absent), there=", ".join(found)))
    months = tuple(month for month in found if not only or month in only)
    return Journey(settings, landing, months, tuple(only), progress=progress)


def _departments(settings: Settings) -> tuple[str, ...]:
    return tuple(source.name for source in with_county(settings.county_file))
