"""Brings Airflow's database up to date: tables, DAGs, pools. Run as a process of its own, with Airflow's environment.

One process for all of it, because importing Airflow takes longer than any of the steps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

POOLS = {"build": (1, "Builds share the schemas of the month being built")}


def main() -> None:
    """Migrate the tables, take in the DAGs as they are now, make the pools."""
    from airflow.__main__ import main as airflow

    for command in (["db", "migrate"], ["dags", "reserialize"], *_pool_commands()):
        _called(airflow, command)


def _pool_commands() -> list[list[str]]:
    return [["pools", "set", name, str(slots), why] for name, (slots, why) in POOLS.items()]


def _called(airflow: Callable[[], None], command: list[str]) -> None:
    sys.argv = ["airflow", *command]
    airflow()


if __name__ == "__main__":
    main()
