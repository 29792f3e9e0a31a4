"""A run in this process, without Airflow: the same functions, one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from hearth.building import build_month
from hearth.errors import BuildFailed, DatabaseUnavailable, HearthError, Overtaken
from hearth.language import Listed
from hearth.loading.departments import load_departments
from hearth.loading.load import register_strays
from hearth.orchestration.journey import Arrival, Journey
from hearth.orchestration.months import MonthState, month_states
from hearth.orchestration.readiness import announce, months_ready
from hearth.texts import text

OVERTAKEN_AT_MOST = 3


def run_directly(journey: Journey) -> Arrival:
    """Load every department, then build every month that is due, in order."""
    broken = _load(journey)
    _strays(journey)
    due = months_ready(journey.settings)
    failed = {state.month: state for month in due if (state := _built(journey, month))}
    states = month_states(journey.settings, {*journey.months, *due})
    return Arrival([failed.get(state.month, state) for state in states], broken)


def _load(journey: Journey) -> list[str]:
    """Load every department and give those that broke off, which must not stop the others."""
    broken = []
    for source, result in load_departments(
        journey.settings,
        journey.sources,
        landing=journey.landing,
        months=journey.only or None,
        tick=lambda sources, files: journey.progress.tick(text("loading", sources=Listed(sources)), files),
    ):
        announce(journey.settings, source, journey.months)
        if isinstance(result, DatabaseUnavailable):
            raise result
        if isinstance(result, HearthError):
            journey.progress.problem(f"{source}: {result}")
            broken.append(source)
        else:
            _report(journey, result)
    return broken


def _strays(journey: Journey) -> None:
    _report(journey, register_strays(journey.settings, journey.landing))


def _report(journey: Journey, outcomes: Iterable) -> None:
    for outcome in outcomes:
        if outcome.is_new:
            journey.progress.delivery(outcome)


def _built(journey: Journey, month: str) -> MonthState | None:
    """Build one month; gives its state where it failed, so that the later months still get their turn."""
    journey.progress.month(month, "building")
    try:
        status = _build(journey, month)
    except BuildFailed as error:
        journey.progress.month(month, "failed")
        return MonthState(month, "failed", str(error))
    journey.progress.month(month, status)
    return None


def _build(journey: Journey, month: str) -> str:
    """Build the month, again where a build of Airflow's came in between."""
    for _ in range(OVERTAKEN_AT_MOST):
        try:
            return build_month(journey.settings, month).status
        except Overtaken as error:
            journey.progress.note(str(error))
    return build_month(journey.settings, month).status
