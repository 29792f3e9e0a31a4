"""Building months: what counts, dbt's models, the gate, the marts."""

from hearth.building.build import STAGES, Build, BuildOutcome, build_month, gate, prepare, publish, transform
from hearth.building.months import first_day, months_due

__all__ = [
    "STAGES",
    "Build",
    "BuildOutcome",
    "build_month",
    "first_day",
    "gate",
    "months_due",
    "prepare",
    "publish",
    "transform",
]
