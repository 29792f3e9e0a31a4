"""A synthetic county for a first look: made where the landing folder is empty, gone when a real one comes.

Two counties in one warehouse would be one county that does not exist, so the fictional one gives way to any other
landing folder, and is never made beside another.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.errors import InputError
from hearth.texts import text

if TYPE_CHECKING:
    from hearth.settings import Settings

HOUSEHOLDS, MONTHS, SEED = 2_000, 3, 3


def make_sample(settings: Settings, landing: Path, note: Callable[[str], None]) -> dict[str, Path]:
    """Fill an empty landing folder; gives the settings that go with what was made, none where there was something.

    The deliveries are put in place by one rename: a run that is killed on the way leaves the folder empty.
    """
    kept = _kept(settings)
    if landing.is_dir() and any(landing.iterdir()):
        return {}
    _refuse_beside_another(settings, landing)
    from hearth.synthesis import synthesise

    note(text("making_sample", households=HOUSEHOLDS, months=MONTHS, landing=landing))
    making = landing.with_name(f".{landing.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    synthesise(making, households=HOUSEHOLDS, months=MONTHS, seed=SEED)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for part in ("config", "truth"):
        shutil.move(making / part, kept / part)
    _mark(settings).write_text(str(landing), encoding="utf-8")
    landing.mkdir(parents=True, exist_ok=True)
    (making / "landing").replace(landing)
    shutil.rmtree(making, ignore_errors=True)
    return {"parameters_file": kept / "config" / "rule_parameters.csv"}


def give_way(settings: Settings, note: Callable[[str], None]) -> None:
    """Clear the fictional county out of the instance before another landing folder is loaded.

    Nothing is lost: the same seed makes the same county again. On a server that is not the instance's own nothing is
    cleared.

    Raises:
        InputError: the fictional county lies on a server of somebody else's.
    """
    if not _mark(settings).is_file():
        return
    sample = Path(_mark(settings).read_text(encoding="utf-8"))
    if settings.landing == sample:
        return
    if not settings.is_embedded:
        raise InputError(text("sample_elsewhere"))
    note(text("giving_way"))
    _clear(settings, sample)


def _clear(settings: Settings, sample: Path) -> None:
    from hearth.database import server
    from hearth.orchestration import airflow

    airflow.down(settings)
    server.stop(settings)
    if sample.is_dir():
        sample.rename(_free_name(sample))  # not removed: somebody may have put a file of their own beside
    for folder in (settings.postgres_dir, settings.airflow_home, settings.artifacts_dir, _kept(settings)):
        shutil.rmtree(folder, ignore_errors=True)


def _free_name(folder: Path) -> Path:
    names = (folder.with_name(f"{folder.name}.fictional{number}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())


def _refuse_beside_another(settings: Settings, landing: Path) -> None:
    from hearth.settings import remembered_landing

    other = remembered_landing(settings)
    if other is not None and other != landing:
        raise InputError(text("county_there", landing=landing, other=other))


def _kept(settings: Settings) -> Path:
    """What belongs to the sample besides its deliveries: parameters and truth."""
    return settings.home / "sample"


def _mark(settings: Settings) -> Path:
    """Says that the instance holds the sample, and from which landing folder."""
    return _kept(settings) / "landing.txt"
