"""How each month stands: what its last build ended with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hearth.building.months import Closing, closed_months
from hearth.database.engine import connect
from hearth.language import said
from hearth.settings import Settings
from hearth.texts import text

PUBLISHED = "published"


@dataclass(frozen=True)
class MonthState:
    """A month and its last build. `status` is published, blocked, failed, building or missing; `message` is in the
    language of the person spoken to."""

    month: str
    status: str
    message: str = ""
    households: int | None = None
    finished_at: datetime | None = None
    closing: Closing | None = None

    @property
    def is_published(self) -> bool:
        """Whether readers see the month as its inputs are now."""
        return self.status == PUBLISHED

    @property
    def note(self) -> str:
        """The build's message, and that the month is closed, by whom, why and how many files wait for it."""
        return "; ".join(part for part in (self.message, self._closing()) if part)

    def _closing(self) -> str:
        if self.closing is None:
            return ""
        waiting = self.closing.waiting_files
        if not waiting:
            return self.closing.sentence
        return self.closing.sentence + said(
            f" (files that wait for its reopening: {waiting})", f"（等待重新开放的文件：{waiting} 个）"
        )


def month_states(settings: Settings, months: Collection[str] | None = None) -> list[MonthState]:
    """The months in order: those asked for, or all that were ever built or delivered.

    A closed month is as it was published, whatever became of a build since.
    """
    with connect(settings) as connection:
        rows = connection.execute(
            """
            select distinct on (known.month)
                known.month, coalesce(builds.status, 'missing'), builds.message, builds.message_zh,
                builds.household_count, builds.finished_at
            from (
                select month from ops.deliveries where status = 'accepted'
                union
                select to_char(month, 'YYYYMM') from ops.builds
            ) as known
            left join ops.closed_months as closed on closed.month = known.month
            left join ops.builds
                on to_char(builds.month, 'YYYYMM') = known.month
                and (closed.month is null or builds.status = 'published')
            order by known.month, builds.build_id desc
            """
        ).fetchall()
        closed = closed_months(connection)
    known = {
        month: MonthState(month, status, said(english, chinese), households, finished_at, closed.get(month))
        for month, status, english, chinese, households, finished_at in rows
    }
    wanted = known if months is None else sorted(months)
    nothing = text("nothing_accepted")
    return [known.get(month) or MonthState(month, "missing", nothing) for month in wanted]


def readiness_of(settings: Settings) -> dict[str, dict[str, str]]:
    """Each month's answers by department."""
    found: dict[str, dict[str, str]] = {}
    with connect(settings) as connection:
        for month, source, answer in connection.execute(
            "select month, source, answer from ops.month_readiness order by month, source"
        ):
            found.setdefault(month, {})[source] = answer
    return found
