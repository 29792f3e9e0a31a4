"""Builds and publishes the household fact of one month, the partition key of the run.

prepare → transform (one task per stage) → gate → publish

`prepare` fixes the inputs of the month and ends the run where nothing has changed since it was published. The
stages run dbt on the month's slices beside the published ones; `gate` holds them against the month's expectations;
`publish` swaps the slices of all marts in one transaction. Until then readers see the month as it was.

**When it fails.** `prepare` blocked: its message says what is missing, mostly the household roster. A stage failed:
its log names the model. `gate` blocked: the quality report says which expectation, with counts. After the
cause is gone (a corrected file starts a build by itself): `hearth build --month 202501`, or trigger this flow with
the month as partition key. Building a month again gives the same rows.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, IdentityMapper, PartitionedAssetTimetable, chain, task

from hearth.building import STAGES
from hearth.orchestration.dag_parts import DEFAULT_ARGS, MONTH_READY

with DAG(
    dag_id="household_build",
    description="One month from accepted deliveries to the published household fact",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=MONTH_READY, default_partition_mapper=IdentityMapper()),
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULT_ARGS, "pool": "build"},
    tags=["months", "build"],
):

    @task.short_circuit
    def prepare(partition_key: str) -> int | None:
        """Fix the month's inputs; gives the build's number, or nothing when there is nothing to build."""
        from hearth.orchestration.steps import prepare_month

        return prepare_month(partition_key)

    @task
    def transform(build_id: int, stage: str, partition_key: str) -> None:
        """Run one stage of the month's models."""
        from hearth.orchestration.steps import transform_month

        transform_month(build_id, partition_key, stage)

    @task
    def gate(build_id: int, partition_key: str) -> None:
        """Hold the month against its expectations."""
        from hearth.orchestration.steps import gate_month

        gate_month(build_id, partition_key)

    @task
    def publish(build_id: int, partition_key: str) -> int | None:
        """Show the month to its readers; gives the number of households."""
        from hearth.orchestration.steps import publish_month

        return publish_month(build_id, partition_key)

    build: Any = prepare()
    stages = [transform.override(task_id=f"transform_{stage}")(build, stage) for stage in STAGES]
    chain(*stages, gate(build), publish(build))
