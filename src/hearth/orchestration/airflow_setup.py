"""Brings Airflow's database up to date: tables, DAGs, pools. Run as a process of its own, with Airflow's environment.

One process for all of it, because importing Airflow takes longer than any of the steps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

POOLS = {
    "build": (1, "Builds share the schemas of the month being built"),
    "load": (3, "Departments written into the warehouse at once, releases and reloads among them"),
}
"""How many tasks of a kind may write at once, on whichever machine; `airflow_setup pools` makes them anywhere."""


def main(arguments: Sequence[str] = ()) -> None:
    """Migrate the tables, take in the DAGs as they are now, make the pools; with `pools`, the pools alone."""
    if list(arguments) == ["pools"]:
        make_pools()
        return
    from airflow.__main__ import main as airflow

    started = datetime.now(UTC)
    for command in (["db", "migrate"], ["dags", "reserialize"]):
        _called(airflow, command)
    make_pools()
    _retire_dags_not_seen_since(started)


def make_pools() -> None:
    """Make the pools, or bring them to these sizes."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        for name, (slots, why) in POOLS.items():
            Pool.create_or_update_pool(name, slots, why, include_deferred=False, session=session)
            print(f"pool {name}: {slots}")


def _called(airflow: Callable[[], None], command: list[str]) -> None:
    sys.argv = ["airflow", *command]
    airflow()


def _retire_dags_not_seen_since(moment: datetime) -> None:
    """The flow of a source that the county switched off is scheduled no longer; reserialising takes it in again."""
    from airflow.models import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(DagModel).where(DagModel.last_parsed_time < moment).values(is_stale=True))


if __name__ == "__main__":
    main(sys.argv[1:])
