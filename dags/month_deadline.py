"""Lets months go on without the departments that stayed silent.

announce → notify

Every morning, the months whose deadline has passed are answered for the departments that delivered nothing, and
`household_build` starts for those that became ready: with the last accepted snapshot of the missing departments,
or with their rules unknown where that is too old.

`notify` tells people by e-mail or webhook, where the county's file says so under `[notify]`: which department, which
month, how many days late; once, and again every week.

**When it fails.** `announce`: the warehouse could not be reached; clear the task once it can. Nothing is lost, the next
morning looks at the same months again. `notify`: the mail server or the webhook refused, its log says which; the run
stays green, and the next morning tries again. The day of the month is `HEARTH_DEADLINE_DAY`, or the department's under
`[deadlines]` in the county's file.

每天清晨检查已过截止日的月份：对没有报送的部门记为“逾期”，不再等待，启动已齐备月份的构建。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from hearth.orchestration.dag_parts import DEFAULT_ARGS, MONTH_READY, every, tags, tell

with DAG(
    dag_id="month_deadline",
    dag_display_name="Month deadline · 月度截止",
    description="Months whose deadline has passed go on without the missing departments · 逾期月份不再等待",
    doc_md=__doc__,
    schedule=every("30 6 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=tags("months", layer="ops", owner="hearth"),
):

    @task(task_display_name="Announce late months · 通知逾期月份", outlets=[MONTH_READY])
    def announce(outlet_events: Any, ti: Any) -> list[str]:
        """Answer for the silent departments and start the builds of the months that became ready.

        对逾期未报的部门作出答复，启动已齐备月份的构建。
        """
        from hearth.orchestration.steps import announce_deadlines, tell_of_waiting

        ready = announce_deadlines()
        if ready:
            outlet_events[MONTH_READY].add_partitions(ready)
        lines = [f"**{month}** goes on without the silent departments 不再等待" for month in ready]
        tell(
            "\n\n".join([*lines, tell_of_waiting()]).strip()
            or "No month becomes ready by its deadline 没有月份因截止而启动",
            ti,
        )
        return ready

    @task(task_display_name="Notify · 通知人员", show_return_value_in_logs=False)
    def notify(ti: Any) -> None:
        """Tell people which departments are late; a server that refuses fails this task and nothing else.

        将逾期部门通知有关人员；通知失败不影响月度构建。
        """
        from hearth.orchestration.steps import notify_of_late

        told = notify_of_late()
        tell("\n\n".join(told) or "Nobody was told of anything · 未发出通知", ti)

    announce() >> notify().as_teardown()
