"""Asks a person about one held delivery; the partition key of the run is the delivery's number.

decide → carry_out → announce

A list that lost many rows, contradicts the count in its name or fails its gate is held until somebody decides. `decide`
waits under *Required Actions* with the figures: rows now and before, villages that vanished, the count in the file's
name. **Approve** lets the rows count and **Reject** refuses them for good, either with a reason; who answered and why
are kept in `ops.delivery_decisions`. `announce` starts the builds that a release makes due. No load and no month waits:
until then a month rests on the last accepted list, whose date stands in the household fact (`…_data_date`).

Whoever decides on the command line (`hearth deliveries release|reject`) closes the question here, a few minutes later
at most; an answer that comes after another one changes nothing.

An answer without a reason is none: the question stays. An answer is never dropped: a `decide` that broke off goes on
waiting under the same question, or takes the answer that has come meanwhile.

**When it fails.** The warehouse was out of reach, or a load of the source took too long: clear the task once that is
over. `decide` that was marked by hand: clear it, and it waits again. A question that was lost: trigger this flow with
the delivery's number as partition key.

本流程就一份暂扣的交付征求人工决定，分区键为交付编号。任务 `decide` 在“待操作的任务实例”中列出决定所需的数字：本次与
上一份行数、消失的行政村、文件名注明的数量。放行（Approve）计入当月并自动重建，退回（Reject）不计入；均须写明理由，决定人与理由留存。
任何载入与月度构建都不等待该决定。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import (
    DAG,
    IdentityMapper,
    Param,
    PartitionedAssetTimetable,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

from hearth.orchestration.approving import LONGEST_REASON, REASON, HeldDeliveryApproval
from hearth.orchestration.dag_parts import DEFAULT_ARGS, DELIVERY_HELD, MONTH_READY, tags, tell

# Airflow checks the value that the form begins with, too: that an answer is not empty is for the task to see.
WHY = Param(
    "",
    type="string",
    maxLength=LONGEST_REASON,
    title="Reason 理由",
    description="Why; kept with the decision. No names of persons · 处理理由，随决定留存，请勿填写个人姓名",
)

with DAG(
    dag_id="held_deliveries",
    dag_display_name="Held deliveries · 暂扣交付",
    description="A person decides whether a held delivery counts · 暂扣交付由人工决定放行或退回",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=DELIVERY_HELD, default_partition_mapper=IdentityMapper()),
    catchup=False,
    max_active_runs=500,
    default_args=DEFAULT_ARGS,
    tags=tags("decisions", layer="raw", owner="hearth"),
):

    @task(task_display_name="Carry out · 执行决定", pool="load")
    def carry_out(partition_key: str, answer: dict[str, Any], ti: Any) -> None:
        """Release or reject the delivery as was answered; who and why are kept.

        按答复放行或退回，记录决定人与理由。
        """
        from hearth.orchestration.steps import carry_out_decision

        person = answer["responded_by_user"] or {}
        told = carry_out_decision(
            int(partition_key),
            option=answer["chosen_options"][0],
            decided_by=str(person.get("name") or person.get("id") or "Airflow"),
            reason=str(answer["params_input"][REASON]).strip(),
        )
        tell(told, ti)

    @task(task_display_name="Announce months · 通知构建", outlets=[MONTH_READY])
    def announce(partition_key: str, outlet_events: Any, ti: Any) -> list[str]:
        """Start the builds of the months that the decision made due; skipped when there is none.

        启动因此需要重建的月份；没有则跳过。
        """
        from hearth.orchestration.steps import announce_decided

        ready = announce_decided(int(partition_key))
        if not ready:
            # Without a key of its own an event would carry the run's: the delivery's number in place of a month.
            raise AirflowSkipException("No month is to be built · 没有待构建的月份")
        outlet_events[MONTH_READY].add_partitions(ready)
        tell("\n\n".join(f"**{month}** is to be built 开始构建" for month in ready), ti)
        return ready

    decide = HeldDeliveryApproval(
        task_id="decide",
        task_display_name="Decide · 人工决定",
        doc_md="Waits for a person: approve or reject, with a reason.\n\n等待人工决定：放行或退回，并写明理由。",
        subject="Held delivery · 暂扣交付",
        params={REASON: WHY},
    )
    answer: Any = decide.output
    carry_out(answer=answer) >> announce()
