"""What the sender of a file is told, every wording once and in both languages.

The page docs/reference/problems.md is made from it. `{…}` stands for what is known of the case, filled in by
`hearth.language.filled`: headers, numbers and limits, never a cell, so that no personal value reaches a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hearth.language import Words


@dataclass(frozen=True)
class Wording:
    """One kind of problem: what is wrong, what was expected, what to do."""

    fault: Words
    expected: Words
    advice: Words


_NOTHING_TO_DO = "Nothing has to be done."
_NOTHING_TO_DO_ZH = "不需要处理。"

PROBLEMS: Mapping[str, Wording] = {
    "empty_file": Wording(
        Words("文件是空的，没有任何有内容的单元格", "the file is empty: no cell holds anything"),
        Words("含{required}的表头，以及数据行", "a header with {required}, and rows below it"),
        Words("请重新导出，确认能看到数据后再报送。", "Export it again and send it when you can see rows in it."),
    ),
    "too_short": Wording(
        Words(
            "文件只有 {count} 个字节，装不下一个表头",
            "the file has {count} {count:byte|bytes} only, too few for a header",
        ),
        Words("含{required}的表头，以及数据行", "a header with {required}, and rows below it"),
        Words(
            "导出或传输中断了：请重新导出，确认能看到数据后再报送。",
            "The export or the upload broke off: export it again and send it when you can see rows in it.",
        ),
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
            "请核对是否报错了文件；如果没有报错，请补上模板的表头后重新报送。",
            "Check that it is the right file; if it is, put the template's header above the rows and send it again.",
        ),
    ),
    "header_absent": Wording(
        Words("这一行已是数据，上面没有表头", "this row is data already, and there is no header above it"),
        Words("数据之上有一行表头，含{required}", "a header row above the rows with {required}"),
        Words("请补上模板的表头后重新报送。", "Put the template's header above the rows and send it again."),
    ),
    "second_header": Wording(
        Words(
            "这一行是第二个表头，列的次序与第 {first_row} 行的表头不同",
            "this row is a second header, with other columns than the one in row {first_row}",
        ),
        Words(
            "一张表只有一个表头；分页重复的表头须与第一个相同",
            "one header in a sheet; where it is repeated at a page break, the same one",
        ),
        Words("请把两张表分成两个文件报送。", "Send the two tables as two files."),
    ),
    "rows_above_header": Wording(
        Words(
            "这一行是数据，却在表头（第 {header_row} 行）之上",
            "this row is data but stands above the header (row {header_row})",
        ),
        Words("所有数据都在一个表头之下", "every row below one header"),
        Words(
            "请把表头移到数据之上后重新报送；两张表请分成两个文件报送。",
            "Move the header above the rows and send it again, or send two tables as two files.",
        ),
    ),
    "missing_columns": Wording(
        Words(
            "表头缺少{missing:这个|这些}必需的列；该行现有：{has}{similar}",
            "the header lacks {missing:this required column|these required columns}; it has: {has}{similar}",
        ),
        Words("表头行含{missing}", "a header row that has {missing} as well"),
        Words(
            "请补上缺少的列，或把写错的列名改正后重新报送；如果列名改了，请告知县里的系统维护人员。",
            "Add the {missing:column|columns}, or correct the {missing:name|names}, and send it again; "
            "if a column has a new name, tell the people who run Hearth.",
        ),
    ),
    "other_table": Wording(
        Words("这是另一张表的表头：{title}（{source}）", "this is the header of another table: {title} ({source})"),
        Words("“{wanted}”的表头，含{required}", "the header of {wanted} with {required}"),
        Words(
            "请核对是否报错了文件或文件名，改正后重新报送。",
            "Check whether it is the right file under the right name, and send the right one.",
        ),
    ),
    "wrong_delimiter": Wording(
        Words("各列没有分开，整行成了一格", "the columns are not separated: the whole row is one cell"),
        Words(
            "用逗号、制表符或分号分隔的文本，或 xlsx；列有{required}",
            "text with commas, tabs or semicolons between the columns, or an xlsx, with {required}",
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
        Words("文件不是表格，实际是：{what}", "the file is not a table: it is {what}"),
        Words(
            "xlsx、xls 或 csv 文件（改扩展名不能改变文件类型）", "an xlsx, xls or csv file (renaming does not make one)"
        ),
        Words(
            "请在原系统或 Excel、WPS 中导出为 xlsx 后重新报送。",
            "Export it as xlsx, from the system it comes from or from Excel or WPS, and send that.",
        ),
    ),
    "not_a_file": Wording(
        Words("这里不是文件，而是{what}，没有读取", "this is no file but {what}; it was not read"),
        Words("xlsx、xls 或 csv 文件", "an xlsx, xls or csv file"),
        Words(
            "请系统维护人员把它移走，报送单位把文件本身放在这里。",
            "Whoever runs Hearth takes it away, and the sender puts the file itself in its place.",
        ),
    ),
    "leads_nowhere": Wording(
        Words("这里只是一个链接，它指向的文件不存在", "this is only a link, and the file it leads to does not exist"),
        Words("文件本身", "the file itself"),
        Words("请把文件本身放在这里。", "Put the file itself in the link's place."),
    ),
    "leads_outside": Wording(
        Words(
            "这里只是一个链接，指向报送文件夹之外，没有读取",
            "this is only a link, and it leads out of the landing folder: it was not followed",
        ),
        Words("文件本身，或指向报送文件夹之内的链接", "the file itself, or a link to a file within the landing folder"),
        Words("请把文件本身放在这里。", "Put the file itself in the link's place."),
    ),
    "corrupt": Wording(
        Words("{what}已损坏或不完整，无法打开", "the {what} is damaged or incomplete and cannot be opened"),
        Words("完整的文件", "the whole file"),
        Words(
            "多半是上传或复制中断：请确认本机能打开后重新报送。",
            "The upload or the copying may have broken off: check that it opens, then send it again.",
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
    "mixed_encodings": Wording(
        Words(
            "文件以 {encoding} 编码开头，但有 {count} 行（第 {rows} 行{more}）是 {other} 编码",
            "the file begins in {encoding}, but {count} {count:row is|rows are} in {other} "
            "({count:row|rows} {rows}{more})",
        ),
        Words("整个文件用同一种编码：UTF-8 或 GB18030", "one encoding in the whole file: UTF-8 or GB18030"),
        Words(
            "多半是把两份不同编码的文件拼在了一起：请分别打开，合并到一个 xlsx 后重新报送，或分成两个文件报送。",
            "Two files of different encodings may have been joined: open each, put the rows into one xlsx and send "
            "that, or send two files.",
        ),
    ),
    "damaged_header": Wording(
        Words(
            "表头或其上方有无法识别的字节，不能确定各列和单位",
            "there are bytes that are no text in the header or above it, so columns and units are in doubt",
        ),
        Words("完整的标题和表头", "titles and headers that are whole"),
        Words("请重新导出，或另存为 xlsx 后重新报送。", "Export it again, or save it as xlsx, and send that."),
    ),
    "null_bytes": Wording(
        Words(
            "从这里起有 {count} 个空字节，内容已丢失",
            "from here on there {count:is|are} {count} null {count:byte|bytes}: the content is lost",
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
        Words(
            "请更正该行的双引号后重新报送，或改报 xlsx。",
            "Correct the quotation mark and send it again, or send an xlsx.",
        ),
    ),
    "long_cell": Wording(
        Words("一个单元格超过 {limit} 个字符", "a cell has more than {limit} characters"),
        Words("每格不超过 {limit} 个字符", "at most {limit} characters in a cell"),
        Words(
            "多半是缺少换行或引号：请重新导出后报送，或改报 xlsx。",
            "Line ends or quotation marks may be missing: export it again and send it, or send an xlsx.",
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
        Words("文件大小为 {megabytes} MB，太大", "the file is {megabytes} MB large: too large"),
        Words("不超过 {limit} MB", "at most {limit} MB"),
        Words(
            "请按乡镇或月份分成几个文件报送；确实需要整份报送的，县配置文件可调高 max_megabytes。",
            "Send it in parts, by township or month; "
            "where one file is meant, the county's file can raise max_megabytes.",
        ),
    ),
    "unpacks_too_big": Wording(
        Words(
            "xlsx 文件本身 {megabytes} MB，解压后却超过 {limit} MB，没有读取",
            "the xlsx file of {megabytes} MB unpacks to more than {limit} MB: it was not read",
        ),
        Words("解压后不超过 {limit} MB 的工作簿", "a workbook that unpacks to at most {limit} MB"),
        Words(
            "请在 Excel 或 WPS 中删除数据区以外的内容和格式，另存为新的 xlsx 后重新报送；"
            "数据确实这么多的，请分成几个文件，或由县配置文件调高 max_megabytes。",
            "Clear everything outside the data in Excel or WPS, save it as a new xlsx and send that; "
            "where the rows are so many, send it in parts, or the county's file can raise max_megabytes.",
        ),
    ),
    "too_many_faults": Wording(
        Words(
            "错误行过多：读取 {read} 行，其中 {faulty} 行有误，整个文件退回。{reasons}",
            "too many faulty rows: {faulty} of the {read} {read:row|rows} read; nothing was loaded. {reasons}",
        ),
        Words("错误行不超过 {share}", "at most {share} of the rows faulty"),
        Words("请更正后整份重新报送。", "Correct them and send the whole file again."),
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
        Words(
            "请系统维护人员放开该文件的读取权限，下次载入时读取。",
            "Whoever runs Hearth lets its account read the file; the next load reads it.",
        ),
    ),
    "deadly": Wording(
        Words("读取该文件两次都使程序异常终止，文件未载入", "the program ended abnormally both times it read the file"),
        Words("系统能在内存限度内读取的文件", "a file that Hearth can read within the memory it has"),
        Words(
            "文件多半已损坏或过大：请用原软件打开后重新导出，或分成几个文件报送。",
            "It is damaged or too large: open it, export it again, or send it in parts.",
        ),
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

NOTES: Mapping[str, Wording] = {
    "other_kind": Wording(
        Words(
            "扩展名是 {extension}，实际是{what}，已按实际类型读取",
            "named {extension}, the file is {what} and was read as that",
        ),
        Words("与内容相符的扩展名", "an extension that says what the file is"),
        Words(f"{_NOTHING_TO_DO_ZH}以后请另存为 xlsx。", f"{_NOTHING_TO_DO} Save it as xlsx next time."),
    ),
    "other_sheet": Wording(
        Words(
            "数据在这张工作表，不在第一张，已读取", "the rows were found in this sheet, not in the first, and were read"
        ),
        Words("数据在第一张工作表", "the rows in the first sheet"),
        Words(_NOTHING_TO_DO_ZH, _NOTHING_TO_DO),
    ),
    "no_rows": Wording(
        Words("表头下没有数据行", "there are no rows below the header"),
        Words("数据行；本月确实没有的，只有表头也可以", "rows; a header alone where there is nothing to report"),
        Words("如有数据，请重新导出后报送。", "If there should be rows, export it again and send it."),
    ),
    "header_again": Wording(
        Words(
            "第 {rows} 行{more}又是表头，未计入数据",
            "{rows:row|rows} {rows}{more} {rows:is|are} the header again and no data",
        ),
        Words("一个表头", "one header"),
        Words(_NOTHING_TO_DO_ZH, _NOTHING_TO_DO),
    ),
    "unknown_columns": Wording(
        Words(
            "有约定之外的列，未使用：{columns}",
            "{columns:a column|columns} that {columns:was|were} not agreed on, not used: {columns}",
        ),
        Words("约定的列", "the columns agreed on"),
        Words(
            "不需要处理；如果其中有改了名的列，请告知县里的系统维护人员。",
            "Nothing has to be done; if one of them is a known column renamed, tell the people who run Hearth.",
        ),
    ),
    "repeated_columns": Wording(
        Words(
            "列名重复，取第一列：{columns}",
            "{columns:a header is|headers are} repeated, the first one counts: {columns}",
        ),
        Words("每个列名只出现一次", "every header once"),
        Words(
            "请核对取的是否正确；不正确的，删去多余的列后重新报送。",
            "Check that it is the right one; if not, remove the other and send it again.",
        ),
    ),
    "uncalculated": Wording(
        Words(
            "有 {count} 个单元格只有公式，没有保存计算结果（先见于 {column} 列），按空白处理",
            "{count} {count:cell holds|cells hold} a formula without its stored result (the first in column {column}), "
            "which counts as blank",
        ),
        Words("值，或带有计算结果的公式", "values, or formulas with their results"),
        Words(
            "请用 Excel 或 WPS 打开文件并保存一次，或把公式粘贴为值后重新报送。",
            "Open it in Excel or WPS and save it once, or paste the formulas as values, and send it again.",
        ),
    ),
    "beyond_header": Wording(
        Words(
            "从这一行起有 {rows} 行在没有表头的列中有内容（{columns} 列），可能多了分隔符",
            "from here on {rows} {rows:row has|rows have} a cell under no header ({columns:column|columns} {columns}): "
            "a stray delimiter?",
        ),
        Words("有表头的列中才有内容", "cells under headers only"),
        Words(
            "请核对这些行是否错列；错列的，更正后重新报送。",
            "Check whether their cells have shifted; if so, correct them and send it again.",
        ),
    ),
}
"""What is told about a file that was read."""
