"""Rows that are not in the warehouse any more: retention has moved or dropped the slice, or somebody else has.

A month that rests on such rows stays as it was published. Building it would guess, so it is refused, with where the
rows are and how they come back.
"""

from collections.abc import Collection
from dataclasses import dataclass

import psycopg

from hearth.building.months import NOW, Moment, inputs_of
from hearth.errors import BuildFailed
from hearth.language import said

SHOWN_AT_MOST = 5

GONE = """
    select deliveries.delivery_id, deliveries.source, deliveries.month, moves.action, moves.folder
    from ops.deliveries
    left join ops.slices_gone as moves using (delivery_id)
    where
        deliveries.delivery_id = any(%s)
        and deliveries.rows_loaded > 0
        and not exists (
            select
            from pg_class as slices
            where
                slices.relnamespace = 'raw'::regnamespace
                and slices.relispartition
                and slices.relname
                = deliveries.source || '__' || deliveries.extract || '__d' || deliveries.delivery_id
        )
    order by 1
"""


@dataclass(frozen=True)
class Gone:
    """A delivery whose rows are not kept; `action` is moved or dropped, or None where nobody wrote it down."""

    delivery_id: int
    source: str
    month: str
    action: str | None
    folder: str | None


def rows_gone(connection: psycopg.Connection, deliveries: Collection[int]) -> list[Gone]:
    """Those of the deliveries whose rows counted and are not kept any more."""
    return [Gone(*row) for row in connection.execute(GONE, (list(deliveries),))]


def gone_under(connection: psycopg.Connection, month: str, moment: Moment = NOW) -> list[Gone]:
    """What a month rests on, as known at a moment, and is not kept any more."""
    return rows_gone(connection, [delivery_id for _, _, _, delivery_id, *_ in inputs_of(connection, month, moment)])


def refuse_gone(connection: psycopg.Connection, month: str) -> None:
    """Let no month be built from less than it rests on.

    Raises:
        BuildFailed: rows that count for the month are not kept any more.
    """
    gone = gone_under(connection, month)
    if gone:
        numbers = numbers_of(gone)
        raise BuildFailed(
            said(
                f"{month} cannot be built: the rows of {len(gone)} deliveries that it rests on are no longer kept "
                f"(delivery {numbers}). What was published stays. {way_back(gone)}",
                f"无法构建 {month}：所依据的 {len(gone)} 个交付（第 {numbers} 号）的原始行已不再保留。"
                f"已发布的结果保持不变。{way_back(gone)}",
            )
        )


def numbers_of(gone: Collection[Gone]) -> str:
    """The first few numbers of the deliveries."""
    shown = ", ".join(str(one.delivery_id) for one in list(gone)[:SHOWN_AT_MOST])
    return shown + (", …" if len(gone) > SHOWN_AT_MOST else "")


def way_back(gone: Collection[Gone]) -> str:
    """How the rows come back, in a sentence for each way there is."""
    folders = sorted({one.folder for one in gone if one.folder})
    dropped = sorted({(one.source, one.month) for one in gone if one.action == "dropped"})
    sentences = [
        said(f"`hearth retention return {folder}` brings them back.", f"可用 `hearth retention return {folder}` 移回。")
        for folder in folders
    ]
    if dropped:
        source, month = dropped[0]
        sentences.append(
            said(
                "What was dropped comes back from a backup, or from the department's files: "
                f"`hearth reload --source {source} --months {month} --reason …`, and so on.",
                "已删除的行可从备份恢复，或从部门原文件重新读取："
                f"`hearth reload --source {source} --months {month} --reason …`，以此类推。",
            )
        )
    if not all(one.action for one in gone):
        sentences.append(said("Put them back from a backup.", "请从备份恢复。"))
    return said(" ".join(sentences), "".join(sentences))
