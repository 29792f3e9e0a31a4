"""Which run of Airflow's a build belongs to, for `ops.run_history`."""

from __future__ import annotations

from hearth.database.engine import connect
from hearth.loading.history import airflow_run
from hearth.settings import Settings


def note_run(settings: Settings, build_id: int) -> None:
    """Write the run down beside the build that it opened; one that was there before keeps its own."""
    run = airflow_run()
    if run is None:
        return
    with connect(settings) as connection:
        connection.execute(
            "update ops.builds set run_id = %s where build_id = %s and run_id is null and not is_direct"
            " and started_at > now() - interval '1 minute'",
            (run, build_id),
        )
