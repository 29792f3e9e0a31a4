"""Takes in what one department has delivered.

load → not_accepted (one for each file that needs somebody), announce

`load` reads every file of the department's landing folder that is not registered yet, month by month. Each file
ends as accepted, rejected, held, duplicate or unrecognised in `ops.deliveries`; a bad file stops neither the other
files nor the other departments. For each file that somebody has to look at there is a `not_accepted`, named by the
file's number, month and kind: **red while it needs somebody**, its log says what is wrong and whom to tell. `announce`
records the department's answer for each month and starts `household_build` for every month that is ready, and again
for the months a correction touches, and `held_deliveries` for every file that waits for a person's decision.

The run's note has the counts by month, and which months still wait for which departments.

**When it fails.** `load` fails only when the warehouse or the landing folder cannot be reached: its log names what
is missing; clear the task once that is mended. A red `not_accepted` leaves the run green: open its log, do what it
says, then clear it, and it turns green once the file was replaced or decided on. `hearth deliveries list --status
rejected` lists them all. Running the flow again changes nothing.

本流程接收一个部门报送的文件：载入、列出未接收的文件、通知月度构建。红色的“未接收文件”任务表示该文件需要人工处理，
日志中写明原因与处理办法；处理后清除该任务即可复核。运行备注按月列出接收情况和仍在等待的部门。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowSkipException

from hearth.contracts.model import Source
from hearth.orchestration.dag_parts import (
    DEFAULT_ARGS,
    DELIVERY_HELD,
    MONTH_READY,
    department_asset,
    departments,
    every,
    tags,
    tell,
)

MONTH = {"type": "string", "pattern": "^[0-9]{6}$"}
PARAMS = {
    "months": Param(
        [],
        type="array",
        items=MONTH,
        title="Months 月份",
        description="Data months to look at (YYYYMM); all when empty · 只看这些月份",
    ),
    "complete": Param(
        [],
        type="array",
        items=MONTH,
        title="Complete months 已报齐月份",
        description="Months for which silence means that nothing will come · 不再等待本部门的月份",
    ),
}
NOT_ACCEPTED = """Red while the file needs somebody: the log says what is wrong with it, and what to do.

Clear it when that was done: it turns green once another file came in its place, or a person has decided.

红色表示该文件需要人工处理，日志写明原因与办法；处理后清除本任务，即重新核对。
"""


@task(task_display_name="Load files · 载入文件", pool="load", show_return_value_in_logs=False)
def load(source: str, params: dict[str, Any], dag_run: Any, ti: Any) -> list[dict[str, Any]]:
    """Load the department's new files; gives the files that need somebody.

    读取本部门的新文件；返回需要人工处理的文件。
    """
    from hearth.orchestration.steps import load_department

    story = load_department(source, since=dag_run.start_date, months=params["months"])
    tell(story.note, ti)
    return list(story.not_accepted)


@task(
    task_display_name="Not accepted · 未接收文件",
    map_index_template="{{ task.op_kwargs['delivery']['label'] }}",
    doc_md=NOT_ACCEPTED,
    retries=0,
)
def not_accepted(delivery: dict[str, Any], ti: Any) -> None:
    """Fail while the file needs somebody."""
    from hearth.orchestration.steps import tell_of_delivery

    story = tell_of_delivery(delivery["delivery_id"])
    tell(story.text, ti)
    if not story.is_settled:
        raise SystemExit(1)  # an exception's traceback would hide what there is to do


@task(task_display_name="Announce months · 通知构建", show_return_value_in_logs=False)
def announce(source: str, params: dict[str, Any], outlet_events: Any, dag_run: Any, ti: Any) -> list[str]:
    """Record the department's answers and start the builds of the months that are ready; skipped without news.

    记录本部门的答复，启动已齐备月份的构建；没有新情况时跳过。
    """
    from hearth.orchestration.steps import announce_department, held_to_ask, tell_of_delivered, tell_of_waiting

    ready = announce_department(source, complete=params["complete"])
    if ready:
        outlet_events[MONTH_READY].add_partitions(ready)
    delivered = tell_of_delivered(source, since=dag_run.start_date)
    if delivered:
        outlet_events[department_asset(source)].add_partitions(delivered)
    held = held_to_ask(source)
    if held:
        outlet_events[DELIVERY_HELD].add_partitions(held)
    lines = [f"**{month}** is to be built 开始构建" for month in ready]
    tell("\n\n".join([*lines, tell_of_waiting()]).strip() or "No month is to be built 没有待构建的月份", ti)
    if not (ready or delivered or held):
        # A task that succeeds gives an event of each of its assets, also of those that nothing happened to.
        raise AirflowSkipException("Nothing new · 没有新情况")
    return ready


def department_dag(source: Source, minute: int) -> DAG:
    """The flow of one department, every quarter of an hour from `minute` on."""
    with DAG(
        dag_id=f"{source.name}_load",
        dag_display_name=f"Load {source.name} · {source.title}报送接收",
        description=f"{source.label}: new files to accepted deliveries · {source.title}：从新文件到已接收交付",
        doc_md=__doc__,
        schedule=every(f"{minute}-59/15 * * * *"),
        catchup=False,
        max_active_runs=1,
        params=PARAMS,
        default_args=DEFAULT_ARGS,
        tags=tags("load", layer="raw", owner=source.title, source=source.name),
    ) as dag:
        loaded = load(source.name)
        # Teardowns also follow a load that failed, and leave the run's verdict to the load: a file that the sender
        # has to mend is no failure of ours.
        not_accepted.expand(delivery=loaded).as_teardown()
        outlets = [department_asset(source.name), MONTH_READY, DELIVERY_HELD]
        # Builds wait for it, and for no `not_accepted`: it has the next slot that is free.
        answered = announce.override(outlets=outlets, priority_weight=2)(source.name).as_teardown()
        loaded >> answered
    return dag


for place, department in enumerate(departments()):
    # Two minutes apart: all at once would only wait for one another.
    globals()[f"{department.name}_load"] = department_dag(department, minute=2 * place)
