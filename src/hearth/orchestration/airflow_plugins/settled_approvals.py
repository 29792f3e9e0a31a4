"""Answers questions about held deliveries that were settled elsewhere: on the command line, or by another file.

Tasks reach no database of Airflow's. The scheduler does, and after every load of a department, so every few minutes, it
looks whether a question that still waits has been answered in the warehouse. It then answers as a person would on the
page, in the name of who decided; a question that another file made pointless is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from sqlalchemy import select

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from hearth.loading.decisions import Decision


class SettledApprovals:
    """Listens for the end of loads."""

    @hookimpl
    def on_dag_run_success(self, dag_run: Any, msg: str) -> None:
        """Look at the questions that wait."""
        _close_after(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:
        """Look at them after a load that failed, too."""
        _close_after(dag_run)


def _close_after(dag_run: Any) -> None:
    if dag_run.dag_id.endswith("_load"):
        close_settled()


def close_settled() -> None:
    """Answer what the warehouse says is settled; mostly nothing waits, and the warehouse is not asked."""
    from airflow.utils.session import create_session

    from hearth.orchestration.holds import settled, superseded
    from hearth.settings import load_settings

    # A session of its own: the scheduler's is in the middle of a transaction.
    with create_session(scoped=False) as session:
        waiting = _waiting(session)
        if not waiting:
            return
        settings = load_settings()
        decisions = settled(settings, list(waiting))
        replaced = superseded(settings, list(waiting))
        for delivery_id, instance_id in waiting.items():
            if delivery_id in decisions:
                _answer(session, instance_id, decisions[delivery_id])
            elif delivery_id in replaced:
                _skip(session, instance_id)


def _waiting(session: Session) -> dict[int, UUID]:
    """The task instances that wait for a person, by the delivery they ask about."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.state import TaskInstanceState

    from hearth.orchestration.holds import FLOW

    rows = session.execute(
        select(DagRun.partition_key, TaskInstance.id)
        .join(TaskInstance.dag_run)
        .where(TaskInstance.dag_id == FLOW, TaskInstance.state == TaskInstanceState.AWAITING_INPUT)
    )
    return {int(key): instance_id for key, instance_id in rows if key and key.isdigit()}


def _answer(session: Session, instance_id: UUID, decision: Decision) -> None:
    """What the page's own interface does with an answer (`api_fastapi/core_api/routes/public/hitl.py` of Airflow)."""
    from airflow._shared.timezones import timezone
    from airflow.models.hitl import HITLDetail, HITLUser
    from airflow.models.trigger import handle_event_submit
    from airflow.triggers.base import TriggerEvent

    from hearth.orchestration.approving import REASON
    from hearth.orchestration.holds import APPROVE, REJECT

    instance, detail = _locked(session, instance_id), session.get(HITLDetail, instance_id)
    if instance is None or detail is None or detail.response_received:
        return
    detail.responded_by = dict(HITLUser(id=decision.decided_by, name=decision.decided_by))
    detail.responded_at = timezone.utcnow()
    detail.chosen_options = [APPROVE if decision.is_release else REJECT]
    detail.params_input = {REASON: decision.reason}
    handle_event_submit(TriggerEvent(detail.as_resume_event_payload()), task_instance=instance, session=session)


def _skip(session: Session, instance_id: UUID) -> None:
    from airflow.utils.state import TaskInstanceState

    instance = _locked(session, instance_id)
    if instance is not None:
        instance.set_state(TaskInstanceState.SKIPPED, session=session)


def _locked(session: Session, instance_id: UUID) -> Any:
    """The task instance, if it still waits and nobody is answering it at this moment."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.state import TaskInstanceState

    return session.scalars(
        select(TaskInstance)
        .where(TaskInstance.id == instance_id, TaskInstance.state == TaskInstanceState.AWAITING_INPUT)
        .with_for_update(of=TaskInstance, skip_locked=True)
    ).first()


class SettledApprovalsPlugin(AirflowPlugin):
    """What Airflow finds in the plugins folder."""

    name = "hearth_settled_approvals"
    listeners = [SettledApprovals()]  # noqa: RUF012 - Airflow's way of declaring them
