"""The queue as a caseworker sees it: what waits, a look at one record, a decision, its revocation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from hearth.database.engine import connect
from hearth.errors import NotAllowed, UsageError
from hearth.language import said
from hearth.settings import Settings

ROLE = "caseworker"
DECISIONS = ("person", "nobody", "elsewhere")
STATES = ("open", "lapsed", "decided")
Row = dict[str, Any]
Connection = psycopg.Connection[Row]

ASSIGNED = """
    select exists (
        select
        from restricted.caseworker_divisions
        inner join pg_roles on pg_roles.rolname = caseworker_divisions.role_name
        where pg_has_role(%s, pg_roles.oid, 'member')
    )
"""
LISTED = """
    select * from restricted.queue
    where (%(state)s::text is null or state = %(state)s)
        and (%(source)s::text is null or source = %(source)s)
        and (%(month)s::text is null or month = %(month)s)
    order by state = 'decided', month desc, source, extract, queue_id
"""


def listed(
    settings: Settings, *, state: str | None = None, source: str | None = None, month: str | None = None
) -> list[Row]:
    """The records in doubt of the caseworker's divisions: rows of `restricted.queue`, without personal data.

    Raises:
        NotAllowed: no division is assigned to the caseworker.
    """
    require_divisions(settings)
    with connect(settings, ROLE, row_factory=dict_row) as connection:
        return connection.execute(LISTED, {"state": state, "source": source, "month": month}).fetchall()


def require_divisions(settings: Settings) -> None:
    """Refuse to say that nothing waits where nothing may be seen."""
    with connect(settings) as connection:
        if connection.execute(ASSIGNED, (ROLE,)).fetchone() == (True,):
            return
    statement = f"insert into restricted.caseworker_divisions values ('{ROLE}', '00')"  # noqa: S608 is shown, not run
    raise NotAllowed(
        said(
            f"No division is assigned to the role {ROLE}, so it sees no record. The owner assigns one, a township by "
            f'its code or 00 for all, with: hearth sql --command "{statement}"',
            f"角色 {ROLE} 没有授权区划，看不到任何记录。由管理员授权（乡镇代码，或 00 为全部）："
            f'hearth sql --command "{statement}"',
        )
    )


def look(settings: Settings, queue_id: int) -> Row:
    """A record in doubt with its rows, candidates and decisions. The look is written down.

    Raises:
        NotAllowed: there is no such record in the divisions assigned to the caseworker, or there are none.
    """
    try:
        with connect(settings, ROLE, row_factory=dict_row) as connection:
            return looked_at(connection, queue_id)
    except NotAllowed:
        require_divisions(settings)
        raise


def looked_at(connection: Connection, queue_id: int) -> Row:
    """As `look`, within the caller's transaction."""
    found = connection.execute("select restricted.look_at_queue(%s) as item", (queue_id,)).fetchone()
    if found is None or found["item"] is None:
        raise _not_there(queue_id)
    item: Row = found["item"]
    return item


def decide(
    settings: Settings, queue_id: int, decision: str, *, candidate: str | None, decided_by: str, reason: str
) -> Row:
    """Keep a decision; `candidate` is a candidate's number or anybody's person key, for the decision `person`.

    Gives the record as it was looked at.

    Raises:
        NotAllowed: there is no such record in the caseworker's divisions.
        UsageError: a decision stands already, there is no such candidate or person, or nothing says why.
    """
    with connect(settings, ROLE, row_factory=dict_row) as connection:
        item = looked_at(connection, queue_id)
        person_key = person_meant(item, candidate) if decision == "person" else None
        write_decision(connection, queue_id, decision, person_key, decided_by, reason)
        return item


def write_decision(
    connection: Connection, queue_id: int, decision: str, person_key: str | None, decided_by: str, reason: str
) -> None:
    """Keep a decision within the caller's transaction.

    Raises:
        as `decide`.
    """
    _require_reason(reason)
    with _answering(queue_id):
        connection.execute(
            "select restricted.decide_queued(%s, %s, %s, %s, %s)", (queue_id, decision, person_key, decided_by, reason)
        )


def revoke(settings: Settings, queue_id: int, *, revoked_by: str, reason: str) -> None:
    """Let the record wait again; the decision is kept as revoked.

    Raises:
        NotAllowed: there is no such record in the caseworker's divisions.
        UsageError: no decision on it stands, or nothing says why.
    """
    _require_reason(reason)
    with connect(settings, ROLE, row_factory=dict_row) as connection, _answering(queue_id):
        gone = connection.execute(
            "select restricted.revoke_queued(%s, %s, %s) as decision_id", (queue_id, revoked_by, reason)
        ).fetchone()
    if not gone or gone["decision_id"] is None:
        raise UsageError(said(f"No decision on record {queue_id} stands.", f"第 {queue_id} 号待核记录没有现行核定。"))


def person_meant(item: Row, candidate: str | None) -> str:
    """The person key of a candidate given by number or key.

    Raises:
        UsageError: it is neither.
    """
    candidates = item["candidates"]
    text = (candidate or "").strip()
    by_number = {str(one["place"]): str(one["person_key"]) for one in candidates}
    if text in by_number:
        return by_number[text]
    if len(text) == 32 and text.isalnum():
        return text
    numbers = ", ".join(by_number) or "–"
    raise UsageError(
        said(
            f"There is no such candidate; the candidates of record {item['queue_id']} are {numbers}. Anybody else is "
            "named by the person key of restricted.persons.",
            f"没有这个候选人；第 {item['queue_id']} 号待核记录的候选人序号为 {numbers}。其他人请填人假名。",
        )
    )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError(said("Say why with --reason.", "请用 --reason 写明理由。"))


@contextmanager
def _answering(queue_id: int) -> Iterator[None]:
    """The database's refusals as words; its own might quote a value."""
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise UsageError(
            said(
                f"Record {queue_id} is decided already; `hearth queue revoke {queue_id} --reason …` opens it again.",
                f"第 {queue_id} 号待核记录已有现行核定；可先用 `hearth queue revoke {queue_id} --reason …` 撤销。",
            )
        ) from None
    except psycopg.errors.ForeignKeyViolation:
        raise UsageError(said("Nobody on any roster has that person key.", "历次名册中没有该人假名。")) from None
    except psycopg.errors.NoDataFound:
        raise _not_there(queue_id) from None


def _not_there(queue_id: int) -> NotAllowed:
    return NotAllowed(
        said(
            f"There is no record {queue_id} in the queue of the divisions assigned to the role {ROLE}; "
            "`hearth queue list` shows what there is.",
            f"角色 {ROLE} 的授权区划内没有第 {queue_id} 号待核记录；`hearth queue list` 列出全部。",
        )
    )
