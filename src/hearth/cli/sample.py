"""A synthetic county for a first look: made where the landing folder is empty."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from hearth.settings import Settings

HOUSEHOLDS, MONTHS, SEED = 2_000, 3, 1


def make_sample(settings: Settings, landing: Path, note: Callable[[str], None]) -> dict[str, Path]:
    """Fill an empty landing folder; gives the settings that go with what was made, none where there was something.

    The deliveries are put in place by one rename: a run that is killed on the way leaves the folder empty.
    """
    kept = settings.home / "sample"
    if landing.is_dir() and any(landing.iterdir()):
        return {}
    from hearth.synthesis import synthesise

    note(f"Making a synthetic county of {HOUSEHOLDS:,} households, {MONTHS} months, in {landing}")
    making = landing.with_name(f".{landing.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    synthesise(making, households=HOUSEHOLDS, months=MONTHS, seed=SEED)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for part in ("config", "truth"):
        shutil.move(making / part, kept / part)
    landing.mkdir(parents=True, exist_ok=True)
    (making / "landing").replace(landing)
    shutil.rmtree(making, ignore_errors=True)
    return {"parameters_file": kept / "config" / "rule_parameters.csv"}
