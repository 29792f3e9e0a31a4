"""Keeps the logs of Airflow from filling the disk.

rotate

Every night: a service's log that has grown beyond 10 MB is put aside, five of them are kept; logs of tasks older than
60 days are deleted. What became of files and months stays in the warehouse (`ops`), whatever is deleted here.

**When it fails.** The logs' folder cannot be written: the disk is full or belongs to somebody else. Clear the task once
that is mended, or wait for the next night.

每晚整理日志：服务日志超过 10 MB 即归档（保留 5 份），任务日志保留 60 天。交付与月份的记录在数据仓库中，不受影响。
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from hearth.orchestration.dag_parts import DEFAULT_ARGS, every, tags, tell

with DAG(
    dag_id="log_rotation",
    dag_display_name="Log rotation · 日志整理",
    description="Puts large logs aside, deletes old ones · 归档大日志，删除过期日志",
    doc_md=__doc__,
    schedule=every("15 3 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=tags("upkeep", layer="ops", owner="hearth"),
):

    @task(task_display_name="Rotate logs · 整理日志")
    def rotate(ti: Any) -> None:
        """Put large logs aside and delete old ones.

        归档大日志，删除过期日志。
        """
        from hearth.orchestration.steps import rotate_logs

        tell(rotate_logs(), ti)

    rotate()
