"""The task that waits for a person's word on a held delivery."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from hearth.errors import UsageError

REASON = "reason"


class NoReason(UsageError):
    """The answer came without a reason; the question is put again."""


class HeldDeliveryApproval(ApprovalOperator):
    """Approve or Reject, either with a reason. The next task carries both out: nothing is skipped."""

    def execute(self, context: Any) -> Any:
        """Put the question, with the figures as they are now.

        Raises:
            AirflowSkipException: the delivery waits for nobody any more.
        """
        from hearth.orchestration.steps import ask_about, tell_of_delivery

        delivery_id = int(context["partition_key"])
        question = ask_about(delivery_id)
        if question is None:
            raise AirflowSkipException(tell_of_delivery(delivery_id).text)
        self.subject, self.body = question.subject, question.body
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer.

        Raises:
            NoReason: it has none.
        """
        answer: Any = HITLOperator.execute_complete(self, context, event)
        if not str(answer["params_input"].get(REASON) or "").strip():
            raise NoReason("Say why in the field “reason”: the question is put again. 请填写理由，将重新询问。")
        return answer
