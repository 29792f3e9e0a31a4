"""Why a household is on a list: from a signal to its parameter, the policy's sentence and the senders' rows.

What is said stands in the views `restricted.flag_explanations` and `restricted.flag_evidence`; this package asks them
as the caseworker and prints the answer, so that the command and the views say the same.
"""

from hearth.explaining.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
