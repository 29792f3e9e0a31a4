"""What a sender is told of a file that could be read but waits for a person, or that was not read at all.

As in `hearth.reading.catalogue`; docs/reference/problems.md is made from both.
"""

from collections.abc import Mapping

from hearth.language import Words
from hearth.reading.catalogue import Wording

HOLDS: Mapping[str, Wording] = {
    "unread_sheets": Wording(
        Words(
            "只读取了这张工作表（{rows} 行），未读取同样有表头和数据的工作表{others}",
            "only this sheet was read ({rows} {rows:row|rows}), not {others}, which {several:has|have} a header "
            "and rows as well",
        ),
        Words("一个文件只有一个数据表", "one sheet with rows in a file"),
        Words(
            "请把各表合并成一个工作表，或分成几个文件重新报送；只要这一张的可以放行。",
            "Put them into one sheet or send them as several files; release it if this sheet is all that is meant.",
        ),
    ),
    "lost_rows": Wording(
        Words(
            "名单有 {now} 行，上一份（{file}）有 {before} 行，减少了 {share}，可能不完整",
            "the list has {now} {now:row|rows} where the one before ({file}) had {before}, {share} fewer: it may be "
            "incomplete",
        ),
        Words(
            "完整的名单，比上一份减少不超过 {allowed} 或少于 {few} 行",
            "the whole list, with at most {allowed} fewer rows than the one before, or fewer than {few} lost",
        ),
        Words(
            "请与上一份核对：确实减少的，放行；不完整的，退回，由报送单位重新报送整份名单。",
            "Compare it with the one before: if the rows are gone for good, release it; if it is a part of the list, "
            "reject it and send the whole one.",
        ),
    ),
    "other_count": Wording(
        Words("读取 {read} 行，与文件名注明的 {stated}{unit}不符", "{read} {read:row|rows} were read, not {stated}"),
        Words("{stated} 行，如文件名所写（{stated}{unit}）", "{stated}, as the file's name states ({stated}{unit})"),
        Words(
            "请核对文件是否完整、文件名的数字是否正确：数据无误的，放行；否则退回，改正后重新报送。",
            "Check that the file is whole and the number in its name right: release it if the rows are; otherwise "
            "reject it and send the right one.",
        ),
    ),
    "other_month": Wording(
        Words(
            "文件内的数据日期（{dates}）不在所在文件夹的月份（{month}）",
            "the data {dates:date|dates} inside the file ({dates}) {dates:is|are} not in the month of its folder "
            "({month})",
        ),
        Words("{month} 的数据日期", "data dates in {month}"),
        Words(
            "请核实：日期写错的，放行；放错文件夹的，退回，移到正确的月份重新报送。",
            "Check it: release it if the date is a slip; otherwise reject it and send it again in the right month's "
            "folder.",
        ),
    ),
    "same_rows": Wording(
        Words(
            "新的部分“{here}”有 {rows} 行与已接收的部分“{there}”（{file}）相同，两者会重复计算",
            "{rows} rows of the new part “{here}” are those of part “{there}” ({file}), which counts: they would count "
            "twice",
        ),
        Words(
            "各部分互不重复，同一部分的文件名写法一致",
            "parts without common rows, each under one name",
        ),
        Words(
            "如果是同一部分换了叫法，请退回，按原来的文件名重新报送；确实是另一部分的，请核实后放行。",
            "If it is the same part under another name, reject it and send it again under the old one; "
            "release it if it is another part.",
        ),
    ),
    "gate_failed": Wording(
        Words("数据未通过关键检查：{findings}", "the rows failed a critical check: {findings}"),
        Words("每一项关键检查都通过", "every critical check passed"),
        Words(
            "请报送单位核对以上各项：数据无误的，放行；否则退回，更正后重新报送。",
            "Ask the sender about it: release it if the rows are right; otherwise reject it and send a corrected file.",
        ),
    ),
}
"""What holds a file until a person has looked at it, by code."""

LISTED: Mapping[str, Wording] = {
    "no_source": Wording(
        Words("{path} 不在任何来源的文件夹内，没有读取", "{path} lies in no source's folder; it was not read"),
        Words("“来源/年月/文件”，如 {example}", "source/YYYYMM/file, e.g. {example}"),
        Words("请移到正确的文件夹，下次载入时读取。", "Move it there; the next load reads it."),
    ),
    "no_month": Wording(
        Words(
            "{path} 不直接在月份文件夹内，没有读取",
            "{path} does not lie directly in a month's folder; it was not read",
        ),
        Words("“来源/年月/文件”，如 {example}", "source/YYYYMM/file, e.g. {example}"),
        Words("请移到正确的文件夹，下次载入时读取。", "Move it there; the next load reads it."),
    ),
    "unknown_name": Wording(
        Words(
            "文件名开头不是约定的名称，没有读取",
            "the file's name begins with no name that was agreed on; it was not read",
        ),
        Words("以下列名称之一开头：{stems}", "a name that begins with one of: {stems}"),
        Words("请按约定的名称改名后重新报送。", "Rename it and send it again."),
    ),
    "name_not_utf8": Wording(
        Words(
            "文件名（或文件夹名）的编码不是 UTF-8，没有读取{reading}", "the name is not UTF-8; it was not read{reading}"
        ),
        Words("UTF-8 编码的文件名", "a name in UTF-8"),
        Words(
            "多半是解压或上传时文件名编码不对：请系统维护人员改名，或由报送单位重新上传。",
            "An archive or an upload spoilt it: whoever runs Hearth renames it, or the sender uploads it again.",
        ),
    ),
    "folder_link": Wording(
        Words(
            "这里是指向文件夹的链接，没有跟随，其中的文件没有读取", "this is a link to a folder; it was not followed"
        ),
        Words("文件夹本身，或挂载（mount --bind）", "the folder itself, or a mount (mount --bind)"),
        Words("请系统维护人员把文件夹本身放在这里。", "Whoever runs Hearth puts the folder itself in its place."),
    ),
    "locked_folder": Wording(
        Words(
            "系统没有打开该文件夹的权限，其中的文件没有读取", "Hearth may not look into this folder: permission denied"
        ),
        Words("运行系统的账户可以打开的文件夹", "a folder that Hearth's account may open"),
        Words(
            "请系统维护人员放开该文件夹的权限，下次载入时读取。",
            "Whoever runs Hearth lets its account open it; the next load reads what is in it.",
        ),
    ),
}
"""Why a file is only listed as unrecognised, by code."""
