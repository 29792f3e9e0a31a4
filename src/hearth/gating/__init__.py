"""The two gates: a delivery before it counts, a month before it is published.

Both hold tables against the suites of `expectations/`, look for sudden changes against the month before,
write every result to `ops.expectation_results`, and pass when no critical expectation failed. Counts leave the gate,
cells never do.
"""

from hearth.gating.changes import Before
from hearth.gating.delivery import gate_delivery
from hearth.gating.month import gate_month
from hearth.gating.result import GateResult

__all__ = ["Before", "GateResult", "gate_delivery", "gate_month"]
