"""Why a file cannot be read as it is, and what was noticed in one that can, in words for its sender.

Every wording stands here once, in both languages; the page docs/reference/problems.md is made from it. A message
says where (sheet, row, column), what is wrong, what was expected and what to do. It holds headers, numbers and
limits, never a cell: no personal value reaches it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_col_to_name

from hearth.errors import HearthError

LISTED = 40
"""As many headers are named in a message; a sheet of 2,000 columns has more."""


class Words(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Wording:
    """One kind of problem; `{…}` stands for what is known of the case."""

    fault: Words
    expected: Words
    advice: Words


PROBLEMS: Mapping[str, Wording] = {
    "empty_file": Wording(
        Words("文件是空的，没有任何有内容的单元格", "the file is empty: no cell holds anything"),
        Words("表头和数据行", "a header and rows"),
        Words("请重新导出，确认能看到数据后再报送。", "Export it again and send it when you can see rows in it."),
    ),
    "only_title": Wording(
        Words("只有标题，没有表头和数据", "there is only a title: no header and no rows"),
        Words("标题下一行是表头，含{required}", "a header below the title with {required}"),
        Words("请把表头和数据一并导出后重新报送。", "Export it with its header and rows and send it again."),
    ),
    "no_header": Wording(
        Words("前 {rows} 行中没有找到表头", "no header was found in the first {rows} rows"),
        Words("一行表头，含{required}", "a header row with {required}"),
        Words(
            "请核对是否报错了文件；如果没有报错，请补上模板的表头。",
            "Is this the right file? If so, put the template's header above the rows.",
        ),
    ),
    "header_absent": Wording(
        Words("第一行就是数据，没有表头", "the rows begin at once: there is no header"),
        Words("数据之上有一行表头，含{required}", "a header row above the rows with {required}"),
        Words("请补上模板的表头后重新报送。", "Put the template's header above the rows and send it again."),
    ),
    "second_header": Wording(
        Words(
            "同一张表里有两个表头，列的次序不同：第 {first_row} 行和第 {row} 行",
            "there are two headers with different columns in one sheet: row {first_row} and row {row}",
        ),
        Words("只有一个表头；分页重复的表头须与第一个相同", "one header; where it is repeated, the same one"),
        Words("请把两张表分成两个文件报送。", "Send the two tables as two files."),
    ),
    "rows_above_header": Wording(
        Words(
            "这一行是数据，却在表头（第 {header_row} 行）之上",
            "this row is data but stands above the header (row {header_row})",
        ),
        Words("所有数据都在一个表头之下", "every row below one header"),
        Words(
            "请把表头移到数据之上；两张表请分成两个文件报送。",
            "Move the header above the rows, or send two tables as two files.",
        ),
    ),
    "missing_columns": Wording(
        Words(
            "表头缺少必需的列“{missing}”；该行现有：{has}{similar_zh}",
            "the header lacks the required columns {missing}; it has: {has}{similar_en}",
        ),
        Words("该行含{required}", "in this row {required}"),
        Words(
            "请补上缺少的列，或把写错的列名改正后重新报送；如果列名改了，请告知县里的系统维护人员。",
            "Add the columns, or correct their names, and send it again; "
            "if a column has a new name, tell the people who run Hearth.",
        ),
    ),
    "other_table": Wording(
        Words("这是另一张表：{title}（{source}）", "this is another table: {title} ({source})"),
        Words("“{wanted}”的表头，含{required}", "the header of {wanted} with {required}"),
        Words(
            "请核对是否报错了文件或文件名，改正后重新报送。", "Is it the right file, and named rightly? Send that one."
        ),
    ),
    "wrong_delimiter": Wording(
        Words("各列没有分开，整行成了一格", "the columns are not separated: the whole row is one cell"),
        Words(
            "用逗号、制表符或分号分隔的文本，或 xlsx", "text with commas, tabs or semicolons between columns, or xlsx"
        ),
        Words(
            "请另存为 xlsx 或逗号分隔的 CSV 后重新报送。", "Save it as xlsx or as CSV with commas and send it again."
        ),
    ),
    "encrypted": Wording(
        Words("文件设有打开密码，无法读取", "the file is protected by a password and cannot be read"),
        Words("不设密码的 xlsx、xls 或 csv 文件", "an xlsx, xls or csv file without a password"),
        Words("请取消打开密码后重新报送。", "Remove the password and send it again."),
    ),
    "not_a_table": Wording(
        Words("文件不是表格，实际是：{what_zh}", "the file is not a table: it is {what}"),
        Words(
            "xlsx、xls 或 csv 文件（改扩展名不能改变文件类型）", "an xlsx, xls or csv file (renaming does not make one)"
        ),
        Words("请在原系统或 Excel、WPS 中导出为 xlsx 后重新报送。", "Export it as xlsx and send that."),
    ),
    "corrupt": Wording(
        Words("{what_zh}已损坏或不完整，无法打开", "the {what} is damaged or incomplete and cannot be opened"),
        Words("完整的文件", "the whole file"),
        Words(
            "多半是上传或复制中断：请确认本机能打开后重新报送。",
            "The upload or the copying broke off: check that it opens, then send it again.",
        ),
    ),
    "undecodable": Wording(
        Words("从这里起文字编码无法识别，不是 {encoding}", "from here on the text is not {encoding}"),
        Words(
            "整个文件用同一种编码：UTF-8、GB18030 或 UTF-16", "one encoding in the whole file: UTF-8, GB18030 or UTF-16"
        ),
        Words(
            "请另存为 xlsx 或 UTF-8 编码的 CSV 后重新报送；不要把不同编码的文件拼在一起。",
            "Save it as xlsx or as CSV in UTF-8 and send it again; do not join files of different encodings.",
        ),
    ),
    "null_bytes": Wording(
        Words(
            "从这里起有 {count} 个空字节，内容已丢失", "from here on there are {count} null bytes: the content is lost"
        ),
        Words("没有空字节的文本文件", "text without null bytes"),
        Words("多半是磁盘或传输故障：请重新导出后报送。", "A disk or a transfer failed: export it again and send it."),
    ),
    "open_quotation": Wording(
        Words(
            "有一个双引号没有成对，其后的内容无法分列",
            "a quotation mark opens here and does not close, so the columns after it are lost",
        ),
        Words("双引号成对，或没有双引号", "quotation marks in pairs, or none"),
        Words("请更正该行的双引号，或改报 xlsx。", "Correct the quotation mark, or send an xlsx."),
    ),
    "long_cell": Wording(
        Words("一个单元格超过 {limit} 个字符", "a cell has more than {limit} characters"),
        Words("每格不超过 {limit} 个字符", "at most {limit} characters in a cell"),
        Words(
            "多半是缺少换行或引号：请重新导出，或改报 xlsx。",
            "Line ends or quotation marks are missing: export it again, or send an xlsx.",
        ),
    ),
    "too_many_columns": Wording(
        Words("有 {columns} 列，太多", "there are {columns} columns: too many"),
        Words("不超过 {limit} 列", "at most {limit} columns"),
        Words(
            "请删除数据区右侧的内容和格式后重新报送；确实需要这么多列的，县配置文件可调高 max_columns。",
            "Clear everything right of the data and send it again; "
            "where so many are meant, the county's file can raise max_columns.",
        ),
    ),
    "too_many_cells": Wording(
        Words(
            "范围是 {rows} 行 × {columns} 列，共 {cells} 格，太多",
            "the area is {rows} rows × {columns} columns, {cells} cells: too many",
        ),
        Words("不超过 {limit} 格", "at most {limit} cells"),
        Words(
            "请删除数据区以外的内容、空行和格式后重新报送；确实有这么多数据的，县配置文件可调高 max_cells。",
            "Clear everything outside the data, blank rows too, and send it again; "
            "where so many are meant, the county's file can raise max_cells.",
        ),
    ),
    "too_big": Wording(
        Words("{which_zh}大小为 {megabytes} MB，太大", "{which} is {megabytes} MB large: too large"),
        Words("不超过 {limit} MB", "at most {limit} MB"),
        Words(
            "请按乡镇或月份分成几个文件报送；确实需要整份报送的，县配置文件可调高 max_megabytes。",
            "Send it in parts, by township or month; "
            "where one file is meant, the county's file can raise max_megabytes.",
        ),
    ),
    "not_storable": Wording(
        Words(
            "有数值超出可存储的范围（SQLSTATE {sqlstate}）",
            "a value is beyond what can be stored (SQLSTATE {sqlstate})",
        ),
        Words("金额不超过 14 位整数，日期在公元 1 年至 9999 年之间", "amounts below 10^14, dates from year 1 to 9999"),
        Words("请核对金额和日期后重新报送。", "Check amounts and dates and send it again."),
    ),
    "no_permission": Wording(
        Words("系统没有读取该文件的权限", "Hearth may not read the file: permission denied"),
        Words("运行系统的账户可以读取的文件", "a file that Hearth's account may read"),
        Words("请系统维护人员放开该文件的读取权限。", "Whoever runs Hearth lets its account read the file."),
    ),
    "unexpected": Wording(
        Words("读取时发生意外错误（{kind}），文件未载入", "an unexpected error ({kind}) stopped the reading"),
        Words("系统能读取的文件", "a file that Hearth can read"),
        Words(
            "这是系统的问题：请联系系统维护人员，日志已记录位置。",
            "The fault is Hearth's: tell the people who run it; the log has the place.",
        ),
    ),
}
"""What rejects a file, by code."""

NOTES: Mapping[str, Words] = {
    "other_kind": Words(
        "扩展名是 {extension}，实际是：{what_zh}，已按实际类型读取", "named {extension}, read as {what}"
    ),
    "other_sheet": Words(
        "数据在工作表“{sheet}”（不是第一个），已读取该表", "the rows were found in sheet “{sheet}”, not the first"
    ),
    "no_rows": Words("表头（第 {row} 行）下没有数据行", "there are no rows below the header (row {row})"),
    "header_again": Words("第 {rows} 行又是表头，未计入数据", "rows {rows} are headers again and no data"),
    "unknown_columns": Words("未知的列，未使用：{columns}", "unknown columns, not used: {columns}"),
    "repeated_columns": Words("重复的列名，取第一列：{columns}", "repeated headers, the first one counts: {columns}"),
    "beyond_header": Words(
        "{rows} 行在没有表头的列中有内容（{columns} 列；第 {first} 行等），可能多了分隔符",
        "{rows} rows have cells under no header (column {columns}; row {first} first): a stray delimiter?",
    ),
}
"""What is told about a file that was read."""


class DeliveryProblem(HearthError):
    """A file that is rejected, with the place and what was expected there.

    `expected` and `found` hold headers. `row` is the sender's row number, `column` a letter or a header. `zh` and
    `en` are whole messages: place, fault, expectation, advice.
    """

    def __init__(
        self,
        code: str,
        *,
        sheet: str = "",
        row: int | None = None,
        column: str = "",
        expected: Sequence[str] = (),
        found: Sequence[str] = (),
        **facts: Any,
    ) -> None:
        self.code = code
        self.sheet = sheet
        self.row = row
        self.column = column
        self.expected = tuple(expected)
        self.found = tuple(found)
        said = {name: f"{fact:,}" if isinstance(fact, int) else fact for name, fact in facts.items()} | {"row": row}
        self.zh = _message_zh(code, sheet, row, column, said | {"required": _quoted(expected)})
        self.en = _message_en(code, sheet, row, column, said | {"required": ", ".join(expected)})
        super().__init__(self.en)


def note(code: str, **facts: Any) -> Words:
    """What is told about a file that was read."""
    zh, en = NOTES[code]
    return Words(zh.format(**facts) + "。", en.format(**facts) + ".")


def letter(column: int) -> str:
    """A spreadsheet's name of a column that is counted from 0."""
    return str(xl_col_to_name(column))


def lettered(headers: Sequence[str], columns: Sequence[int]) -> str:
    """Headers with their letters: `C 救助原因, D 发放日期`."""
    shown = ", ".join(f"{letter(n)} {headers[n]}" for n in columns[:LISTED])
    return shown + ", …" * (len(columns) > LISTED)


def _message_zh(code: str, sheet: str, row: int | None, column: str, facts: dict[str, Any]) -> str:
    places = [f"工作表“{sheet}”"] * bool(sheet) + [f"第 {row} 行"] * bool(row) + [_column_zh(column)] * bool(column)
    wording = PROBLEMS[code]
    return (
        f"{' '.join(places)}{'：' if places else ''}{wording.fault.zh.format(**facts)}。"
        f"应为：{wording.expected.zh.format(**facts)}。{wording.advice.zh}"
    )


def _column_zh(column: str) -> str:
    return f"{column} 列" if column.isascii() else f"“{column}”列"


def _message_en(code: str, sheet: str, row: int | None, column: str, facts: dict[str, Any]) -> str:
    places = [f"sheet “{sheet}”"] * bool(sheet) + [f"row {row}"] * bool(row) + [f"column {column}"] * bool(column)
    wording = PROBLEMS[code]
    return (
        f"{', '.join(places)}{': ' if places else ''}{wording.fault.en.format(**facts)}. "
        f"Expected: {wording.expected.en.format(**facts)}. {wording.advice.en}"
    )


def _quoted(headers: Sequence[str]) -> str:
    return "、".join(f"“{header}”" for header in headers)
