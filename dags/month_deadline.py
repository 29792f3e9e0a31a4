"""Lets months go on without the departments that stayed silent.

announce

Every morning, the months whose deadline has passed are answered for the departments that delivered nothing, and
`household_build` starts for those that became ready: with the last accepted snapshot of the missing departments,
or with their rules unknown where that is too old.

**When it fails.** The warehouse could not be reached: clear the task once it can. Nothing is lost, the next morning
looks at the same months again. The day of the month is `HEARTH_DEADLINE_DAY`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from hearth.orchestration.dag_parts import DEFAULT_ARGS, MONTH_READY, every

with DAG(
    dag_id="month_deadline",
    description="Months whose deadline has passed go on without the missing departments",
    doc_md=__doc__,
    schedule=every("30 6 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["months"],
):

    @task(outlets=[MONTH_READY])
    def announce(outlet_events: Any) -> list[str]:
        """Answer for the silent departments and start the builds of the months that became ready."""
        from hearth.orchestration.steps import announce_deadlines

        ready = announce_deadlines()
        if ready:
            outlet_events[MONTH_READY].add_partitions(ready)
        return ready

    announce()
