"""Builds and publishes the household fact of one month, the partition key of the run.

prepare → transform (one task per stage) → gate → publish

`prepare` fixes the inputs of the month and ends the run where nothing has changed since it was published. The
stages run dbt on the month's slices beside the published ones; `gate` holds them against the month's expectations;
`publish` swaps the slices of all marts in one transaction. Until then readers see the month as it was.

**When it fails.** `prepare` blocked: its message says what is missing, mostly the household roster. A stage failed:
its log names the model. `gate` blocked: the quality report says which expectation, with counts. After the
cause is gone (a corrected file starts a build by itself): `hearth build --month 202501`, or trigger this flow with
the month as partition key. Building a month again gives the same rows.

The run's note says how the month ended: published with its households by level, blocked, or failed and where.

按月构建并发布农户事实表，分区键即数据月份。发布前读者看到的始终是原来的数据；校验关口未通过的月份不发布。运行备注写明
结果：已发布（户数与各等级户数）、受阻或失败的环节。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, IdentityMapper, Param, PartitionedAssetTimetable, chain, task

from hearth.building import STAGES
from hearth.orchestration.dag_parts import DEFAULT_ARGS, MONTH_PUBLISHED, MONTH_READY, tags, tell

STAGE_TITLES = {
    "identity": "Identity · 身份匹配",
    "signals": "Signals · 风险信号",
    "marts": "Marts · 数据集市",
}

with DAG(
    dag_id="household_build",
    dag_display_name="Build household month · 农户月度构建",
    description="One month from accepted deliveries to the published household fact · 从已接收交付到发布",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=MONTH_READY, default_partition_mapper=IdentityMapper()),
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULT_ARGS, "pool": "build"},
    params={
        "force": Param(
            False,
            type="boolean",
            title="Even if nothing has changed 无变化也重建",
            description="Build although the month's inputs are those it was published from · 即使输入未变也重新构建",
        )
    },
    tags=tags("build", layer="marts", owner="hearth"),
):

    @task.short_circuit(task_display_name="Prepare · 固定输入")
    def prepare(partition_key: str, params: dict[str, Any], ti: Any) -> int | None:
        """Fix the month's inputs; gives the build's number, or nothing when there is nothing to build.

        固定当月输入；没有变化或缺少农户名册时到此为止。
        """
        from hearth.orchestration.steps import prepare_month, tell_of_month

        build_id = prepare_month(partition_key, force=params["force"])
        if build_id is None:
            tell(f"Nothing to build · 无需构建\n\n{tell_of_month(partition_key)}", ti)
        return build_id

    @task
    def transform(build_id: int, stage: str, partition_key: str) -> None:
        """Run one stage of the month's models. The log has a line for each model.

        运行本阶段的 dbt 模型，日志逐个列出。
        """
        from hearth.orchestration.steps import transform_month

        transform_month(build_id, partition_key, stage)

    @task(task_display_name="Gate · 校验关口")
    def gate(build_id: int, partition_key: str) -> None:
        """Hold the month against its expectations; a critical one that fails keeps the month from its readers.

        发布前的校验；关键检查未通过则不发布。
        """
        from hearth.orchestration.steps import gate_month

        gate_month(build_id, partition_key)

    @task(task_display_name="Publish · 发布", outlets=[MONTH_PUBLISHED])
    def publish(build_id: int, partition_key: str, outlet_events: Any, ti: Any) -> int | None:
        """Show the month to its readers, all marts at once; gives the number of households.

        一次性发布全部数据集市，返回户数。
        """
        from hearth.orchestration.steps import publish_month, tell_of_month

        households = publish_month(build_id, partition_key)
        outlet_events[MONTH_PUBLISHED].extra = {"households": households}
        tell(tell_of_month(partition_key), ti)
        return households

    build: Any = prepare()
    stages = [
        transform.override(task_id=f"transform_{stage}", task_display_name=STAGE_TITLES[stage])(build, stage)
        for stage in STAGES
    ]
    chain(*stages, gate(build), publish(build))
