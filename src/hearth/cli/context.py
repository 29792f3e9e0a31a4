"""What every command is given: the environment, and the settings that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hearth.settings import Settings


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
    return settings
