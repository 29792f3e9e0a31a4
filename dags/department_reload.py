"""Reads a department's files of some months anew, because somebody says why.

reload → announce

Files that lie in the landing folder and were accepted or rejected before are read again with the contracts as they are
now: after a county's file got another alias or tolerance, or after a slice was damaged. The new reading takes the place
of the earlier one, which stays in `ops.deliveries` and counts no more; files that wait for a person are left to them.
`announce` starts the builds of the months that this changes. The reason stands in `ops.run_history`.

**When it fails.** The warehouse or the landing folder was out of reach: clear the task once it is back, and the files
are read from the first on. A wrong source or month is refused before anything is read.

按人工要求重新读取某部门若干月份的文件（例如本县配置修改之后），须写明理由。新读取结果替代原结果，原结果仍可追溯；
等待人工决定的文件不受影响。受影响的月份自动重建，理由记入 `ops.run_history`。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from hearth.orchestration.dag_parts import DEFAULT_ARGS, MONTH_READY, departments, tags, tell

NAMES = [source.name for source in departments()]
MONTH = {"type": "string", "pattern": "^20[0-9]{2}(0[1-9]|1[0-2])$"}
PARAMS = {
    "source": Param(
        NAMES[0],
        type="string",
        enum=NAMES,
        title="Department 部门",
        description="Whose files are read again · 重新读取哪个部门的文件",
    ),
    "months": Param(
        [],
        type="array",
        items=MONTH,
        minItems=1,
        title="Months 月份",
        description="Data months (YYYYMM) · 数据月份",
    ),
    "reason": Param(
        "",
        type="string",
        pattern=r"\S",
        maxLength=500,
        title="Reason 理由",
        description="Why; kept in ops.run_history. No names of persons · 重新载入的理由，请勿填写个人姓名",
    ),
}

with DAG(
    dag_id="department_reload",
    dag_display_name="Reload department · 部门重新载入",
    description="Reads files of a department and some months anew · 重新读取某部门若干月份的文件",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args=DEFAULT_ARGS,
    tags=tags("load", layer="raw", owner="hearth"),
):

    @task(task_id="reload", task_display_name="Read again · 重新读取", pool="load", show_return_value_in_logs=False)
    def read_again(params: dict[str, Any], dag_run: Any, ti: Any) -> None:
        """Read the files anew; the note counts them by what became of them.

        重新读取文件，备注按结果计数。
        """
        from hearth.orchestration.steps import reload_department

        story = reload_department(params["source"], dag_run.start_date, params["months"], params["reason"])
        tell(f"{story.note}\n\n{params['reason']}", ti)

    @task(task_display_name="Announce months · 通知构建", outlets=[MONTH_READY], show_return_value_in_logs=False)
    def announce(params: dict[str, Any], outlet_events: Any, ti: Any) -> list[str]:
        """Start the builds of the months that have changed; also after a reload that broke off.

        启动受影响月份的构建；重新读取中断时也执行。
        """
        from hearth.orchestration.steps import announce_department

        ready = announce_department(params["source"])
        if ready:
            outlet_events[MONTH_READY].add_partitions(ready)
        tell(
            "\n\n".join(f"**{month}** is to be built 开始构建" for month in ready)
            or "No month is to be built 没有待构建的月份",
            ti,
        )
        return ready

    read_again() >> announce().as_teardown()
