"""The executor of an instance: Airflow's own, which also remembers that a resumed task is at work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.executors.local_executor import LocalExecutor

if TYPE_CHECKING:
    from airflow.executors.workloads import ExecutorWorkload
    from airflow.models.taskinstance import TaskInstance


class ResumingLocalExecutor(LocalExecutor):
    """Runs tasks as processes of this machine; what waited for a person may go on at once.

    A task that waits for an answer and its continuation are two processes under one key. When the answer comes before
    the scheduler has noticed the end of the first, Airflow 3.3 takes that end for the continuation's: it fails a task
    that runs, tries it again, and the new try puts the question anew and drops the answer (apache/airflow#72716).
    The scheduler asks `has_task` before it does so; this executor can answer, because it counts what it was given.
    """

    def start(self) -> None:
        """Begin with nothing at work."""
        self._at_work: Counter[Any] = Counter()
        super().start()

    def has_task(self, task_instance: TaskInstance) -> bool:
        """Whether a process for the task is queued, or at work."""
        return super().has_task(task_instance) or self._at_work[task_instance.key] > 0

    def change_state(self, key: Any, state: Any, info: Any = None, remove_running: bool = True) -> None:
        """Take in what a process reports of itself; each reports its end once."""
        if remove_running and self._at_work[key] > 0:
            self._at_work[key] -= 1
        super().change_state(key, state, info, remove_running)

    def _process_workloads(self, workload_list: Sequence[ExecutorWorkload]) -> None:
        self._at_work.update(workload.key for workload in workload_list)
        super()._process_workloads(workload_list)
