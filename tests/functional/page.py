"""What people do on Airflow's page, by its REST interface, and waiting until something is so."""

import time
from collections.abc import Callable
from typing import Any

from hearth.orchestration.client import UNFINISHED, AirflowClient

FLOW = "held_deliveries"
PATIENCE_SECONDS = 600
"""When to stop waiting for what does not happen; no test measures time."""


def until(look: Callable[[], Any]) -> Any:
    """What `look` gives, once that is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.2)
    return found


def questions(page: AirflowClient, state: str) -> dict[str, Any]:
    """The questions whose task is in this state, by the number of their delivery."""
    keys = {run["dag_run_id"]: run["partition_key"] for run in page.runs(FLOW)}
    found = page.get(f"/dags/{FLOW}/dagRuns/~/hitlDetails", {"state": state, "limit": 100})["hitl_details"]
    return {keys[one["task_instance"]["dag_run_id"]]: one for one in found}


def asked(page: AirflowClient, delivery_id: int) -> Any:
    """The question about the delivery, if it is open for an answer now."""
    found = questions(page, "awaiting_input").get(str(delivery_id))
    return found if found and not found["response_received"] else None


def answer(page: AirflowClient, question: dict[str, Any], option: str, reason: str) -> None:
    """Answer as a person does who fills in the form."""
    run = question["task_instance"]["dag_run_id"]
    page.answer(FLOW, run, "decide", option=option, params={"reason": reason})


def run_to_its_end(page: AirflowClient, dag_id: str) -> str:
    """Start a run of the flow and wait until it has ended; gives its id."""
    run = page.trigger(dag_id, {})
    until(lambda: page.run_state(dag_id, run) not in UNFINISHED)
    assert page.run_state(dag_id, run) == "success"
    return run


def notes(page: AirflowClient, dag_id: str, run: str) -> str:
    """The run's note, once it was written."""
    return str(until(lambda: page.get(f"/dags/{dag_id}/dagRuns/{run}")["note"]))
