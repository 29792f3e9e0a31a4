"""What stands in `intermediate`: the build whose tables they are, and what it rested on.

The tables of a published build stand until another build begins. One that is of the same month, with the same
parameters, kinds of file and models, may renew them where its deliveries touched them (`hearth.building.touched`);
every other build, and one that follows upon a build that was cut off, makes them anew.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from hearth.building.dbt import project_digest
from hearth.building.months import first_day, inputs_of
from hearth.building.parameters import current_parameters
from hearth.settings import PROJECT_ROOT

Input = tuple[str, str, str, int, bool | int | None]
"""Source, extract, part, delivery, and what it is to the month: whether it is stale where it counts for the month
itself, or how many months back it counts."""

ALLOWANCES_BACK = """
    select source, extract, part, delivery_id, back
    from generate_series(1, 2) as back
    cross join lateral ops.counting_deliveries((%(month)s - make_interval(months => back))::date)
    where source = 'civil_affairs' and extract = 'allowances'
"""
DECISIONS = """
    select coalesce(array_agg(decision_id order by decision_id), '{}')
    from restricted.queue_decisions
    where revoked_at is null
"""
AS_NOTED = """
    select
        noted.inputs, noted.decisions,
        exists (
            select
            from restricted.queue_decisions as decisions
            where greatest(decisions.decided_at, decisions.revoked_at) >= builds.started_at
        )
    from intermediate.standing_builds as noted
    inner join ops.builds using (build_id)
    where noted.build_id = %s
"""

STANDING = """
    select build_id
    from intermediate.standing_builds
    where is_standing and month = %s and rests_on = %s
"""


@dataclass(frozen=True)
class Standing:
    """What a build rests on: its deliveries and the decisions in force."""

    build_id: int
    inputs: frozenset[Input]
    decisions: frozenset[int]

    @property
    def deliveries(self) -> frozenset[tuple[str, str, int]]:
        """Source, extract and number of each delivery."""
        return frozenset((source, extract, delivery) for source, extract, _, delivery, _ in self.inputs)


def order(connection: psycopg.Connection[Any], build_id: int, month: str, *, force: bool) -> None:
    """Note what the build that is opened rests on, and which standing build it renews; by force none."""
    cut_off = connection.execute(
        "delete from intermediate.standing_builds where not is_standing returning has_begun"
    ).fetchall()
    rests_on = _rests_on(connection)
    found = None
    if not force and (True,) not in cut_off:
        found = connection.execute(STANDING, (first_day(month), rests_on)).fetchone()
    if found is None:
        connection.execute("delete from intermediate.standing_builds")
    connection.execute(
        """
        insert into intermediate.standing_builds (build_id, month, rests_on, inputs, decisions, renews)
        values (%s, %s, %s, %s, %s, %s)
        """,
        (
            build_id, first_day(month), rests_on, json.dumps(_inputs(connection, month)), _decisions(connection),
            found and found[0],
        ),
    )  # fmt: skip


def begin(connection: psycopg.Connection[Any], build_id: int) -> tuple[Standing, Standing] | None:
    """Write down that the build changes the tables from now on.

    Returns:
        What the standing build rests on and what this one does, where this one is to renew the other's tables; nothing
        where it is to build all, as it is where it had begun before and did not come to an end.
    """
    begun = connection.execute(
        "update intermediate.standing_builds set has_begun = true where build_id = %s"
        " and renews is not null and not has_begun returning renews",
        (build_id,),
    ).fetchone()
    if begun is None:
        build_all(connection, build_id)
        return None
    return renewing(connection, build_id)


def renewing(connection: psycopg.Connection[Any], build_id: int) -> tuple[Standing, Standing] | None:
    """The same of a build that has begun and goes on."""
    found = connection.execute(
        "select renews from intermediate.standing_builds where build_id = %s and renews is not null", (build_id,)
    ).fetchone()
    return None if found is None else (_standing(connection, found[0]), _standing(connection, build_id))


def build_all(connection: psycopg.Connection[Any], build_id: int) -> None:
    """The build renews nothing: its tables are made anew."""
    connection.execute("delete from intermediate.standing_builds where build_id <> %s", (build_id,))
    connection.execute(
        "update intermediate.standing_builds set renews = null, has_begun = true where build_id = %s", (build_id,)
    )
    connection.execute("update ops.builds set touched_households = null where build_id = %s", (build_id,))


def is_as_noted(connection: psycopg.Connection[Any], build_id: int, month: str) -> bool:
    """Whether no file that counts has come, and nothing been decided, since the build was opened: models may have read
    what came, and what it rests on is not known any more."""
    found = connection.execute(AS_NOTED, (build_id,)).fetchone()
    if found is None:
        return False
    inputs, decisions, is_decided_since = found
    now = json.loads(json.dumps(_inputs(connection, month)))
    return bool(inputs == now and decisions == _decisions(connection) and not is_decided_since)


def leave(connection: psycopg.Connection[Any], build_id: int, month: str) -> None:
    """The build is published: its tables stand, if it is known what they rest on."""
    if not is_as_noted(connection, build_id, month):
        connection.execute("delete from intermediate.standing_builds")
        return
    connection.execute("delete from intermediate.standing_builds where build_id <> %s", (build_id,))
    connection.execute(
        "update intermediate.standing_builds set is_standing = true, renews = null where build_id = %s", (build_id,)
    )


def _inputs(connection: psycopg.Connection[Any], month: str) -> list[tuple[Any, ...]]:
    back = connection.execute(ALLOWANCES_BACK, {"month": first_day(month)}).fetchall()
    return sorted(map(tuple, [*inputs_of(connection, month), *back]), key=str)


def _decisions(connection: psycopg.Connection[Any]) -> list[int]:
    found = connection.execute(DECISIONS).fetchone()
    return list(found[0]) if found else []


def _rests_on(connection: psycopg.Connection[Any]) -> str:
    """Parameters with their sources, the kinds of file, the models, the functions they call, and these rules."""
    extracts = connection.execute("select extracts::text from ops.extracts order by 1").fetchall()
    files = sorted([*(PROJECT_ROOT / "sql").glob("*.sql"), *Path(__file__).parent.glob("*.py")])
    code = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    grounds = [project_digest(), code, extracts, current_parameters(connection)]
    return hashlib.sha256(json.dumps(grounds, default=str).encode()).hexdigest()


def _standing(connection: psycopg.Connection[Any], build_id: int) -> Standing:
    inputs, decisions = connection.execute(
        "select inputs, decisions from intermediate.standing_builds where build_id = %s", (build_id,)
    ).fetchone() or ([], [])
    return Standing(build_id, frozenset(tuple(one) for one in inputs), frozenset(decisions))
