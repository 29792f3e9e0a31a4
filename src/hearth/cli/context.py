"""What every command is given: the environment, and the settings that follow from it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hearth.settings import Settings


SET_BACK = """
    select last, now()
    from (
        select greatest(
            (select max(registered_at) from ops.deliveries),
            (select max(started_at) from ops.builds)
        ) as last
    ) as known
    where last > now() + interval '1 minute'
"""


@dataclass(frozen=True)
class Context:
    """The environment of one command."""

    environ: Mapping[str, str]

    def settings(self, **overrides: Any) -> Settings:
        """The instance's settings; `overrides` are what the command's options say."""
        from hearth.settings import load_settings

        return load_settings(self.environ, **overrides)


def warehouse(settings: Settings) -> Settings:
    """Make sure that the warehouse answers and is up to date; gives the settings back."""
    from hearth.database.bootstrap import bootstrap
    from hearth.database.server import ensure_running

    ensure_running(settings)
    bootstrap(settings)
    _look_at_clock(settings)
    return settings


def _look_at_clock(settings: Settings) -> None:
    """Say so where the server's clock stands before what was registered last."""
    from hearth.clock import ZONE
    from hearth.database.engine import connect
    from hearth.texts import text

    with connect(settings) as connection:
        found = connection.execute(SET_BACK).fetchone()
    if found is not None:
        last, now = (f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}" for moment in found)
        print(f"hearth: {text('clock_set_back', last=last, now=now)}", file=sys.stderr)
