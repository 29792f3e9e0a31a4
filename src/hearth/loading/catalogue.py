"""What a sender is told of a file that could be read but waits for a person, of a returned workbook, and of what was
not read at all.

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
        Words(
            "读取 {read} 行，与文件名注明的 {stated} {unit}不符", "{read} {read:row was|rows were} read, not {stated}"
        ),
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
    "returned_without_reasons": Wording(
        Words(
            "文件名注明“退回”，但表中没有“{column}”列",
            "the file's name marks it as returned, but it lacks the column {column}",
        ),
        Words(
            "退回表保留“{column}”列，其行才会补充进原名单；没有这一列会替代整份名单",
            "that column, by which the rows are added to their list; without it the file replaces the whole list",
        ),
        Words(
            "请保留该列重新报送；确实是整份名单的，可以放行。",
            "Send it again with the column; release it if it is the whole list.",
        ),
    ),
}
"""What holds a file until a person has looked at it, by code."""

RETURNS_REFUSED: Mapping[str, Wording] = {
    "other_months_rows": Wording(
        Words(
            "退回表的行出自 {months} 的交付，文件却在 {month} 的文件夹内",
            "the rows of the returned workbook come from {months}, but it lies in the folder of {month}",
        ),
        Words("在原数据月份的文件夹内", "the folder of the rows' own month"),
        Words("请移到 {months} 的文件夹后重新报送。", "Put it into the folder of {months}."),
    ),
    "rows_of_several_lists": Wording(
        Words(
            "退回表的行出自几份名单（第 {lists} 号交付）",
            "the rows of the returned workbook come from several lists (deliveries {lists})",
        ),
        Words("一个退回表只更正一份名单", "one returned workbook corrects one list"),
        Words("请按原来的退回表分开报送。", "Send each one by itself."),
    ),
    "no_list_yet": Wording(
        Words(
            "表中有“{column}”列，应补充进已接收的名单，但该部分本月没有已接收的名单",
            "the file has the column {column}, so its rows are added to a list, but no list of this part was accepted "
            "for the month",
        ),
        Words("先报送整份名单", "the whole list first"),
        Words(
            "请报送整份名单（不含“{column}”列）；名单接收后本文件会自动再读。",
            "Send that (without the column {column}); this file is read again once it is there.",
        ),
    ),
    "list_rejected": Wording(
        Words(
            "它所补充的第 {number} 号交付被退回，本文件随之退回",
            "delivery {number}, to which it adds, was rejected, and this file with it",
        ),
        Words("名单与其补充一并报送", "a list that counts"),
        Words(
            "请在重报的整份名单中一并更正这些行。",
            "Correct the rows in the whole list that is sent in its place.",
        ),
    ),
}
"""Why a returned workbook is refused, by code."""

RETURNS_NOTED: Mapping[str, Wording] = {
    "added": Wording(
        Words(
            "作为退回更正表，其行补充进第 {number} 号交付（{file}）",
            "as a returned workbook its rows are added to delivery {number} ({file})",
        ),
        Words("只含更正后的行", "corrected rows and no others"),
        Words("不需要处理。", "Nothing has to be done."),
    ),
    "list_replaced": Wording(
        Words(
            "第 {number} 号交付已被后来的整份文件替代，本文件的行因此不计入",
            "a whole list replaced delivery {number}, so these rows do not count now",
        ),
        Words("更正在最新的整份名单之内", "corrections within the newest whole list"),
        Words("请核对最新的整份名单是否已含这些更正。", "Check that the newest whole list has these corrections."),
    ),
    "rows_unnamed": Wording(
        Words(
            "{rows} 行的“{column}”没有注明更正的是哪一行：这些行已读取，原错误行仍列为待更正",
            "{rows} {rows:row does|rows do} not say in {column} which faulty row {rows:it corrects|they correct}: "
            "{rows:it was|they were} read, the faulty {rows:row goes|rows go} on waiting",
        ),
        Words("“{column}”保持退回时的原样", "the column {column} as it was returned"),
        Words(
            "再次退回的错误行如已更正，不必再报。",
            "Nothing has to be done; faulty rows that come back once more need not be sent again.",
        ),
    ),
    "list_kept_apart": Wording(
        Words(
            "它所补充的第 {number} 号交付暂扣或等待中：本文件已读取并单独保存，暂不计入",
            "delivery {number}, to which it adds, is held or waits: the file was read and its rows are kept apart",
        ),
        Words("已计入的名单", "a list that counts"),
        Words(
            "不需要处理：名单计入时一并计入，名单退回时一并退回。",
            "Nothing has to be done: it is taken in with its list, or rejected with it.",
        ),
    ),
}
"""What is said of a returned workbook that was read, by code."""

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
    "other_department": Wording(
        Words(
            "文件名属于另一来源（{source}），没有读取",
            "the file's name belongs to another source, {source}; it was not read",
        ),
        Words("放在 {folder} 文件夹内", "the file in the folder {folder}"),
        Words("请移到该文件夹，下次载入时读取。", "Move it there; the next load reads it."),
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
