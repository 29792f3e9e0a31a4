"""What stands in `intermediate`: the build whose tables they are, and what it rested on.

The tables of a published build stand until another build begins. One that is of the same month, with the same
parameters, kinds of file and models, may renew them where its deliveries touched them (`hearth.building.touched`);
every other build, and one that follows upon a build that was cut off, makes them anew.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import psycopg

from hearth.building.dbt import project_digest
from hearth.building.months import NOW, PARAMETERS, first_day, inputs_of

Input = tuple[str, str, str, int, bool | None]
"""Source, extract, part, delivery, and whether it is stale where it counts for the month itself."""

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
        select
            %s, %s, %s, %s,
            coalesce((select array_agg(decision_id) from restricted.queue_decisions where revoked_at is null), '{}'),
            %s
        """,
        (build_id, first_day(month), rests_on, json.dumps(inputs_of(connection, month)), found and found[0]),
    )


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
    return _standing(connection, begun[0]), _standing(connection, build_id)


def build_all(connection: psycopg.Connection[Any], build_id: int) -> None:
    """The build renews nothing: its tables are made anew."""
    connection.execute("delete from intermediate.standing_builds where build_id <> %s", (build_id,))
    connection.execute(
        "update intermediate.standing_builds set renews = null, has_begun = true where build_id = %s", (build_id,)
    )
    connection.execute("update ops.builds set touched_households = null where build_id = %s", (build_id,))


def renews(connection: psycopg.Connection[Any], build_id: int) -> bool:
    """Whether the build, having begun, goes on renewing another's tables."""
    return connection.execute(
        "select exists (select from intermediate.standing_builds where build_id = %s and renews is not null)",
        (build_id,),
    ).fetchone() == (True,)


def leave(connection: psycopg.Connection[Any], build_id: int) -> None:
    """The build is published: its tables stand."""
    connection.execute("delete from intermediate.standing_builds where build_id <> %s", (build_id,))
    connection.execute(
        "update intermediate.standing_builds set is_standing = true, renews = null where build_id = %s", (build_id,)
    )


def _rests_on(connection: psycopg.Connection[Any]) -> str:
    extracts = connection.execute("select extracts::text from ops.extracts order by 1").fetchall()
    parameters = connection.execute(PARAMETERS, {"moment": NOW}).fetchall()
    return hashlib.sha256(json.dumps([project_digest(), extracts, parameters]).encode()).hexdigest()


def _standing(connection: psycopg.Connection[Any], build_id: int) -> Standing:
    inputs, decisions = connection.execute(
        "select inputs, decisions from intermediate.standing_builds where build_id = %s", (build_id,)
    ).fetchone() or ([], [])
    return Standing(build_id, frozenset(tuple(one) for one in inputs), frozenset(decisions))
