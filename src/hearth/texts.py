"""What commands print while they load, run and build, every text once and in both languages (`hearth.language`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth.language import Words, said, told

STATUSES: Mapping[str, str] = {
    "accepted": "接收",
    "held": "暂扣",
    "waiting": "待重新开放",
    "rejected": "退回",
    "duplicate": "重复",
    "unrecognised": "不可识别",
}
LEVELS: Mapping[str, str] = {"red": "红", "yellow": "黄", "grey": "灰", "green": "绿"}
STATES: Mapping[str, str] = {"flagged": "命中", "exempt": "豁免", "unknown": "未知"}
BUILDS: Mapping[str, str] = {"published": "已发布", "blocked": "受阻", "failed": "失败", "building": "构建中"}
_OTHER_STATES: Mapping[str, str] = {"built": "构建完成", "unchanged": "无变化", "missing": "无数据", "closed": "已封账"}

PROGRESS: Mapping[str, Words] = {
    "starting": Words("正在启动", "starting"),
    "starting_database": Words("正在启动数据库", "Starting the database"),
    "starting_airflow": Words("正在启动 Airflow", "Starting Airflow"),
    "preparing_airflow": Words("正在准备 Airflow 的数据库和流程", "Preparing Airflow's database and DAGs"),
    "parameters": Words("生效的规则参数 {rows} 行", "{rows} rule {rows:parameter|parameters} in force"),
    "waiting_for_run": Words("正在等待本实例的另一次运行结束", "Waiting for another run of this instance"),
    "loading": Words("正在载入 {sources}", "loading {sources}"),
    "waiting_for": Words("正在等待 {sources}", "waiting for {sources}"),
    "building": Words("正在构建 {months}", "building {months}"),
    "tick": Words("{text} · {files} 个文件 · {seconds} 秒", "{text} · {files} {files:file|files} · {seconds} s"),
    "rows": Words("{rows} 行", "{rows} {rows:row|rows}"),
    "source_loaded": Words(
        "{source}：{files} 个文件，其中新文件 {new} 个", "{source}: {files} {files:file|files}, {new} of them new"
    ),
    "making_sample": Words(
        "正在 {landing} 生成模拟县：{households} 户，{months} 个月",
        "Making a synthetic county of {households} households, {months} months, in {landing}",
    ),
    "giving_way": Words("模拟县让位给本县数据", "The fictional county gives way to this one"),
    "load_failed": Words(
        "{source}：载入失败，原因见 Airflow 页面上该任务的日志",
        "{source}: its load failed; the task's log on Airflow's page says why",
    ),
    "build_failed": Words(
        "构建失败，原因见 Airflow 页面上该任务的日志", "its build failed; the task's log on Airflow's page says why"
    ),
    "nothing_accepted": Words("该月没有接收任何文件", "no file of the month was accepted"),
}
"""Lines that come while something is at work."""

SUMMARY: Mapping[str, Words] = {
    "months": Words("月份", "Months"),
    "month": Words("月份", "month"),
    "status": Words("状态", "status"),
    "households": Words("户数", "households"),
    "message": Words("说明", "message"),
    "deliveries": Words("报送文件", "Deliveries"),
    "files": Words("文件", "files"),
    "rows_read": Words("读取行数", "rows read"),
    "loaded": Words("载入", "loaded"),
    "quarantined": Words("隔离", "quarantined"),
    "duplicate": Words("重复", "duplicate"),
    "not_accepted": Words("未接收的文件", "Not accepted"),
    "number": Words("编号", "no."),
    "source": Words("来源", "source"),
    "file": Words("文件", "file"),
    "why": Words("原因", "why"),
    "more": Words("……还有 {more} 个：hearth deliveries list", "… and {more} more: hearth deliveries list"),
    "matches": Words("记录与人员的匹配", "Rows that found their person"),
    "extract": Words("数据表", "extract"),
    "matched": Words("已匹配", "matched"),
    "queued": Words("待认领", "queued"),
    "rate": Words("比例", "rate"),
    "levels": Words("各等级户数", "Households by level"),
    "level": Words("等级", "level"),
    "rules": Words("各规则命中户数", "Households flagged, by rule"),
    "rule": Words("规则", "rule"),
    "unknown": Words(
        "（+n：未知，因部门数据缺失或过期）", "(+n: not known, because a department's data is missing or too old)"
    ),
    "report": Words("质量报告", "Quality report"),
    "sql_prompt": Words("SQL 命令行", "SQL prompt"),
    "stop": Words("停止", "Stop"),
    "page": Words("{url}  （用户 {user}，密码在 {file}）", "{url}  (user {user}, password in {file})"),
}
"""The summary at a run's end, and where to look next."""

REFUSALS: Mapping[str, Words] = {
    "which_landing": Words(
        "报送文件夹在哪里？请用 --landing DIR 指定。", "Which landing folder? Give it with --landing DIR."
    ),
    "no_landing": Words("没有报送文件夹 {landing}。", "There is no landing folder {landing}."),
    "no_deliveries": Words(
        "{landing} 中没有报送文件；文件应放在“来源/年月/文件”，如 registry/202501/….xlsx。",
        "{landing} holds no deliveries; they lie as source/YYYYMM/file, e.g. registry/202501/….xlsx.",
    ),
    "no_such_months": Words(
        "{landing} 中没有 {absent} 的报送文件；有 {there}。",
        "{landing} holds no deliveries of {absent}; it has {there}.",
    ),
    "no_such_source": Words(
        "没有来源 {unknown}；来源有 {sources}。", "There is no source {unknown}; the sources are {sources}."
    ),
    "sample_elsewhere": Words(
        "这个数据仓库里是模拟县；请另指定数据库或 HEARTH_HOME。",
        "This warehouse holds the fictional county; name another database or another HEARTH_HOME.",
    ),
    "county_there": Words(
        "{landing} 是空的，而本实例里是 {other} 的数据：模拟县不与其并存。请指定报送文件夹，或另一个 HEARTH_HOME。",
        "{landing} is empty, and this instance holds the county of {other}: a fictional one is not put beside it. "
        "Name a landing folder, or another HEARTH_HOME.",
    ),
    "load_busy": Words(
        "{source} 的另一次载入正在进行；请等它结束后再试。",
        "Another load of {source} is at work; try again when it is done.",
    ),
    "command_busy": Words(
        "本实例的另一个 hearth 命令正在进行（{name}）；请等它结束后再试。",
        "Another hearth command of this instance is at work ({name}); try again when it is done.",
    ),
    "disk_full": Words(
        "数据库所在磁盘已满：{source} 的载入中止。请腾出空间后再次载入，尚未登记的文件届时载入。",
        "The database's disk is full: the load of {source} was stopped. Make room and load again; what was not"
        " registered is loaded then.",
    ),
    "load_gave_up": Words(
        "载入 {source} 时数据库中断（SQLSTATE {sqlstate}）；未登记的文件下次载入。",
        "The database gave up during the load of {source} (SQLSTATE {sqlstate}); what was not registered is loaded by "
        "the next one.",
    ),
    "load_killed": Words(
        "载入进程被终止，可能是内存不足", "the process that loads was killed; it may have run out of memory"
    ),
    "airflow_stopped": Words(
        "运行途中 Airflow 被停止；请重新运行。", "Airflow was stopped while the run was under way; run it again."
    ),
    "month_is": Words("{month} {status}", "{month} is {status}"),
    "source_not_loaded": Words("{source} 未能载入", "{source} could not be loaded"),
    "interrupted": Words("已中断", "interrupted"),
}
"""Why a load or a run does not begin, or ends early."""

_TEXTS: Mapping[str, Words] = {**PROGRESS, **SUMMARY, **REFUSALS}


def text(code: str, **facts: Any) -> str:
    """A text in the language of the person spoken to, with its facts.

    Raises:
        KeyError: there is no such text.
    """
    return told(_TEXTS[code], **facts)


def status_word(status: str) -> str:
    """A delivery's or a month's status as it is shown; the code itself where there is no other word."""
    return said(status, STATUSES.get(status) or BUILDS.get(status) or _OTHER_STATES.get(status))


def level_word(level: str) -> str:
    """A household's level as it is shown."""
    return said(level, LEVELS.get(level))
