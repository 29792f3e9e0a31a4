"""Takes in what one department has delivered.

load → announce

`load` reads every file of the department's landing folder that is not registered yet, month by month. Each file
ends as accepted, rejected, held, duplicate or unrecognised in `ops.deliveries`; a bad file stops neither the other
files nor the other departments. `announce` records the department's answer for each month and starts
`household_build` for every month that is ready, and again for the months a correction touches.

**When it fails.** `load` fails only when the warehouse or the landing folder cannot be reached: its log names what
is missing; clear the task once that is mended. A file that was not accepted is no failure of this flow:
`hearth deliveries list --status rejected` says what to tell the sender. Running it again changes nothing.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from hearth.contracts.model import Source
from hearth.orchestration.dag_parts import DEFAULT_ARGS, MONTH_READY, department_asset, departments, every

PARAMS = {
    "months": Param([], type="array", description="Data months to look at (YYYYMM); all when empty"),
    "complete": Param([], type="array", description="Months for which silence means that nothing will come"),
}


@task
def load(source: str, params: dict[str, Any]) -> dict[str, int]:
    """Load the department's new files; gives how many files ended in which status."""
    from hearth.orchestration.steps import load_department

    return load_department(source, months=params["months"])


@task
def announce(source: str, params: dict[str, Any], outlet_events: Any) -> list[str]:
    """Record the department's answers and start the builds of the months that are ready."""
    from hearth.orchestration.steps import announce_department

    ready = announce_department(source, complete=params["complete"])
    if ready:
        outlet_events[MONTH_READY].add_partitions(ready)
    return ready


def department_dag(source: Source, minute: int) -> DAG:
    """The flow of one department, every quarter of an hour from `minute` on."""
    with DAG(
        dag_id=f"{source.name}_load",
        dag_display_name=f"{source.title} {source.name}_load",
        description=f"{source.label}: new files to accepted deliveries",
        doc_md=__doc__,
        schedule=every(f"{minute}-59/15 * * * *"),
        catchup=False,
        max_active_runs=1,
        params=PARAMS,
        default_args=DEFAULT_ARGS,
        tags=["load", source.name],
    ) as dag:
        loaded = load(source.name)
        # A teardown also follows a load that failed, and leaves the run's verdict to the load.
        answered = announce.override(outlets=[department_asset(source.name), MONTH_READY])(source.name).as_teardown()
        loaded >> answered
    return dag


for place, department in enumerate(departments()):
    # Two minutes apart: all at once would only wait for one another.
    globals()[f"{department.name}_load"] = department_dag(department, minute=2 * place)
