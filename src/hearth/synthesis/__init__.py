"""A fictional county: its deliveries, with the faults real ones have, and the truth behind them.

The truth is computed from the clean records by plain Python written from the rules alone, so that a
disagreement with a built warehouse means that one of the two is wrong.
"""

from hearth.synthesis.county import Summary, counties_for, synthesise
from hearth.synthesis.doses import Doses
from hearth.synthesis.maker import SoFar

__all__ = ["Doses", "SoFar", "Summary", "counties_for", "synthesise"]
