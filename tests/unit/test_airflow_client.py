"""Airflow's page when it is slow: the same is asked again, and nothing is told twice."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hearth.errors import ServiceFailed
from hearth.orchestration import client
from hearth.orchestration.client import AirflowClient, Site

SECONDS = 0.2
LISTED = b"""{
    "dag_runs": [{"dag_id": "housing_load", "dag_run_id": "two"}, {"dag_id": "water_load", "dag_run_id": "one"}]
}"""


@contextmanager
def page(slow_answers: int, sent: list[tuple[str, str]] | None = None) -> Iterator[tuple[AirflowClient, list[str]]]:
    """A page whose first answers come too late, and how it was asked; `sent` gets where, and with which words."""
    asked: list[str] = []
    sent = [] if sent is None else sent

    class Page(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(self.command)
            sent.append((self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
            if len(asked) <= slow_answers:
                time.sleep(2 * SECONDS)
            body = LISTED if self.path.endswith("/list") else b'{"state": "running", "dag_run_id": "manual"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with AirflowClient(Site(f"http://127.0.0.1:{server.server_port}", "admin", "")) as found:
            yield found, asked
        server.shutdown()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REQUEST_SECONDS", SECONDS)
    monkeypatch.setattr(client, "PATIENCE", 3)


def test_a_slow_page_is_asked_again() -> None:
    """`make run` once ended with "Airflow does not answer" where the page took 42 s for one answer."""
    with page(slow_answers=2) as (found, asked):
        assert found.run_state("household_build", "one") == "running"
        assert asked == ["GET"] * 3


def test_a_page_that_stays_silent_is_given_up() -> None:
    with page(slow_answers=9) as (found, asked), pytest.raises(ServiceFailed):
        found.run_state("household_build", "one")
    assert asked == ["GET"] * 3


def test_a_run_is_triggered_once_however_slow_the_answer() -> None:
    with page(slow_answers=1) as (found, asked):
        assert found.trigger("water_load", {}) == "manual"
        assert asked == ["POST"]


def test_all_flows_are_asked_about_at_once() -> None:
    sent: list[tuple[str, str]] = []
    with page(slow_answers=0, sent=sent) as (found, _):
        assert found.unfinished(["water_load", "housing_load"]) == {("housing_load", "two"), ("water_load", "one")}
    ((path, words),) = sent
    assert path == "/api/v2/dags/~/dagRuns/list"
    assert json.loads(words) == {"dag_ids": ["housing_load", "water_load"], "states": ["queued", "running"]}
