"""What a run has to tell whoever opens it on Airflow's page: months, counts, and which files need somebody.

Notes are sentences in both languages, without any file's name or cell. A delivery's own message, which names the file,
its columns and its rows, stands in the log of the task that is shown for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from hearth.building.months import closed_months, first_day
from hearth.contracts import KNOWN, SOURCES
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.loading.outcome import Status
from hearth.orchestration.holds import FLOW
from hearth.orchestration.months import readiness_of
from hearth.settings import Settings
from hearth.texts import BUILDS, LEVELS, STATUSES, text

NEEDS_SOMEBODY = (Status.REJECTED, Status.HELD, Status.WAITING, Status.UNRECOGNISED)
SHOWN_AT_MOST = 30
"""Files of one load that get a task of their own; a folder of wrong files must not fill the page."""

NEXT = {
    Status.REJECTED: (
        "Send the message to the department; its corrected file goes into the same month's folder.",
        "请将以上说明转告报送单位，更正后的文件放入同一月份文件夹。",
    ),
    Status.HELD: (
        "Ask the department. The month does not wait. Then answer under Required Actions:\n\n"
        "{questions}\n\n"
        "or use one of:\n\n"
        "hearth deliveries release {id} --reason …\n\n"
        "hearth deliveries reject {id} --reason …",
        "请向报送单位核实，然后打开以上网址，在“待操作的任务实例”中放行或退回，也可使用以上命令；本月构建不等待该文件。",
    ),
    Status.WAITING: (
        "The month is closed and stays as it was published. Whoever closed it decides:\n\n"
        "hearth month reopen {month} --reason …  (the next load takes the file in)\n\n"
        "hearth deliveries reject {id} --reason …",
        "该月已封账，已发布的结果不变。由封账人决定重新开放（下次载入时计入）或退回该文件。",
    ),
    Status.UNRECOGNISED: (
        "Rename the file, or move it to source/YYYYMM/; the next load reads it.",
        "请按约定名称改名，或移入“来源/年月/”文件夹，下次载入时读取。",
    ),
}


@dataclass(frozen=True)
class DeliveryStory:
    """What became of a file that was not accepted; settled when a person has decided, or another came in its place."""

    text: str
    is_settled: bool


@dataclass(frozen=True)
class LoadStory:
    """What a load brought: its note, the months that got rows, and the files that need somebody."""

    note: str
    months: tuple[str, ...]
    not_accepted: tuple[dict[str, Any], ...]


def load_story(settings: Settings, source: str, since: datetime) -> LoadStory:
    """What became of the department's files that were registered, or taken in, since that moment; strays are the
    roster's."""
    found = _registered(settings, source, since)
    months = tuple(sorted({row["month"] for row in found if row["status"] == Status.ACCEPTED}))
    open_files = [row for row in found if row["status"] in NEEDS_SOMEBODY]
    counts = " · ".join(_counted(month, found) for month in sorted({row["month"] or "" for row in found}))
    lines = [counts or "No new file · 没有新文件", *(_label(row) for row in open_files)]
    items = tuple({"delivery_id": row["delivery_id"], "label": _label(row)} for row in open_files[:SHOWN_AT_MOST])
    return LoadStory("\n\n".join(lines), months, items)


def delivery_story(settings: Settings, delivery_id: int, page: str = "") -> DeliveryStory:
    """What is wrong with a delivery and what to do, or how it was settled since; `page` is Airflow's address.

    Raises:
        UsageError: there is no such delivery.
    """
    with connect(settings, row_factory=dict_row) as connection:
        found = connection.execute(_DELIVERY, {"delivery_id": delivery_id}).fetchone()
    if found is None:
        raise UsageError(text("no_such_delivery", number=str(delivery_id)))
    settled = _settled(found)
    return DeliveryStory(settled or _what_to_do(found, page), is_settled=bool(settled))


def month_story(settings: Settings, month: str) -> str:
    """How the month's last build ended, with its households by level and the number of its warnings; and that it is
    closed."""
    with connect(settings) as connection:
        status, message, message_zh = connection.execute(
            """
            select status, coalesce(message, ''), coalesce(message_zh, '')
            from ops.builds where month = %s order by build_id desc limit 1
            """,
            (first_day(month),),
        ).fetchone() or ("building", "", "")
        closing = closed_months(connection).get(month)
    told = [f"**{month}** {status} {BUILDS[status]}", message, message_zh]
    if status == "published":
        levels = _levels(settings, month)
        counts = " · ".join(f"{name} {zh} {levels.get(name, 0):,}" for name, zh in LEVELS.items())
        told = [f"{told[0]}: {sum(levels.values()):,} households 户 · {counts}", _warnings(settings, month)]
    return "\n\n".join(part for part in (*told, *(closing.words if closing else ())) if part)


def waiting_story(settings: Settings) -> str:
    """Which months wait for which departments; empty when none does."""
    titles = {source.name: f"{source.name} {source.title}" for source in SOURCES}
    silent = {
        month: [title for name, title in titles.items() if name not in answers]
        for month, answers in readiness_of(settings).items()
    }
    return "\n\n".join(f"**{month}** waits for 等待 {', '.join(names)}" for month, names in silent.items() if names)


_DELIVERY = """
    select
        deliveries.*,
        (
            select min(later.delivery_id) from ops.deliveries as later
            where later.status = 'accepted' and later.delivery_id > deliveries.delivery_id
                and (later.source, later.extract, later.part, later.month)
                = (deliveries.source, deliveries.extract, deliveries.part, deliveries.month)
        ) as successor,
        (
            select max(decision) from ops.delivery_decisions as decisions
            where decisions.delivery_id = deliveries.delivery_id
        ) as decision
    from ops.deliveries
    where delivery_id = %(delivery_id)s
"""


def _registered(settings: Settings, source: str, since: datetime) -> list[dict[str, Any]]:
    with connect(settings, row_factory=dict_row) as connection:
        return connection.execute(
            """
            select delivery_id, source, extract, month, status from ops.deliveries
            where (source = %(source)s or (source is null and %(has_strays)s))
                and greatest(registered_at, accepted_at) >= %(since)s
            order by delivery_id
            """,
            {"source": source, "has_strays": source == SOURCES[0].name, "since": since},
        ).fetchall()


def _levels(settings: Settings, month: str) -> dict[str, int]:
    with connect(settings) as connection:
        rows = connection.execute(
            "select risk_level, count(*) from marts.fct_household_month where month = %s group by 1",
            (first_day(month),),
        ).fetchall()
    return dict(rows)


def _warnings(settings: Settings, month: str) -> str:
    """How many expectations of the month's newest check failed as warnings, sudden changes among them."""
    with connect(settings) as connection:
        warnings, sudden = connection.execute(
            """
            select count(*), count(*) filter (where suite = 'sudden_changes')
            from ops.failed_expectations where scope = 'month' and month = %s and severity <> 'critical'
            """,
            (month,),
        ).fetchone() or (0, 0)
    if not warnings:
        return ""
    counted = f"{warnings} warnings 警告 {warnings} 项 ({sudden} sudden changes 突变 {sudden} 项)"
    return f"{counted}: hearth status --month {month}"


def _counted(month: str, found: list[dict[str, Any]]) -> str:
    counts = Counter(row["status"] for row in found if (row["month"] or "") == month)
    said = ", ".join(f"{counts[status]} {status} {zh}" for status, zh in STATUSES.items() if counts[status])
    return f"**{month or '–'}** {said}"


def _label(row: dict[str, Any]) -> str:
    """`no. 17 · 202502 · 中小学在籍学生 pupils · rejected 退回`."""
    what = (row["month"], _extract(row), f"{row['status']} {STATUSES[row['status']]}")
    return " · ".join([f"no. {row['delivery_id']}", *(part for part in what if part)])


def _extract(row: dict[str, Any]) -> str:
    titles = {
        (source.name, extract.name): f"{extract.title} {extract.name}"
        for source in KNOWN
        for extract in source.extracts
    }
    return titles.get((row["source"], row["extract"]), row["extract"] or "")


def _settled(row: dict[str, Any]) -> str:
    """By whom or what; empty while the file needs somebody."""
    successor, status = row["successor"], row["status"]
    if successor is not None:
        return f"Settled: delivery {successor} came in its place · 已由第 {successor} 号交付替代"
    if row["decision"] is not None or status not in NEEDS_SOMEBODY:
        return f"Settled: it is {status} by a person's decision · 已由人工处理：{STATUSES[status]}"
    return ""


def _what_to_do(row: dict[str, Any], page: str) -> str:
    number, questions = row["delivery_id"], f"{page}/dags/{FLOW}/required_actions?response_received=false"
    english, chinese = NEXT[row["status"]]
    lines = (
        _label(row),
        row["message"] or "",
        row["message_zh"] or "",
        f"Next: hearth deliveries show {number}",
        english.format(id=number, month=row["month"], questions=questions),
        chinese,
    )
    return "\n\n".join(line for line in lines if line)
