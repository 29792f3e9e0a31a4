"""How long the steps of a load or a build take, kept in `ops.steps`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import psycopg


@dataclass(frozen=True)
class Step:
    """One step that has ended, or is about to."""

    name: str
    started_at: datetime
    seconds: float


@dataclass
class Stopwatch:
    """Takes the time of steps. They may overlap, each in a thread of its own; those of one name may not."""

    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, also one that fails; the same step again adds to it."""
        started_at, began = datetime.now(UTC), time.monotonic()
        try:
            yield
        finally:
            self.add(name, started_at, time.monotonic() - began)

    def add(self, name: str, started_at: datetime, seconds: float) -> None:
        """Add to a step, or begin with it."""
        known = next((n for n, step in enumerate(self.steps) if step.name == name), None)
        if known is None:
            self.steps.append(Step(name, started_at, seconds))
        else:
            self.steps[known] = replace(self.steps[known], seconds=self.steps[known].seconds + seconds)


def write_steps(
    connection: psycopg.Connection[Any],
    steps: list[Step],
    *,
    delivery_id: int | None = None,
    build_id: int | None = None,
) -> None:
    """Keep the steps of a delivery's load or of a month's build, within the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.steps (delivery_id, build_id, step, started_at, seconds) values (%s, %s, %s, %s, %s)",
            [(delivery_id, build_id, step.name, step.started_at, round(step.seconds, 3)) for step in steps],
        )
