"""A run through Airflow's scheduler: start the six load flows, then watch until every month has settled.

The flows announce the months themselves; what is watched are the runs and the tables in `ops`. A month that is
due although no build of it is on its way (one that failed before and has not changed) is started here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hearth.database.engine import connect
from hearth.errors import ServiceFailed
from hearth.language import Listed
from hearth.loading.outcome import DeliveryOutcome
from hearth.orchestration import airflow
from hearth.orchestration.client import UNFINISHED, AirflowClient, Site
from hearth.orchestration.journey import Arrival, Journey
from hearth.orchestration.months import MonthState, month_states
from hearth.orchestration.readiness import months_ready
from hearth.texts import text

POLL_SECONDS = 1.0
ALIVE_EVERY = 15
HANDOVER_SECONDS = 6  # from the end of an announcement to the scheduler's creating the build


def run_scheduled(journey: Journey) -> Arrival:
    """Load every department and build every month that is due through Airflow, which must be up.

    Raises:
        ServiceFailed: Airflow stopped answering on the way.
    """
    with AirflowClient(Site.of(journey.settings)) as client:
        return _Watch(journey, client).until_settled()


@dataclass
class _Watch:
    journey: Journey
    client: AirflowClient
    reported: set[int] = field(default_factory=set)
    since: datetime = field(init=False)
    ended: set[str] = field(init=False)
    files: int = 0
    builds: dict[str, str] = field(default_factory=dict)
    started: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def until_settled(self) -> Arrival:
        self.reported = {row[0] for row in self._deliveries()}
        self._look_at_builds()
        loads = {source: self._start_load(source) for source in self.journey.sources}
        broken = self._until_loaded(loads)
        self._until_built()
        self._report_deliveries()
        return Arrival(self._states(), broken)

    def _start_load(self, source: str) -> tuple[str, str]:
        dag_id = f"{source}_load"
        conf = {"months": list(self.journey.only), "complete": list(self.journey.months)}
        return dag_id, self.client.trigger(dag_id, conf)

    def _until_loaded(self, loads: dict[str, tuple[str, str]]) -> list[str]:
        waiting, broken = dict(loads), []
        for _ in self._ticks():
            unfinished = self.client.unfinished(dag_id for dag_id, _ in waiting.values())
            for source, run in [one for one in waiting.items() if one[1] not in unfinished]:
                state = self.client.run_state(*run)
                if state not in UNFINISHED:
                    del waiting[source]
                if state == "failed":
                    broken.append(source)
                    self.journey.progress.problem(text("load_failed", source=source))
            self._report_deliveries()
            if not waiting:
                break
            self.journey.progress.tick(text("waiting_for", sources=Listed(waiting)), self.files)
        return broken

    def _until_built(self) -> None:
        quiet_since = time.monotonic()
        for _ in self._ticks():
            runs = self._new_builds()
            self._report_builds(runs)
            active = sorted(str(run["partition_key"]) for run in runs if run["state"] in UNFINISHED)
            if active:
                quiet_since = time.monotonic()
                self.journey.progress.tick(text("building", months=Listed(active)))
                continue
            waiting = self._unsettled()
            if not waiting:
                return
            if time.monotonic() - quiet_since > HANDOVER_SECONDS:
                self.started |= {month: self.client.build(month) for month in waiting}
                quiet_since = time.monotonic()

    def _unsettled(self) -> list[str]:
        """Months that are due though no build of this run has failed on them or was started here for them."""
        due = months_ready(self.journey.settings)
        self.touched.update(due)
        return [month for month in due if self.builds.get(month) != "failed" and month not in self.started]

    def _look_at_builds(self) -> None:
        """Set those apart that have ended. Of the others the oldest tells from when on builds are to be watched."""
        before_asking = datetime.now(UTC)
        runs = self.client.runs("household_build")
        at_work = [run for run in runs if run["state"] in UNFINISHED]
        self.ended = {run["dag_run_id"] for run in runs if run not in at_work}
        self.since = min([before_asking, *(datetime.fromisoformat(run["run_after"]) for run in at_work)])

    def _new_builds(self) -> list[dict[str, Any]]:
        runs = self.client.runs("household_build", since=self.since)
        return [run for run in reversed(runs) if run["dag_run_id"] not in self.ended]

    def _report_builds(self, runs: list[dict[str, Any]]) -> None:
        for run in runs:
            month, state = str(run["partition_key"]), str(run["state"])
            if self.builds.get(month) != state and state != "queued":
                self.builds[month] = state
                self.touched.add(month)
                self.journey.progress.month(month, {"running": "building", "success": "built"}.get(state, state))

    def _states(self) -> list[MonthState]:
        states = month_states(self.journey.settings, {*self.journey.months, *self.touched})
        due = set(months_ready(self.journey.settings))
        return [self._explained(state) if state.month in due else state for state in states]

    def _explained(self, state: MonthState) -> MonthState:
        """A month that is still due: its build failed, perhaps before it could write so itself."""
        if state.status == "failed":
            return state
        return MonthState(state.month, "failed", text("build_failed"))

    def _report_deliveries(self) -> None:
        for row in self._deliveries():
            if row[0] not in self.reported:
                self.reported.add(row[0])
                self.files += 1
                self.journey.progress.delivery(DeliveryOutcome(*row))

    def _deliveries(self) -> list[Any]:
        with connect(self.journey.settings) as connection:
            return connection.execute(
                """
                select delivery_id, source, extract, part, month, file_name, status,
                    rows_read, rows_loaded, rows_quarantined, rows_duplicate, message, message_zh
                from ops.deliveries order by delivery_id
                """
            ).fetchall()

    def _ticks(self) -> Any:
        """Once a second, as long as Airflow lives."""
        checked = time.monotonic()
        while True:
            yield
            time.sleep(POLL_SECONDS)
            if time.monotonic() - checked > ALIVE_EVERY:
                checked = time.monotonic()
                if not airflow.has_processes(self.journey.settings):
                    raise ServiceFailed(text("airflow_stopped"))
