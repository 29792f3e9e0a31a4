"""The faults of a synthetic county's deliveries, each with its usual share and the words of deliveries.md for it.

The generator draws by these shares, `hearth synth --list-faults` prints them, the reference page lists them, and a
test holds what was made against them. A fault stands here once; how it is done stands with its name in the module
that does it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where in the making of a delivery a fault is drawn."""

    MONTH = "month"  # what a department does or leaves undone
    FILE = "file"  # what becomes of a file, and how it looks
    ROW = "row"
    IDENTITY = "identity"
    CELL = "cell"
    COUNTY = "county"  # what people and events are like


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    `share` is the part of `among` that has the fault at the usual dose, `most` the part it can have. On the roster
    the share is `on_roster` times as high. `where` names the extracts; empty: wherever there is such a thing.
    """

    name: str
    title: str
    stage: Stage
    share: float
    among: str
    says: str
    where: tuple[str, ...] = ()
    on_roster: float = 1.0
    most: float = 1.0


_ENCODINGS = "UTF-8 with or without BOM, GB18030 (with characters outside GBK), UTF-16"
_ABOVE = "title and note rows above the header (rows 1–6)"
_BELOW = "合计, 小计, 本页合计, 注：, 填表人 rows"
_NO_XLS = "an `.xls` that is really HTML or tab-separated text (read it as what it is)"
_LOST_DIGITS = "scientific notation or a number cell (digits lost)"
_DOCUMENTS = "residence permits (81–83…) and other documents (see 证件类型)"
_DOTS = "the middle dot in six shapes (`·•.．‧・`)"
_VARIANTS = "the contract maps variants (在校 → 在读, 已参保 → 已缴费, 是/√/1, `D级`)"
_ALIASES = "Aliases differ from month to month"
_QUARANTINE = "a missing key (a faulty ID never is one: the row counts as itself), or a required code outside its list"
_CELL_MAY_BE_BLANK = "a cell may be blank unless it is a date or an amount of an event, or a key other than an ID"
_NAMES_RULE = "Names are compatible when equal after normalisation"

_ID = "ID numbers"
_DATE = "dates in text"
_AMOUNT = "amounts in yuan"
_PERSONS = "persons"

_MONTH = (
    Fault(
        "silent-department",
        "部门当月未报",
        Stage.MONTH,
        0.15,
        "months after the first",
        "A snapshot is **stale** for M",
    ),
    Fault(
        "silent-extract",
        "个别表未报",
        Stage.MONTH,
        0.06,
        "extracts and months after the first",
        "the month goes on with the last accepted snapshot",
        ("members", "students", "disability_allowances", "income", "extreme_poverty"),
    ),
    Fault(
        "silent-office",
        "个别学校或乡镇未报",
        Stage.MONTH,
        0.03,
        "offices' files after the first month",
        "Parts of a month add up",
        ("pupils", "household_water"),
    ),
    Fault(
        "silent-list",
        "城市低保名册未报",
        Stage.MONTH,
        0.12,
        "months after the first",
        "rural or urban only in the name",
        ("allowances",),
    ),
    Fault(
        "by-office",
        "按学校或乡镇分别报送",
        Stage.MONTH,
        0.25,
        "extracts of a county alone",
        "a township or school when a department sends one file per office",
        ("pupils", "household_water", "members"),
    ),
    Fault(
        "last-years-list",
        "附送上年度参保名单",
        Stage.MONTH,
        0.5,
        "first months",
        "snapshot, per 参保年度",
        ("enrolments",),
    ),
    Fault(
        "year-to-date",
        "重报本年累计",
        Stage.MONTH,
        0.15,
        "months after the first",
        "departments re-export the year to date",
        ("settlements",),
    ),
    Fault("unknown-stem", "无法识别的文件", Stage.MONTH, 0.3, "months", "An unknown stem is listed as `unrecognised`"),
)

_FATES = (
    Fault(
        "missing-column",
        "缺必填列，后更正",
        Stage.FILE,
        0.12,
        "files",
        "a required column is missing",
        ("pupils", "members", "income", "dwellings"),
    ),
    Fault(
        "truncated-list",
        "名单只报一半",
        Stage.FILE,
        0.08,
        "files of a part seen before",
        "a truncated half of a list",
        ("household_water", "pupils", "income"),
    ),
    Fault(
        "stated-count",
        "文件名写明份数",
        Stage.FILE,
        0.5,
        "files",
        "a count (`138人`)",
        ("allowances", "household_water", "dwellings"),
    ),
    Fault(
        "wrong-count",
        "文件名份数不符",
        Stage.FILE,
        0.08,
        "files",
        "the count in the file name disagrees with the rows read",
        ("allowances", "household_water", "dwellings"),
    ),
    Fault(
        "old-date-above",
        "表头日期与月份不符",
        Stage.FILE,
        0.08,
        "files",
        "a 数据日期 inside the file that contradicts the folder",
        ("extreme_poverty", "students"),
    ),
    Fault("old-roster", "误报上月名册", Stage.FILE, 0.12, "files", "数据日期 contradicts the folder", ("members",)),
    Fault(
        "password",
        "文件加密",
        Stage.FILE,
        0.12,
        "files",
        "a password (rejected)",
        ("disability_allowances", "disaster_rebuilds"),
    ),
    Fault(
        "no-workbook",
        "不是表格文件",
        Stage.FILE,
        0.12,
        "files",
        "unreadable, wrong type of file",
        ("not_in_school", "extreme_poverty"),
    ),
    Fault(
        "too-many-faulty-rows", "错误行过多", Stage.FILE, 0.15, "files", "too many faulty rows", ("temporary_relief",)
    ),
    Fault(
        "corrected-file",
        "先误报后更正",
        Stage.FILE,
        0.15,
        "files",
        "a corrected file",
        ("enrolments", "settlements", "students", "income"),
    ),
    Fault("same-bytes-again", "重复报送", Stage.FILE, 0.03, "accepted files", "the same bytes under another name"),
)

_LAYOUTS = (
    Fault("another-format", "格式改变", Stage.FILE, 0.18, "files", "`.xls`, `.xlsx`, `.csv`"),
    Fault("html-as-xls", "网页冒充xls", Stage.FILE, 0.06, "files", _NO_XLS),
    Fault("text-as-xls", "文本冒充xls", Stage.FILE, 0.06, "files without grouped columns", _NO_XLS),
    Fault("another-encoding", "编码改变", Stage.FILE, 0.3, "text files", _ENCODINGS),
    Fault("another-delimiter", "分隔符改变", Stage.FILE, 0.2, "csv files", "comma, tab or semicolon"),
    Fault("cover-sheet", "封面页", Stage.FILE, 0.2, "workbooks", "a cover sheet before the data"),
    Fault("title-rows", "表头上方标题行", Stage.FILE, 0.75, "workbooks and web pages", _ABOVE),
    Fault("title-rows-in-text", "文本表头上方标题行", Stage.FILE, 0.15, "text files", _ABOVE),
    Fault("merged-downwards", "纵向合并单元格", Stage.FILE, 0.3, "workbooks and web pages", "values merged downwards"),
    Fault("numbering-row", "栏次行", Stage.FILE, 0.15, "files", "a numbering row (栏次, 1 2 3) under the header"),
    Fault("repeated-header", "分页重复表头", Stage.FILE, 0.15, "files", "the header repeated at page breaks"),
    Fault("page-totals", "本页合计", Stage.FILE, 0.3, "files with repeated headers", _BELOW),
    Fault("blank-rows", "空行", Stage.FILE, 0.25, "files", "blank rows"),
    Fault("totals", "合计行", Stage.FILE, 0.3, "workbooks and web pages", _BELOW),
    Fault("totals-in-text", "文本合计行", Stage.FILE, 0.1, "text files", _BELOW),
    Fault("notes-below", "表末附注", Stage.FILE, 0.5, "workbooks and web pages", _BELOW),
    Fault("notes-below-in-text", "文本表末附注", Stage.FILE, 0.1, "text files", _BELOW),
    Fault("unknown-column", "多余列", Stage.FILE, 0.2, "files", "unknown columns appear (a warning)"),
    Fault("column-order", "列序改变", Stage.FILE, 0.25, "files", "order changes"),
    Fault("header-alias", "列名别称", Stage.FILE, 0.2, "headers with another name", _ALIASES),
    Fault("header-blanks", "列名含空格或换行", Stage.FILE, 0.04, "headers in workbooks", _ALIASES),
    Fault("header-unit", "列名带单位", Stage.FILE, 0.15, "headers of amounts", _ALIASES),
    Fault("ten-thousand-heading", "万元列", Stage.FILE, 0.05, "files with amounts", "万元 in the heading"),
    Fault("amount-cells", "金额为数值单元格", Stage.FILE, 0.3, "workbooks with amounts", "`.xls`, `.xlsx`, `.csv`"),
    Fault("date-cells", "日期单元格", Stage.FILE, 0.3, "workbooks with dates", "real date cells"),
    Fault("division-cells", "区划代码为数值", Stage.FILE, 0.1, "workbooks with codes", "`.xls`, `.xlsx`, `.csv`"),
    Fault("flag-style", "是否改写", Stage.FILE, 0.35, "files with 是 and 否", _VARIANTS),
)

_ROWS = (
    Fault(
        "impossible-date",
        "日期不可能",
        Stage.ROW,
        0.0006,
        "rows with a required date",
        "impossible (30 February)",
        most=0.03,
    ),
    Fault(
        "future-date",
        "日期在未来",
        Stage.ROW,
        0.0006,
        "rows with a date that cannot be in the future",
        "future: a birth, death, settlement, sample or payment after the data month's end",
        most=0.03,
    ),
    Fault("amount-in-words", "金额写文字", Stage.ROW, 0.0006, "rows with a required amount", "words", most=0.03),
    Fault("missing-key", "缺编号", Stage.ROW, 0.0003, "rows with a key", _QUARANTINE, most=0.03),
    Fault("code-outside", "代码不在列表", Stage.ROW, 0.0006, "rows with a closed list", _QUARANTINE, most=0.03),
    Fault(
        "key-twin",
        "编号重复",
        Stage.ROW,
        0.0008,
        "rows",
        "a key counts once",
        ("pupils", "members", "settlements"),
        most=0.1,
    ),
    Fault(
        "exact-twin",
        "整行重复",
        Stage.ROW,
        0.001,
        "rows",
        "exact duplicates (equal in every cell, 序号 aside)",
        most=0.1,
    ),
    Fault(
        "blank-cell",
        "必填列空白",
        Stage.ROW,
        0.0007,
        "required cells of snapshots",
        _CELL_MAY_BE_BLANK,
        ("pupils", "students", "enrolments", "dwellings", "household_water", "income"),
        most=0.1,
    ),
    Fault(
        "wrong-household-no",
        "户编号写错",
        Stage.ROW,
        0.006,
        "household numbers",
        "户编号 (often blank)",
        ("household_water",),
        most=0.3,
    ),
    Fault(
        "wrong-insured-no",
        "个人编号写错",
        Stage.ROW,
        0.001,
        "settlements",
        "another person's number",
        ("settlements",),
        most=0.3,
    ),
)

_IDENTITY = (
    Fault("lower-case-x", "小写x", Stage.IDENTITY, 0.25, "ID numbers that end in X", "lower-case `x`"),
    Fault("full-width-digits", "全角数字", Stage.IDENTITY, 0.004, _ID, "full-width digits", most=0.3),
    Fault("id-blanks", "证件号含空格", Stage.IDENTITY, 0.005, _ID, "spaces, tabs", most=0.3),
    Fault("id-quoted", "证件号带引号", Stage.IDENTITY, 0.004, _ID, '`="…"` or `\'…`', most=0.3),
    Fault("id-of-15", "15位旧号", Stage.IDENTITY, 0.004, "ID numbers of those born before 2000", "15 digits", most=0.3),
    Fault("id-with-g", "证件号带G", Stage.IDENTITY, 0.01, "pupils' ID numbers", "`G`+ID", ("pupils",), most=0.3),
    Fault("wrong-check-digit", "校验码错", Stage.IDENTITY, 0.004, _ID, "a wrong check digit", (), 0.15, 0.2),
    Fault("id-typo", "证件号错一位", Stage.IDENTITY, 0.003, _ID, "a typo in the sequence", (), 0.15, 0.2),
    Fault("id-swapped", "证件号颠倒", Stage.IDENTITY, 0.0005, _ID, "a typo in the sequence", (), 0.15, 0.2),
    Fault("id-too-long", "证件号多一位", Stage.IDENTITY, 0.0005, _ID, "a typo in the sequence", (), 0.15, 0.2),
    Fault("masked-middle", "证件号掩码", Stage.IDENTITY, 0.003, _ID, "masked middle", (), 0.15, 0.2),
    Fault("scientific", "科学计数法", Stage.IDENTITY, 0.002, _ID, _LOST_DIGITS, (), 0.15, 0.2),
    Fault("number-cell", "证件号为数值", Stage.IDENTITY, 0.0012, _ID, _LOST_DIGITS, (), 0.15, 0.2),
    Fault("blank-id", "证件号空白", Stage.IDENTITY, 0.003, _ID, "blank", (), 0.15, 0.2),
    Fault("placeholder", "占位号", Stage.IDENTITY, 0.001, _ID, "`999999…` = none", (), 0.15, 0.2),
    Fault("other-document", "其他证件号", Stage.IDENTITY, 0.0003, _ID, _DOCUMENTS, (), 0.15, 0.2),
    Fault("somebody-elses", "他人证件号", Stage.IDENTITY, 0.001, _ID, "another person's number", (), 0.4, 0.2),
    Fault("several-numbers", "一格多号", Stage.IDENTITY, 0.0004, _ID, "several numbers in one cell", (), 0.0, 0.2),
    Fault("name-blanks", "姓名含空格", Stage.IDENTITY, 0.01, "names", "spaces inside (ASCII and full-width)", most=0.5),
    Fault("name-dots", "间隔号异形", Stage.IDENTITY, 0.4, "names with a middle dot", _DOTS),
    Fault(
        "name-question-mark",
        "生僻字变问号",
        Stage.IDENTITY,
        0.4,
        "names with a rare character",
        "a rare character turned to `?`",
    ),
    Fault("name-one-off", "姓名错一字", Stage.IDENTITY, 0.002, "names", _NAMES_RULE, (), 1.0, 0.2),
    Fault("name-of-another", "姓名不同", Stage.IDENTITY, 0.0008, "names", _NAMES_RULE, (), 0.0, 0.2),
)

_CELLS = (
    Fault("date-compact", "20250103", Stage.CELL, 0.015, _DATE, "`20250103`", most=0.15),
    Fault("date-slashes", "2025/1/3", Stage.CELL, 0.015, _DATE, "`2025/1/3`", most=0.15),
    Fault("date-dots", "2025.01.03", Stage.CELL, 0.01, _DATE, "`2025.01.03`", most=0.15),
    Fault("date-chinese", "2025年1月3日", Stage.CELL, 0.015, _DATE, "`2025年1月3日`", most=0.15),
    Fault("date-with-time", "日期带时间", Stage.CELL, 0.01, _DATE, "`2025-01-03 00:00:00`", most=0.15),
    Fault("date-serial", "Excel日期序数", Stage.CELL, 0.01, _DATE, "Excel serials", most=0.15),
    Fault("time-variant", "时间写法不一", Stage.CELL, 0.02, "times", "`2025/1/3`", most=0.5),
    Fault("month-variant", "年月写法不一", Stage.CELL, 0.02, "months", "`YYYYMM`", most=0.5),
    Fault("amount-thousands", "千分位", Stage.CELL, 0.012, _AMOUNT, "`1,234.50`", most=0.15),
    Fault("amount-sign", "带￥", Stage.CELL, 0.012, _AMOUNT, "`￥1234.5`", most=0.15),
    Fault("amount-yuan", "带元", Stage.CELL, 0.012, _AMOUNT, "`1234.5元`", most=0.15),
    Fault("amount-ten-thousand", "1.2万", Stage.CELL, 0.012, "amounts of whole 千元", "`1.2万`", most=0.15),
    Fault("amount-blanks", "金额含空格", Stage.CELL, 0.012, _AMOUNT, "spaces", most=0.15),
    Fault("dash-for-nothing", "空白写—或无", Stage.CELL, 0.05, "blank amounts", "`—`, `无`"),
    Fault("flag-variant", "是否的其他写法", Stage.CELL, 0.01, "cells of 是 and 否", _VARIANTS, most=0.5),
    Fault("code-variant", "代码的其他写法", Stage.CELL, 0.02, "codes with variants", _VARIANTS, most=0.5),
    Fault("number-blanks", "数字含空格", Stage.CELL, 0.01, "numbers", "spaces", most=0.5),
    Fault("key-blanks", "编号含空格", Stage.CELL, 0.002, "keys", "spaces, tabs", most=0.5),
)

_COUNTY = (
    Fault("rare-character", "GBK外生僻字", Stage.COUNTY, 0.01, _PERSONS, "GB18030 (with characters outside GBK)"),
    Fault("two-part-name", "带间隔号姓名", Stage.COUNTY, 0.02, "heads and their spouses", _DOTS),
    Fault("namesake", "同村同日生同名", Stage.COUNTY, 0.003, "households", "namesakes", most=0.1),
    Fault("passport", "持护照", Stage.COUNTY, 0.002, _PERSONS, _DOCUMENTS, most=0.2),
    Fault("residence-permit", "持居住证", Stage.COUNTY, 0.001, _PERSONS, _DOCUMENTS, most=0.2),
    Fault(
        "issued-elsewhere",
        "发证地不同",
        Stage.COUNTY,
        0.2,
        _PERSONS,
        "The first six digits are the place of issue, often retired since: an unknown area is a warning, not a fault",
    ),
    Fault(
        "certificate-again",
        "换发残疾证",
        Stage.COUNTY,
        0.1,
        "disability certificates",
        "20 or 22 digits (disability certificate)",
    ),
    Fault("newborn-without-id", "新生儿无证件号", Stage.COUNTY, 0.65, "births", "`999999…` = none"),
    Fault("refund", "退费", Stage.COUNTY, 0.01, "settlements", "negative refunds", ("settlements",), most=0.2),
    Fault(
        "late-settlement",
        "结算晚报",
        Stage.COUNTY,
        0.06,
        "settlements",
        "(a late settlement)",
        ("settlements",),
        most=0.5,
    ),
    Fault(
        "old-household-no",
        "分户后仍用原户编号",
        Stage.COUNTY,
        0.5,
        "households that split from another, with water",
        "户编号 (often blank)",
        ("household_water",),
    ),
    Fault(
        "renumbered-village",
        "村并入邻村",
        Stage.COUNTY,
        0.02,
        "villages and months after the first",
        "Other departments go on writing the old code or name for months",
        ("division_changes",),
        most=0.2,
    ),
)

FAULTS: tuple[Fault, ...] = (*_MONTH, *_FATES, *_LAYOUTS, *_ROWS, *_IDENTITY, *_CELLS, *_COUNTY)
"""Every fault that can be switched and dosed."""

BY_NAME = {fault.name: fault for fault in FAULTS}

ALWAYS: dict[str, str] = {
    "merged two-level headers": "dwellings and allowances have them in every workbook",
    "`2025-01-03`": "the usual spelling of a date",
}
"""What deliveries.md lists and no dose changes: it belongs to the layout."""
