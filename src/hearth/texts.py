"""What commands print while they load, run and build, every text once and in both languages (`hearth.language`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hearth.language import Words, filled, said, told

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
_OTHER_STATES: Mapping[str, str] = {
    "built": "构建完成",
    "unchanged": "无变化",
    "missing": "无数据",
    "closed": "已封账",
    "interrupted": "构建中断",
}

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
    "tick": Words("{text} · {seconds} 秒", "{text} · {seconds} s"),
    "tick_files": Words(
        "{text} · 已处理 {files} 个文件 · {seconds} 秒", "{text} · {files} {files:file|files} done · {seconds} s"
    ),
    "tick_first_files": Words(
        "{text} · 正在读取首批文件 · {seconds} 秒", "{text} · reading the first files · {seconds} s"
    ),
    "rows": Words("{rows} 行", "{rows} {rows:row|rows}"),
    "source_loaded": Words(
        "{source}：{files} 个文件，其中新文件 {new} 个", "{source}: {files} {files:file|files}, {new} of them new"
    ),
    "making_sample": Words(
        "正在 {landing} 生成虚构县：{households} 户，{months} 个月",
        "Making a synthetic county of {households} households, {months} months, in {landing}",
    ),
    "giving_way": Words("虚构县的数据让位给本县数据", "The fictional county gives way to this one"),
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
    "waiting_rows": Words("待更正", "waiting"),
    "deliveries": Words("报送文件", "Deliveries"),
    "files": Words("文件", "files"),
    "rows_read": Words("读取行数", "rows read"),
    "read": Words("读取", "read"),
    "loaded": Words("入库", "loaded"),
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
    "queued": Words("待核", "queued"),
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
        "这个数据仓库里是虚构县；请另指定数据库或 HEARTH_HOME。",
        "This warehouse holds the fictional county; name another database or another HEARTH_HOME.",
    ),
    "county_there": Words(
        "{landing} 是空的，而本实例里是 {other} 的数据：虚构县不与其并存。请指定报送文件夹，或另一个 HEARTH_HOME。",
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
    "database_gone": Words(
        "数据库连接中断（{kind}）。已完成的部分有效，请再次运行该命令。",
        "The database went away ({kind}). What was finished stands; run the command again.",
    ),
    "database_full": Words(
        "数据库所在磁盘已满。已完成的部分有效，请腾出空间后再次运行该命令。",
        "The database's disk is full. What was finished stands; make room and run the command again.",
    ),
    "build_disk_full": Words(
        "数据库或实例目录所在磁盘已满：构建中止，已发布的内容不变。请腾出空间后重新构建。",
        "The disk of the database or of the instance's home is full: the build was stopped, what is published stays. "
        "Make room and build again.",
    ),
    "over_limit": Words(
        "排序和表连接所需的磁盘空间超过数据库为每个进程设的上限（temp_file_limit），操作已中止；已完成和已发布的内容不变。"
        "内置数据库的上限为其启动时剩余空间的八分之一，至少 2 GB：请腾出空间，运行 `hearth down`、`hearth up` 后重试。"
        "自备的数据库服务器请由其管理员调整。",
        "Sorts and joins need more room on the disk than the database allows each of its processes (temp_file_limit). "
        "What was finished and what is published stays. The embedded database allows an eighth of what was free when "
        "it started, at least 2 GB: make room, run `hearth down` and `hearth up`, then try again. On a server of your "
        "own, ask its administrator.",
    ),
    "little_room": Words(
        "{home} 所在磁盘只剩 {megabytes} MB：请先腾出空间。",
        "The disk of {home} has {megabytes} MB left: make room first.",
    ),
    "not_written": Words(
        "{place} 无法写入：{why}。请处理后再次运行该命令。",
        "{place} cannot be written: {why}. Mend that and run the command again.",
    ),
    "clock_set_back": Words(
        "数据库服务器的时钟现为 {now}，早于上一次登记的 {last}：时钟被调回。计入哪些文件不受影响，"
        "但 --as-of 与 reload 依登记时间判断，请先校正时钟。",
        "The database server's clock says {now}, and the last thing registered is of {last}: it was set back. What "
        "counts does not depend on it; --as-of and reload go by these times, so put the clock right first.",
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
    "no_month_key": Words(
        "分区键应为月份，例如 202501；请以月份为分区键重新触发。",
        "The partition key is no month: trigger the flow with one, such as 202501, as its key.",
    ),
}
"""Why a load or a run does not begin, or ends early."""

ANSWERS: Mapping[str, Words] = {
    "home": Words("实例目录", "home"),
    "landing": Words("报送目录", "landing"),
    "database": Words("数据库", "database"),
    "airflow": Words("Airflow", "Airflow"),
    "runs": Words("运行中", "up"),
    "does_not_run": Words("未运行", "down"),
    "database_up": Words("数据库已启动；hearth url 给出连接地址", "database is up; hearth url prints its address"),
    "airflow_up": Words("Airflow 已启动：{page}", "Airflow is up: {page}"),
    "nothing_ran": Words("没有正在运行的服务", "nothing was running"),
    "stopped": Words("已停止：{names}", "stopped: {names}"),
    "ends": Words("按 Ctrl-C 结束", "Ctrl-C ends it"),
    "synth_begins": Words("正在生成人口", "peopling the county"),
    "synth_so_far": Words(
        "已生成 {households} 户、{files} 个文件", "{households} households, {files} {files:file|files} made"
    ),
    "synth_people": Words(
        "{households} 户 {persons} 人，{counties} 个县，月份 {months}",
        "{households} households, {persons} persons in {counties} {counties:county|counties}; {months}",
    ),
    "synth_files": Words(
        "文件 {files} 个（{fates}），{rows} 行，用时 {seconds} 秒：{folder}",
        "{files} files ({fates}), {rows} rows, in {seconds} s: {folder}",
    ),
    "synth_accept": Words("应接收 {count}", "{count} to accept"),
    "synth_hold": Words("应暂扣 {count}", "{count} to hold"),
    "synth_reject": Words("应退回 {count}", "{count} to reject"),
    "synth_duplicate": Words("重复 {count}", "{count} duplicate"),
    "synth_unrecognised": Words("不可识别 {count}", "{count} unrecognised"),
    "synth_strict": Words(
        "{share} 的户月只有一种正确结论，其余只能给出可确定的部分",
        "{share} of the household-months have one truth, the others what can be known",
    ),
    "by": Words("可按以下维度分组：", "by"),
    "passed": Words("通过", "ok"),
    "not_passed": Words("不通过", "FAILED"),
}
"""What the commands that look and start say."""

DELIVERY: Mapping[str, str] = {
    "delivery_id": "编号",
    "source": "来源",
    "extract": "交付种类",
    "part": "部分",
    "month": "数据月份",
    "file_name": "文件名",
    "relative_path": "相对路径",
    "sha256": "内容摘要",
    "byte_count": "字节数",
    "file_stamp": "文件时间",
    "contract_digest": "契约摘要",
    "status": "状态",
    "rows_read": "读取行数",
    "rows_loaded": "入库行数",
    "rows_quarantined": "隔离行数",
    "rows_duplicate": "完全重复行数",
    "rows_waiting": "待更正行数",
    "rows_gone": "原始行去向",
    "message": "说明（英文）",
    "message_zh": "说明",
    "is_correction": "更正文件",
    "name_date": "文件名日期",
    "data_date": "数据日期",
    "duplicate_of": "与之重复",
    "layout": "版式",
    "warnings": "告警",
    "figures": "判定依据",
    "registered_at": "登记时间",
    "accepted_at": "计入时间",
    "is_addition": "退回后更正",
    "adds_to": "补充至",
    "reading": "读取次数",
    "corrected_by": "更正来自",
    "quarantined": "隔离",
    "to_decide": "处理依据",
}
"""A delivery's fields, whose English names are those of the registry."""

TROUBLES: Mapping[str, Words] = {
    "no_such_delivery": Words(
        "没有第 {number} 号交付；`hearth deliveries list` 列出全部交付。",
        "There is no delivery {number}; `hearth deliveries list` shows them.",
    ),
    "no_such_status": Words("没有状态 {status}；有：{statuses}。", "There is no status {status}; they are {statuses}."),
    "no_such_role": Words("没有角色 {role}；角色有：{roles}。", "There is no role {role}; the roles are {roles}."),
    "checks_failed": Words("{failures} 项检查未通过", "{failures} of the checks failed"),
    "own_error": Words("Hearth 自身出错：{name}", "an error of Hearth's own: {name}"),
    "own_error_at": Words(
        "Hearth 自身出错：{name}；出错位置记在 {log}",
        "an error of Hearth's own: {name}; where it happened stands in {log}",
    ),
    "build_at_work": Words(
        "{month} 的构建已进行很久仍未结束；详见 hearth status",
        "the build of {month} has been at work for a long time; see hearth status",
    ),
    "another_build_at_work": Words(
        "另一次构建已进行很久仍未结束；详见 hearth status",
        "another build has been at work for a long time; see hearth status",
    ),
    "stays_unpublished": Words("{month} 未发布：{why}", "month {month} stays unpublished: {why}"),
    "stays_as_published": Words(
        "{month} 的新构建未发布，此前发布的数据不变：{why}",
        "the new build of {month} is not published, what was published before stands: {why}",
    ),
    "no_household": Words("{month} 一户也没有；请重新构建", "month {month} holds no household; build it again"),
    "overtaken": Words(
        "{month} 的构建已被另一次构建取代；请重新运行",
        "the build of {month} was overtaken by another one; run it again",
    ),
    "restarted": Words(
        "{month} 通过校验关口之后数据库重启过；请重新构建。",
        "The database was restarted after month {month} had passed its gate; build it again.",
    ),
    "login_refused": Words(
        "位于 {address} 的数据库 {name} 拒绝了 {user} 的登录。",
        "The database {name} at {address} refuses the login of {user}.",
    ),
    "server_says": Words("位于 {address} 的数据库 {name}：{answer}。", "The database {name} at {address}: {answer}."),
    "no_answer": Words(
        "位于 {address} 的数据库 {name} 没有应答；`hearth up` 启动内置数据库，`hearth status` 显示运行情况。",
        "The database {name} at {address} does not answer; `hearth up` starts the embedded one, `hearth status` shows"
        " what runs.",
    ),
    "never_started": Words(
        "{home} 中的内置数据库从未启动过；请用 `hearth up` 启动。",
        "The embedded database in {home} was never started; `hearth up` starts it.",
    ),
    "no_url": Words(
        "HEARTH_DATABASE_URL 不是形如 {shape} 的地址。", "HEARTH_DATABASE_URL is not a URL such as {shape}."
    ),
    "no_postgresql_url": Words(
        "HEARTH_DATABASE_URL 须指向 PostgreSQL 数据库：{shape}。",
        "HEARTH_DATABASE_URL must name a PostgreSQL database: {shape}.",
    ),
    "may_not_create": Words(
        "HEARTH_DATABASE_URL 的登录账户无权创建 Airflow 所用的数据库 {name}；请先创建该数据库。",
        "The login of HEARTH_DATABASE_URL may not create the database {name}, for Airflow; create it first.",
    ),
    "airflow_unprepared": Words(
        "未能准备好 Airflow 的数据库或流程；日志见 {log}",
        "Airflow's database or DAGs could not be prepared; the log is {log}",
    ),
    "airflow_unhealthy": Words(
        "Airflow 未能正常运行；日志在 {logs}", "Airflow did not become healthy; its logs are in {logs}"
    ),
    "airflow_ended": Words("Airflow 启动时退出：见 {log}", "Airflow ended while starting: see {log}"),
    "switched_off": Words(
        "{source} 未启用；请在本县配置中写 [sources.{source}] enabled = true（用 --county 指定配置文件）。",
        "{source} is not switched on; a county file (--county FILE) does that: [sources.{source}] enabled = true.",
    ),
    "no_utf8": Words("不是 UTF-8 编码", "it is not UTF-8"),
    "county_file_unread": Words(
        "本县配置 {path}：无法读取（{reason}）", "county file {path}: cannot be read ({reason})"
    ),
    "county_file_no_toml": Words(
        "本县配置 {path}：不符合 TOML 格式：{reason}", "county file {path}: not TOML: {reason}"
    ),
    "county_file_faulty": Words("本县配置 {path}：{where}{reason}", "county file {path}: {where}{reason}"),
    "county_tables": Words("应为名称形如 [source.extract] 的表", "expected tables named [source.extract]"),
    "county_no_source": Words("本县配置：没有来源 {names}", "county file: no such source: {names}"),
    "county_no_switch": Words(
        "本县配置：{table}：{wrong} 没有开关；有开关的是 {optional}",
        "county file: {table}: {wrong} has no switch; {optional} has",
    ),
    "county_not_switched_on": Words(
        "本县配置：{source} 未启用；请加上 [{table}.{source}]，写 enabled = true",
        "county file: {source} is not switched on; add [{table}.{source}] with enabled = true",
    ),
    "county_no_extract": Words(
        "本县配置：{source} 没有交付种类 {names}", "county file: {source} has no extract {names}"
    ),
    "county_no_column": Words("本县配置：{extract} 没有列 {names}", "county file: {extract} has no column {names}"),
}
"""What stands in a command's way, wherever it is found."""

_TEXTS: Mapping[str, Words] = {**PROGRESS, **SUMMARY, **REFUSALS, **ANSWERS, **TROUBLES}


def words(code: str, **facts: Any) -> Words:
    """A text in both languages, with its facts.

    Raises:
        KeyError: there is no such text.
    """
    return filled(_TEXTS[code], **facts)


def text(code: str, **facts: Any) -> str:
    """A text in the language of the person spoken to, with its facts.

    Raises:
        KeyError: there is no such text.
    """
    return told(_TEXTS[code], **facts)


def status_word(status: str) -> str:
    """A delivery's or a month's status as it is shown; the code itself where there is no other word."""
    return said(status, STATUSES.get(status) or BUILDS.get(status) or _OTHER_STATES.get(status))


def field_word(name: str) -> str:
    """A field of a delivery as it is shown."""
    return said(name, DELIVERY.get(name))


def level_word(level: str) -> str:
    """A household's level as it is shown."""
    return said(level, LEVELS.get(level))
