"""`hearth status` as a page for a person: the newest months at a glance, or one month whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hearth.gating.result import figures_of
from hearth.language import said
from hearth.reporting.observed import SLOWEST, Row
from hearth.reporting.tables import count, share, table
from hearth.texts import BUILDS, status_word, text

NEWEST = 6
"""Months shown when none is asked for."""
LINES = 10
"""Files or changes listed at most when no month is asked for."""
SLOWEST_SHOWN = 3
BY_MONTH = ("overview", "months", "arrivals", "match_rates", "failed_expectations", "models")
BESIDE_THE_MONTHS, WIDTH_OF_A_MONTH = 54, 8
"""Characters that the table of match rates takes for everything else, and for a month."""
DASH = "–"

Parts = dict[str, Any]
_STATES = {
    "arrived": "已到",
    "held": "暂扣",
    "waiting": "待重新开放",
    "rejected": "退回",
    "missing": "未到",
    "carried": "沿用",
}
_KINDS = {"load": "载入", "build": "构建"}


def print_services(console: Console, found: Parts) -> None:
    """Where the instance is, and what of it runs."""
    services = (_service(found[name]) for name in ("database", "airflow"))
    values = (found["home"], found["landing"] or DASH, *services)
    for name, value in zip(("home", "landing", "database", "airflow"), values, strict=True):
        _lines(console, [f"{set_cell_size(text(name), 9)} {value}"])
    if found["database"]["reason"]:
        _lines(console, [found["database"]["reason"]])


def print_newest(console: Console, found: Parts) -> None:
    """The newest months at a glance: what a person has to look at."""
    if not found["overview"]:
        _lines(console, [said("Nothing was ever loaded.", "尚未载入任何文件。")])
        return
    shown = {row["month"] for row in found["overview"][-NEWEST:]}
    recent = {name: [row for row in found[name] if row["month"] in shown] for name in BY_MONTH}
    console.print(_files(found["deliveries"]))
    _lines(console, found["waiting"].lines)
    console.print(_months(recent["overview"], len(found["overview"])))
    _lines(console, _notes(recent["months"]))
    _section(console, said("Missing", "未到"), _missing(recent["arrivals"]))
    _section(console, said("Late", "逾期"), _late(found["late"]))
    _section(console, said("Held", "暂扣"), _held(found["held"]))
    console.print(_freshness(found["freshness"], only_first=True))
    if recent["match_rates"]:
        console.print(_rates(recent["match_rates"], sorted(shown)[-_months_that_fit(console.width) :]))
    _section(console, said("To look at", "请关注"), _failures(recent["failed_expectations"]))
    _section(console, said("Models", "模型"), _models_in_short(recent["models"]))
    _lines(
        console, ["", said("One month whole: hearth status --month YYYYMM", "查看单月详情：hearth status --month 年月")]
    )


def print_month(console: Console, found: Parts) -> None:
    """One month whole."""
    console.print(_months(found["overview"], 1))
    _lines(console, _notes(found["months"]))
    console.print(_arrivals(found["arrivals"]))
    _section(console, said("Missing", "未到"), _missing(found["arrivals"]))
    _section(console, said("Late", "逾期"), _late(found["late"]))
    _section(console, said("Held", "暂扣"), _held(found["held"]))
    if found["match_rates"]:
        console.print(_rates_of_month(found["match_rates"]))
    _section(console, said("Expectations that failed", "未通过的校验"), map(_failure, found["failed_expectations"]))
    if found["run_times"]:
        console.print(_run_times(found["run_times"]))
    if found["models"]:
        console.print(_models(found["models"]))


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    """A heading and its lines; nothing where there are none."""
    found = list(lines)
    if found:
        console.print(f"\n[italic]{escape(title)}[/italic]")
        _lines(console, (f"  {line}" for line in found))


def _service(service: Row) -> str:
    word = text("runs" if service["is_running"] else "does_not_run")
    return f"{word}  {service['address'] or ''}".rstrip()


def _files(deliveries: dict[str, int]) -> Table:
    made = table(said("Files", "文件"), [], map(status_word, deliveries))
    made.add_row(*map(count, deliveries.values()))
    return made


def _months(overview: Sequence[Row], of: int) -> Table:
    """What there is to know down, months across: so six months have room on the narrowest terminal."""
    title = said("Months", "月份")
    if of > len(overview):
        title += said(f" (the newest {len(overview)} of {of})", f"（共 {of} 个，显示最新 {len(overview)} 个）")
    made = table(title, [""], [row["month"] for row in overview])
    cells: tuple[tuple[str, Callable[[Row], str]], ...] = (
        (said("status", "状态"), lambda row: status_word(row["status"])),
        (said("households", "户数"), lambda row: count(row["households"])),
        (said("came", "已到"), lambda row: f"{row['parts_arrived']}/{row['parts_expected']}"),
        (said("missing", "未到"), lambda row: count(row["parts_missing"])),
        (said("too old", "过期"), lambda row: count(row["parts_stale"])),
        (said("held", "暂扣"), lambda row: count(row["files_held"] + row["files_waiting"])),
        (said("rejected", "退回"), lambda row: count(row["files_rejected"])),
        (said("matched", "匹配率"), lambda row: share(row["match_rate"])),
        (said("warnings", "警告"), lambda row: count(row["critical_failures"] + row["warnings"])),
        (said("built", "构建耗时"), lambda row: _took(row["build_seconds"])),
        (said("usually", "平常耗时"), lambda row: _took(row["usual_build_seconds"])),
    )
    for name, cell in cells:
        made.add_row(name, *map(cell, overview))
    return made


def _took(seconds: float | None) -> str:
    return DASH if seconds is None else f"{seconds:,.0f} s"


def _notes(months: Sequence[Row]) -> Iterator[str]:
    for month in months:
        if month["note"]:
            yield f"{month['month']} {status_word(month['status'])}: {month['note']}"


def _list_of(row: Row) -> str:
    return " ".join(part for part in (row["source"], row["extract"], row.get("part")) if part)


def _missing(arrivals: Sequence[Row]) -> Iterator[str]:
    for row in arrivals:
        if row["state"] == "missing" or (row["is_stale"] and row["state"] != "arrived"):
            yield f"{row['month']}  {_list_of(row)}: {_serving(row)}"


def _serving(row: Row) -> str:
    """What the month rests on instead."""
    month = row["counting_month"]
    if month is None:
        return said("nothing counts", "无可用数据")
    if row["is_stale"]:
        return said(
            f"the list of {month} is too old ({row['age_days']} days, at most {row['max_age_days']})",
            f"{month} 的名单已过期（{row['age_days']} 天，上限 {row['max_age_days']} 天）",
        )
    return said(f"the list of {month} serves", f"沿用 {month} 的名单")


def _late(late: Sequence[Row]) -> Iterator[str]:
    """A line for each month and deadline that passed in silence."""
    silent: dict[tuple[str, str, int], list[str]] = {}
    for row in late:
        silent.setdefault((row["month"], row["deadline"], row["days"]), []).append(row["source"])
    for (month, deadline, days), sources in silent.items():
        yield said(
            f"{month}  {', '.join(sources)}: nothing came, {days} days after the deadline ({deadline})",
            f"{month}  {'、'.join(sources)}：未报送，已过截止日 {days} 天（{deadline}）",
        )


def _held(held: Sequence[Row]) -> Iterator[str]:
    for row in held[:LINES]:
        before = (
            ""
            if row["rows_before"] is None
            else said(f", {row['rows_before']:,} before", f"，上一份 {row['rows_before']:,} 行")
        )
        days = said(f"{row['days_held']} days", f"{row['days_held']} 天")
        rows = said(f"{count(row['rows_read'])} rows", f"{count(row['rows_read'])} 行")
        replaced = said(f"; delivery {row['replaced_by']} came since", f"；其后已收到第 {row['replaced_by']} 号")
        yield (
            f"{row['delivery_id']}  {row['month']}  {_list_of(row)}  {status_word(row['status'])} {days}: "
            f"{rows}{before}  {row['file_name']}{replaced if row['replaced_by'] else ''}"
        )
    yield from _more(len(held) - LINES, "hearth deliveries list --status held")


def _more(number: int, command: str) -> Iterator[str]:
    if number > 0:
        yield said(f"… and {number} more: {command}", f"……另有 {number} 项：{command}")


def _freshness(freshness: Sequence[Row], *, only_first: bool) -> Table:
    """Each list, or of each department the one that is too old first."""
    ages = [said("age at\nmonth's end", "月末\n天数"), said("today", "今日天数"), said("at most", "上限")]
    made = table(
        said("Freshness", "数据新旧")
        + (said(": the list of each department that ages first", "：各部门最先过期的名单") if only_first else ""),
        [said("source", "来源"), said("list", "名单"), said("data of", "数据日期")],
        ages,
        [said("too old from", "过期日")],
    )
    lists = [row for row in freshness if row["kind"] == "snapshot" and (not only_first or row["max_age_days"])]
    if only_first:
        first: dict[str, Row] = {}
        for row in sorted(lists, key=lambda row: row["stale_from"] or ""):
            first.setdefault(row["source"], row)
        lists = list(first.values())
    for row in lists:
        late = said("too old", "已过期") if row["is_stale"] else ""
        made.add_row(
            row["source"],
            " ".join(part for part in (row["extract"], row["oldest_part"]) if part),
            row["data_date"] or said("never came", "从未报送"),
            count(row["age_days"]),
            count(row["age_days_today"]),
            count(row["max_age_days"]),
            f"{row['stale_from'] or DASH} {late}".rstrip(),
        )
    return made


def _months_that_fit(width: int) -> int:
    """Months of match rates for which a terminal has room beside the lists' names."""
    return max(1, (width - BESIDE_THE_MONTHS) // WIDTH_OF_A_MONTH)


def _rates(rates: Sequence[Row], months: Sequence[str]) -> Table:
    """Lists down, months across, with the last change and the slope."""
    last = [said("change", "环比"), said("trend\na month", "月均\n走势")]
    made = table(said("Matched rows", "匹配率"), [said("source", "来源"), said("list", "名单")], [*months, *last])
    by_list: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rates:
        by_list.setdefault((row["source"], row["extract"]), {})[row["month"]] = row
    for (source, extract), found in sorted(by_list.items()):
        newest = found[max(found)]
        cells = [share(found[month]["rate"]) if month in found else DASH for month in months]
        made.add_row(source, extract, *cells, share(newest["change"], signed=True), share(newest["trend"], signed=True))
    return made


def _rates_of_month(rates: Sequence[Row]) -> Table:
    columns = (
        said("matched", "已匹配"),
        said("queued", "待核"),
        said("rate", "匹配率"),
        said("month before", "上月"),
        said("usual", "平常"),
        said("change", "环比"),
        said("trend\na month", "月均\n走势"),
    )
    made = table(said("Matched rows", "匹配率"), [said("source", "来源"), said("list", "名单")], columns)
    for row in rates:
        made.add_row(
            row["source"],
            row["extract"],
            count(row["matched"]),
            count(row["queued"]),
            share(row["rate"]),
            share(row["rate_before"]),
            share(row["usual_rate"]),
            share(row["change"], signed=True),
            share(row["trend"], signed=True),
        )
    return made


def _failures(failures: Sequence[Row]) -> Iterator[str]:
    """Critical ones and sudden changes, the newest month first; of the rest how many there are."""
    told = [row for row in failures if row["severity"] == "critical" or row["observed"]]
    told.sort(key=lambda row: row["month"] or "", reverse=True)
    yield from map(_failure, told[:LINES])
    yield from _more(len(told) - LINES, "hearth status --month YYYYMM")
    others = len(failures) - len(told)
    if others:
        yield said(
            f"other warnings about files: {others} (hearth status --month YYYYMM, or the quality report)",
            f"其他文件警告：{others} 项（见 hearth status --month 年月，或质量报告）",
        )


def _failure(row: Row) -> str:
    english, _, chinese = (row["reason"] or "").partition(" · ")
    severity = said(row["severity"], {"critical": "严重", "warning": "警告"}.get(row["severity"]))
    what = f"{row['expectation']} ({row['column_name']})" if row["column_name"] else row["expectation"]
    delivery = said(f"delivery {row['delivery_id']} ", f"第 {row['delivery_id']} 号 ") if row["delivery_id"] else ""
    place = "" if row["observed"] else f"{row['suite']} "
    why = said(f". {english}", f"。{chinese}")
    return f"{row['month']}  {severity}  {delivery}{place}{what}: {_figures(row)}{why}"


def _figures(row: Row) -> str:
    if row["observed"]:
        words = figures_of(row["observed"])
        return said(words.en, words.zh)
    if row["unexpected_count"] is None:
        return said("could not be evaluated", "无法执行")
    return f"{row['unexpected_count']:,} / {count(row['element_count'])}"


def _arrivals(arrivals: Sequence[Row]) -> Table:
    made = table(
        said("What arrived", "到报情况"),
        [said("source", "来源"), said("list", "名单"), said("state", "状态"), said("since", "时间")],
        [
            said("counts", "所用交付"),
            said("of month", "数据月份"),
            said("rows", "行数"),
            said("faulty", "隔离"),
            said("age", "天数"),
        ],
    )
    for row in arrivals:
        made.add_row(
            row["source"],
            escape(" ".join(part for part in (row["extract"], row["part"]) if part)),
            said(row["state"], _STATES[row["state"]]) + (said(", too old", "，过期") if row["is_stale"] else ""),
            (row["arrived_at"] or "")[:16].replace("T", " "),
            DASH if row["counting_delivery_id"] is None else str(row["counting_delivery_id"]),
            row["counting_month"] or DASH,
            count(row["rows_loaded"]),
            count(row["rows_quarantined"]),
            DASH if row["age_days"] is None else f"{row['age_days']}/{row['max_age_days'] or DASH}",
        )
    return made


def _run_times(times: Sequence[Row]) -> Table:
    columns = (said("seconds", "秒"), said("usual", "平常"), said("times", "倍数"), said("rows", "行数"))
    made = table(said("Run times", "运行耗时"), [said("run", "运行"), said("began", "开始")], columns)
    for row in times:
        made.add_row(
            " ".join(part for part in (said(row["kind"], _KINDS[row["kind"]]), row["source"]) if part),
            row["started_at"][:16].replace("T", " "),
            f"{row['seconds']:,.1f}",
            DASH if row["usual_seconds"] is None else f"{row['usual_seconds']:,.1f}",
            DASH if row["times_usual"] is None else f"{row['times_usual']:.1f}",
            count(row["rows"]),
        )
    return made


def _models(models: Sequence[Row]) -> Table:
    build = models[0]["build_id"], said(models[0]["build_status"], BUILDS.get(models[0]["build_status"]))
    title = said(
        f"Models of build {build[0]} ({build[1]}): failed, and the {SLOWEST} slowest",
        f"第 {build[0]} 次构建（{build[1]}）：失败及最慢的 {SLOWEST} 个模型",
    )
    made = table(
        title,
        [said("model", "模型"), said("status", "状态")],
        [said("seconds", "秒"), said("usual", "平常"), said("rows", "行数")],
    )
    for row in models:
        made.add_row(
            row["model"], row["status"], f"{row['seconds']:.1f}", f"{row['usual_seconds']:.1f}", count(row["rows"])
        )
    return made


def _models_in_short(models: Sequence[Row]) -> Iterator[str]:
    """Those that failed, and the slowest of the newest month."""
    for row in models:
        if row["is_failed"]:
            yield f"{row['month']}  {row['model']}: {row['status']}"
    newest = [row for row in models if row["month"] == models[-1]["month"] and not row["is_failed"]]
    slowest = ", ".join(f"{row['model']} {row['seconds']:.1f} s" for row in newest[:SLOWEST_SHOWN])
    if slowest:
        yield said(f"{newest[0]['month']}  slowest: {slowest}", f"{newest[0]['month']}  最慢：{slowest}")
