"""Writes what the tasks had to tell beside their run and beside themselves, as notes on Airflow's page.

Tasks reach no database of Airflow's and hold no login for its interface: they leave a sentence as an XCom (`tell` in
`dag_parts.py`), and the scheduler, which has the run in its hands when it ends, takes it over. A note that a person
wrote stays.
"""

from __future__ import annotations

from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from sqlalchemy import inspect, select

LONGEST = 1000  # characters a note may have


class RunNotes:
    """Listens for the end of runs."""

    @hookimpl
    def on_dag_run_success(self, dag_run: Any, msg: str) -> None:
        """Take over what the tasks told."""
        _write_notes(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:
        """Take over what the tasks told before one of them failed."""
        _write_notes(dag_run)


def _write_notes(run: Any) -> None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel

    session = inspect(run).session
    if session is None:
        return
    own = (XComModel.dag_id == run.dag_id, XComModel.run_id == run.run_id, XComModel.key == "note")
    told = session.scalars(select(XComModel).where(*own).order_by(XComModel.timestamp)).all()
    notes = {(found.task_id, found.map_index): _text(XComModel.deserialize_value(found)) for found in told}
    instances = session.scalars(
        select(TaskInstance).where(TaskInstance.dag_id == run.dag_id, TaskInstance.run_id == run.run_id)
    )
    for instance in instances:
        _write(instance, "task_instance_note", notes.get((instance.task_id, instance.map_index), ""))
    # A mapped task tells of one file; its run's note has a line for it already.
    _write(run, "dag_run_note", "\n\n".join(text for (_, index), text in notes.items() if index < 0))


def _write(subject: Any, name: str, text: str) -> None:
    """Replace the note of a run or task, unless it is empty or a person's."""
    written = getattr(subject, name)
    is_ours = written is None or written.user_id is None
    if text and is_ours:
        subject.note = text[:LONGEST]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class RunNotesPlugin(AirflowPlugin):
    """What Airflow finds in the plugins folder."""

    name = "hearth_run_notes"
    listeners = [RunNotes()]  # noqa: RUF012 - Airflow's way of declaring them
