"""Going on with a build after the database server was restarted under it.

The models between raw rows and marts are unlogged: a server that was killed comes back with these tables empty. Airflow
takes up a build at the task where it stood, and that task would count no household at all (2026-11-21: a month
killed between two stages was published with none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hearth.database.engine import connect
from hearth.settings import Settings

if TYPE_CHECKING:
    from hearth.building import Build


def was_interrupted(settings: Settings, build: Build) -> bool:
    """Whether the server was started after the build was."""
    with connect(settings, "transformer") as connection:
        row = connection.execute(
            "select pg_postmaster_start_time() > started_at from ops.builds where build_id = %s", (build.build_id,)
        ).fetchone()
    return bool(row and row[0])


def restore(settings: Settings, build: Build, stages: Sequence[str]) -> None:
    """Run the stages that had been run already once more, where their tables may have been emptied."""
    if not stages or not was_interrupted(settings, build):
        return
    from hearth.building import transform

    for stage in stages:
        transform(settings, build, stage)
    with connect(settings, "transformer") as connection:
        connection.execute("update ops.builds set started_at = now() where build_id = %s", (build.build_id,))
