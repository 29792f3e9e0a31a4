"""The gate of a month."""

from __future__ import annotations

from hearth.gating.result import GateResult
from hearth.settings import Settings


def gate_month(settings: Settings, month: str) -> GateResult:
    """Not written yet."""
    raise NotImplementedError
