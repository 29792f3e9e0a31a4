"""Airflow's REST interface, as far as Hearth needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from hearth.errors import ServiceFailed
from hearth.language import said
from hearth.orchestration.airflow_environment import USER, page_url, password
from hearth.settings import Settings

REQUEST_SECONDS = 30
PATIENCE = 6
"""So often is a busy page asked the same; what it must not be told twice is waited for as long in one go."""
UNFINISHED = frozenset({"queued", "running"})


@dataclass(frozen=True)
class Site:
    """An Airflow and who we are there, whichever auth manager it has."""

    url: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Site:
        """The instance's own Airflow."""
        return cls(page_url(settings), USER, password(settings))


class AirflowClient:
    """A session with an Airflow; logs in at the first request and whenever the token has run out."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._http = httpx.Client(base_url=site.url, trust_env=False)

    def __enter__(self) -> AirflowClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def is_healthy(self) -> bool:
        """Whether the page, its database and the scheduler all answer."""
        try:
            found = self._http.get("/api/v2/monitor/health", timeout=5).json()
            return all(found[part]["status"] == "healthy" for part in ("metadatabase", "scheduler"))
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run of the DAG; returns its run id."""
        return str(
            self._call("POST", f"/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})["dag_run_id"]
        )

    def build(self, month: str, *, force: bool = False) -> str:
        """Start a build of the month (`YYYYMM`), with `force` though nothing has changed; returns its run id."""
        body = {"logical_date": None, "partition_key": month, "conf": {"force": force}}
        return str(self._call("POST", "/dags/household_build/dagRuns", json=body)["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """The state of one run: queued, running, success or failed."""
        return str(self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def unfinished(self, dag_ids: Iterable[str]) -> set[tuple[str, str]]:
        """Which runs of these DAGs are queued or running, as pairs of DAG and run id, at most 100 of them."""
        body = {"dag_ids": sorted(dag_ids), "states": sorted(UNFINISHED)}
        found = self._call("POST", "/dags/~/dagRuns/list", json=body)["dag_runs"]
        return {(str(run["dag_id"]), str(run["dag_run_id"])) for run in found}

    def runs(self, dag_id: str, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """The DAG's runs, newest first, at most 100; `since` is the earliest time from which they might run."""
        query: dict[str, Any] = {"limit": 100, "order_by": "-run_after"}
        if since:
            query["run_after_gte"] = since.isoformat()
        return list(self._call("GET", f"/dags/{dag_id}/dagRuns", params=query)["dag_runs"])

    def failed_tasks(self, dag_id: str, run_id: str) -> list[str]:
        """The ids of the run's failed tasks."""
        found = self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", params={"state": "failed"})
        return sorted(str(task["task_id"]) for task in found["task_instances"])

    def get(self, path: str, params: dict[str, Any] | None = None) -> Any:
        """What the interface says at a path below `/api/v2`."""
        return self._call("GET", path, params=params or {})

    def answer(self, dag_id: str, run_id: str, task_id: str, *, option: str, params: dict[str, Any]) -> None:
        """Answer a task that waits for a person, as whoever we are there."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        self._call("PATCH", path, json={"chosen_options": [option], "params_input": params})

    def dag_ids(self) -> set[str]:
        """The DAGs Airflow knows."""
        return {str(dag["dag_id"]) for dag in self._call("GET", "/dags", params={"limit": 100})["dags"]}

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._send(method, f"/api/v2{path}", **options)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._log_in()
                answer = self._send(method, f"/api/v2{path}", **options)
            answer.raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            code = error.response.status_code
            raise ServiceFailed(
                said(f"Airflow answered {code} to {method} {path}.", f"Airflow 对 {method} {path} 的答复是 {code}。")
            ) from None
        except (httpx.HTTPError, ValueError):
            raise ServiceFailed(
                said("Airflow does not answer; `hearth up` starts it.", "Airflow 没有应答；`hearth up` 可启动它。")
            ) from None

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        if method != "GET":
            return self._http.request(method, path, timeout=REQUEST_SECONDS * PATIENCE, **options)
        is_busy = retry_if_exception_type(httpx.TimeoutException)
        again = Retrying(retry=is_busy, stop=stop_after_attempt(PATIENCE), reraise=True)
        return again(self._http.request, method, path, timeout=REQUEST_SECONDS, **options)

    def _log_in(self) -> None:
        credentials = {"username": self._site.user, "password": self._site.password}
        answer = self._send("POST", "/auth/token", json=credentials)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
