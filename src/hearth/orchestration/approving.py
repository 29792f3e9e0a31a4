"""The task that waits for a person's word on a held delivery."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput
from airflow.sdk.execution_time.context import NEVER_EXPIRE

REASON = "reason"
LONGEST_REASON = 500
ASKED = "asked"


class HeldDeliveryApproval(ApprovalOperator):
    """Approve or Reject, either with a reason. The next task carries both out: nothing is skipped.

    The question is put once. A try after a broken one waits on under the same question, with the answer that may have
    come meanwhile: to put it anew would drop that answer.
    """

    def execute(self, context: Any) -> Any:
        """Put the question, with the figures as they are now; or go on waiting where it was put before.

        Raises:
            AirflowSkipException: the delivery waits for nobody any more.
        """
        from hearth.orchestration.steps import ask_about, tell_of_delivery

        if context["task_state_store"].get(ASKED):
            raise TaskAwaitingInput(method_name="execute_complete")
        delivery_id = int(context["partition_key"])
        question = ask_about(delivery_id)
        if question is None:
            raise AirflowSkipException(tell_of_delivery(delivery_id).text)
        self.subject, self.body = question.subject, question.body
        return self._ask(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer; one without a reason is none, and the question stays."""
        reason = str((event.get("params_input") or {}).get(REASON) or "").strip()
        if not 0 < len(reason) <= LONGEST_REASON:
            print("The answer has no reason in the field “reason”: the question stays. 答复未写明理由，请重新答复。")
            return self._ask(context)
        return HITLOperator.execute_complete(self, context, {**event, "params_input": {REASON: reason}})

    def _ask(self, context: Any) -> Any:
        """Put the question, open for an answer, and wait."""
        try:
            return HITLOperator.execute(self, context)
        except TaskAwaitingInput:
            context["task_state_store"].set(ASKED, True, retention=NEVER_EXPIRE)
            raise
