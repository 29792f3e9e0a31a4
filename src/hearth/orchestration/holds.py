"""Held deliveries on Airflow's page: which are to be asked about, what is asked, and carrying the answer out.

Each held delivery is announced once, by the load of its source; what was announced and never asked (Airflow was stopped
in between) is announced again. A decision on either side closes the other: `carry_out` looks whether somebody was
quicker, and `airflow_plugins/settled_approvals.py` answers the questions that the command line has settled.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.loading.decisions import Decision, decisions_on, reject, release
from hearth.loading.held import held_delivery
from hearth.reporting.held import figures
from hearth.settings import Settings

FLOW = "held_deliveries"
APPROVE, REJECT = "Approve", "Reject"
PATIENCE = timedelta(minutes=30)
"""How long the question may take to appear after its delivery was announced."""


@dataclass(frozen=True)
class Question:
    """What a person is asked: a line for lists, and the figures as Markdown."""

    subject: str
    body: str


def to_ask(settings: Settings, source: str) -> list[str]:
    """The source's held deliveries that nobody was asked about yet; notes that they are announced now."""
    with connect(settings) as connection:
        rows = connection.execute(
            """
            insert into ops.instance_facts (name, value)
            select 'held ' || delivery_id, 'announced' from ops.deliveries where source = %(source)s and status = 'held'
            on conflict (name) do update set set_at = now()
            where instance_facts.value = 'announced' and instance_facts.set_at < now() - %(patience)s
            returning split_part(name, ' ', 2)
            """,
            {"source": source, "patience": PATIENCE},
        ).fetchall()
    return sorted((number for (number,) in rows), key=int)


def question(settings: Settings, delivery_id: int) -> Question | None:
    """What to ask about the delivery; None when it waits for nobody any more. Notes that it was asked."""
    held = held_delivery(settings, delivery_id)
    with connect(settings) as connection:
        connection.execute(
            "insert into ops.instance_facts (name, value) values (%s, 'asked')"
            " on conflict (name) do update set value = 'asked', set_at = now()",
            (f"held {delivery_id}",),
        )
    if not held.is_held or superseded(settings, [delivery_id]):
        return None
    lines = [f"- {words.zh}\n- {words.en}" for words in figures(held) if words.en]
    what = " · ".join(part for part in (held.month, held.title, held.part) if part)
    return Question(f"no. {delivery_id} · {what}", "\n".join([f"**{held.file_name}**\n", *lines, "\n" + _CHOICE]))


_CHOICE = """\
**Approve 放行**: its rows count, and the month is built again. **Reject 退回**: it never counts, its rows are removed;
ask the department for another file. Say why, without anybody's name. The month does not wait for your answer: until
then it rests on the last accepted list.

请选择并写明理由（不要写个人姓名等信息）。放行：计入当月并自动重建；退回：不计入，请部门重新报送。当月构建不等待本决定。"""


def carry_out(settings: Settings, delivery_id: int, *, option: str, decided_by: str, reason: str) -> str:
    """Do what was answered, unless somebody has decided before; gives what became of the delivery, in both languages.

    Raises:
        UsageError: there is no such delivery, or it waits for something else.
        Busy: a load of its source is at work and does not finish.
    """
    earlier = settled(settings, [delivery_id]).get(delivery_id)
    if earlier is None:
        decide = release if option == APPROVE else reject
        try:
            decide(settings, delivery_id, decided_by=decided_by, reason=reason)
        except UsageError:
            if (earlier := settled(settings, [delivery_id]).get(delivery_id)) is None:
                raise
    made = earlier or settled(settings, [delivery_id])[delivery_id]
    before = "" if earlier is None else " before 此前已决定"
    return f"no. {delivery_id} {made.decision} {made.decision_zh} · {made.decided_by}{before}: {made.reason}"


def source_of(settings: Settings, delivery_id: int) -> str:
    """Whose delivery it is.

    Raises:
        UsageError: there is no such delivery.
    """
    return held_delivery(settings, delivery_id).source


def settled(settings: Settings, delivery_ids: Collection[int]) -> dict[int, Decision]:
    """The decisions made on these deliveries so far."""
    with connect(settings) as connection:
        return decisions_on(connection, delivery_ids)


def superseded(settings: Settings, delivery_ids: Collection[int]) -> dict[int, int]:
    """Of these those that another delivery, accepted later for the same part and month, has replaced: by which."""
    with connect(settings) as connection:
        return dict(
            connection.execute(
                """
                select held.delivery_id, min(later.delivery_id)
                from ops.deliveries as held
                inner join ops.deliveries as later using (source, extract, part, month)
                where held.delivery_id = any(%s) and held.status = 'held'
                    and later.status = 'accepted' and later.delivery_id > held.delivery_id
                    and not later.is_addition
                group by 1
                """,
                (list(delivery_ids),),
            ).fetchall()
        )
