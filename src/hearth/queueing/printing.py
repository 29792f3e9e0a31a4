"""The queue on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from hearth.language import said
from hearth.queueing.queue import Row
from hearth.queueing.workbook import REASONS, WORDS, said_cells

CHINESE_DECISIONS = {english: chinese for chinese, english in WORDS.items()}
CHINESE_STATES = {"open": "待核", "lapsed": "核定失效", "decided": "已核定"}
COLUMNS = (
    ("no.", "编号"),
    ("month", "月份"),
    ("list", "名单"),
    ("rows", "行数"),
    ("candidates", "候选人"),
    ("state", "状态"),
    ("why", "原因"),
)
LAPSED = {
    "person_not_on_roster": ("the person is on no roster up to the month", "截至该月的名册中没有此人"),
    "more_rows": ("a list has more such rows than when it was decided", "名单中相同的行比核定时多"),
}


def print_queue(console: Console, found: list[Row]) -> None:
    """The list, without personal data."""
    if not found:
        console.print(said("Nothing is in the queue.", "没有待核记录。"))
        return
    headers = tuple(said(english, chinese) for english, chinese in COLUMNS)
    lines = [
        (
            str(row["queue_id"]),
            row["month"],
            said(row["title_en"], row["title_zh"]),
            f"{row['row_count']:,}",
            str(row["candidate_count"]),
            said(row["state"], CHINESE_STATES[row["state"]]),
            _why(row),
        )
        for row in found
    ]
    console.out("\n".join(_aligned([headers, *lines])), highlight=False)


def _aligned(lines: list[tuple[str, ...]]) -> Iterator[str]:
    """Columns below each other, as wide as their widest cell; a table of rich takes seconds for thousands of rows."""
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(set_cell_size(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _why(row: Row) -> str:
    if row["lapsed_because"] and row["decision_id"]:
        return said(*LAPSED[row["lapsed_because"]])
    if row["decision"]:
        return said(row["decision"], CHINESE_DECISIONS[row["decision"]])
    return reason_said(row["reason"])


def reason_said(reason: str | None) -> str:
    """Why no tier linked a record."""
    return said((reason or "").replace("_", " "), REASONS.get(reason or "", ""))


def print_item(console: Console, item: Row) -> None:
    """One record with its rows, candidates and decisions: personal data."""
    for line in _lines(item):
        console.print(line, markup=False, soft_wrap=True)


def _lines(item: Row) -> Iterator[str]:
    yield said(
        f"Record {item['queue_id']} · {item['source']} {item['extract']} · {item['month']}",
        f"第 {item['queue_id']} 号待核记录 · {item['source']} {item['extract']} · {item['month']}",
    )
    for row in item["rows"]:
        place = said(
            f"{row['file_name']}, row {row['row_number']}, delivery {row['delivery_id']}",
            f"{row['file_name']} 第 {row['row_number']} 行（第 {row['delivery_id']} 号交付）",
        )
        yield f"  {place}：{reason_said(row['reason'])}" if row["reason"] else f"  {place}"
        cells = said_cells(row["cells"] or [])
        yield "    " + (" · ".join(cells) or said("the row is not kept any more", "库中已不保留该行"))
    yield said("Candidates:", "候选人：") if item["candidates"] else said("No candidate.", "没有候选人。")
    for one in item["candidates"]:
        facts = (one["name"], one["birth_date"], one["id_17"] and f"{one['id_17']}?", one["household_no"])
        known = " · ".join(str(fact) for fact in (*facts, one["village_code"], one["last_month"]) if fact)
        yield f"  {one['place']}. {known} ({one['person_key']})"
        yield "     " + said(one["reasons"], one["reasons_zh"])
    for decision in item["decisions"]:
        yield _decision(decision)


def _decision(decision: Row) -> str:
    what = said(decision["decision"], CHINESE_DECISIONS[decision["decision"]])
    whom = f" {decision['person_key']}" if decision["person_key"] else ""
    made = f"{decision['decided_at'][:16]} {decision['decided_by']}: {what}{whom} – {decision['reason']}"
    if decision["revoked_at"]:
        return made + said(
            f"; revoked {decision['revoked_at'][:16]} by {decision['revoked_by']}: {decision['revoked_reason']}",
            f"；{decision['revoked_at'][:16]} 由 {decision['revoked_by']} 撤销：{decision['revoked_reason']}",
        )
    return made
