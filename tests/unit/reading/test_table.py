"""Each fault of files that deliveries.md names, made here once; nobody in the files exists."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
import xlwt

from hearth.contracts import source
from hearth.contracts.model import Extract
from hearth.reading.problems import PROBLEMS, DeliveryProblem
from hearth.reading.table import Table, read_table

RELIEF = source("civil_affairs").extract("temporary_relief")
ALLOWANCES = source("civil_affairs").extract("allowances")
EXTREME_POVERTY = source("civil_affairs").extract("extreme_poverty")
WATER = source("water").extract("household_water")
DWELLINGS = source("housing").extract("dwellings")
INCOME = source("registry").extract("income")
MEMBERS = source("registry").extract("members")

HEADER = ["姓名", "身份证号", "救助原因", "救助金额", "发放日期"]
ROWS = [
    ["甲某", "990121196309053850", "火灾", "5200.00", "2025-01-09"],
    ["乙某", "990121198306104076", "火灾", "3700.00", "2025-01-09"],
    ["䶮某", "990121198009197931", "交通事故", "3500.00", "2025-01-10"],
]
Rows = Sequence[Sequence[object]]


def text_of(rows: Rows, delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(str(cell) for cell in row) + end for row in rows)


def saved(folder: Path, content: bytes | str, name: str = "临时救助发放.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def xlsx(folder: Path, sheets: dict[str, Rows], merges: Sequence[tuple] = (), name: str = "a.xlsx") -> Path:
    """A workbook; `merges` are (sheet, first row, first column, last row, last column, value)."""
    path = folder / name
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for r, row in enumerate(rows):
                sheet.write_row(r, 0, row)
            for title_, *area in merges:
                if title_ == title:
                    sheet.merge_range(*area)
    return path


def xls(folder: Path, rows: Rows, merges: Sequence[tuple[int, int, int, int]] = ()) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    merged = {(top, left): (top, bottom, left, right) for top, left, bottom, right in merges}
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if (r, c) in merged:
                sheet.write_merge(*merged[r, c], cell)
            elif cell != "":
                sheet.write(r, c, cell)
    content = io.BytesIO()
    book.save(content)
    return saved(folder, content.getvalue(), "a.xls")


def column(table: Table, name: str) -> list[str | None]:
    return table.rows[f"c{table.positions[name]}"].to_list()


def cells(table: Table) -> list[list[str | None]]:
    return [list(row) for row in table.rows.drop("row_number").iter_rows()]


# Text: encodings, delimiters, quotation marks

ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "gb18030 outside gbk": lambda text: text.encode("gb18030"),
    "gb18030 with mark": lambda text: b"\x84\x31\x95\x33" + text.encode("gb18030"),
    "utf-16 little": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 little without mark": lambda text: text.encode("utf-16-le"),
    "utf-16 big without mark": lambda text: text.encode("utf-16-be"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_is_read_in_any_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    encode: Callable[[str], bytes] = ENCODINGS[encoding]
    table = read_table(saved(tmp_path, encode(text_of([HEADER, *ROWS], delimiter, end))), RELIEF)
    assert cells(table) == ROWS
    assert table.rows["row_number"].to_list() == [2, 3, 4]
    assert table.rows.schema["row_number"] == pl.Int32
    assert table.number_cells is None
    assert (table.sheet, table.header_row, table.headers) == ("", 1, HEADER)


def test_one_delimiter_inside_cells_does_not_win(tmp_path: Path) -> None:
    rows = [[row[0], row[1], "火灾,水灾,旱灾", row[3], row[4]] for row in ROWS]
    assert cells(read_table(saved(tmp_path, text_of([HEADER, *rows], ";")), RELIEF)) == rows


def test_quoted_fields_keep_newlines_delimiters_and_marks(tmp_path: Path) -> None:
    text = "姓名,身份证号,救助原因,救助金额,发放日期\n"
    text += '甲某,"=""990121196309053850""","火灾,\n水灾 ""大""","5,200.00",2025-01-09\n\n'
    text += "乙某,990121198306104076,,1,2025-01-09\n"
    table = read_table(saved(tmp_path, text), RELIEF)
    assert cells(table)[0] == ["甲某", '="990121196309053850"', '火灾,\n水灾 "大"', "5,200.00", "2025-01-09"]
    assert table.rows["row_number"].to_list() == [2, 4]


def test_a_mark_inside_a_field_is_a_letter(tmp_path: Path) -> None:
    text = "姓名,身份证号,救助原因,救助金额,发放日期\n"
    text += '甲某,="990121196309053850",5"管,1,2025-01-09\n乙某,,"a,b",2,2025-01-09\n'
    table = read_table(saved(tmp_path, text), RELIEF)
    assert column(table, "citizen_id") == ['="990121196309053850"', None]
    assert column(table, "relief_reason") == ['5"管', "a,b"]


def test_an_open_quotation_mark_is_refused_with_its_row(tmp_path: Path) -> None:
    rows = [HEADER, ROWS[0], ["乙某", '"990121198306104076', "火灾", "1", "2025-01-09"], *[["备注"]] * 60]
    with pytest.raises(DeliveryProblem) as problem:
        read_table(saved(tmp_path, text_of(rows)), RELIEF)
    assert (problem.value.code, problem.value.row) == ("open_quotation", 3)


def test_cells_beyond_the_header_are_kept_and_told(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, text_of([HEADER, ROWS[0], [*ROWS[1], "附言"], ["丙某"]])), RELIEF)
    assert cells(table)[1] == [*ROWS[1], "附言"]
    assert any("row 3: from here on 1 row has a cell under no header (column F)" in said.en for said in table.notes)


def test_undecodable_text_names_the_row(tmp_path: Path) -> None:
    with pytest.raises(DeliveryProblem) as problem:
        read_table(saved(tmp_path, text_of([HEADER, *ROWS]).encode() + b"\xff\xff\xff\n" * 3), RELIEF)
    assert (problem.value.code, problem.value.row) == ("undecodable", 5)


# Workbooks, and what only calls itself one


@pytest.mark.parametrize("extension", ["csv", "xls", "xlsx", "txt"])
def test_the_first_bytes_decide(tmp_path: Path, extension: str) -> None:
    path = saved(tmp_path, text_of([HEADER, *ROWS], "\t").encode("gb18030"), f"a.{extension}")
    assert cells(read_table(path, RELIEF)) == ROWS
    book = xlsx(tmp_path, {"Sheet1": [HEADER, *ROWS]}, name=f"b.{extension}")
    assert cells(read_table(book, RELIEF)) == ROWS


def test_html_named_xls(tmp_path: Path) -> None:
    html = """<html><head><meta charset="gb2312"></head><body><table>
    <tr><td colspan=5>临时救助发放表</td></tr>
    <tr><th>姓名</th><th>身份证号</th><th>救助<br>原因</th><th>救助金额</th><th>发放日期</th></tr>
    <tr><td>甲某</td><td>990121196309053850</td><td rowspan=2>火灾</td><td>1&nbsp;</td><td>2025-01-09</td></tr>
    <tr><td>乙某</td><td>990121198306104076</td><td>2</td><td>2025-01-09</td></tr>
    </table></body></html>"""
    table = read_table(saved(tmp_path, html.encode("gb18030"), "a.xls"), RELIEF)
    assert cells(table) == [
        ["甲某", "990121196309053850", "火灾", "1", "2025-01-09"],
        ["乙某", "990121198306104076", "火灾", "2", "2025-01-09"],
    ]
    assert (table.header_row, table.rows["row_number"].to_list()) == (2, [3, 4])


def test_types_of_cells(tmp_path: Path) -> None:
    rows = [
        ["甲某", 990121196309053850, "火灾", 5200, date(2025, 1, 9)],
        ["乙某", "990121198306104076", True, 1.1 + 2.2, datetime.fromisoformat("2025-01-09T08:30")],
    ]
    table = read_table(xlsx(tmp_path, {"Sheet1": [HEADER, *rows]}), RELIEF)
    assert column(table, "paid_on")[0] == "2025-01-09"
    assert column(table, "amount_yuan") == ["5200", "3.3"]
    assert column(table, "relief_reason") == ["火灾", "TRUE"]
    assert table.number_cells is not None
    assert table.number_cells["c1"].to_list() == [True, False]
    assert table.number_cells["c4"].to_list() == [False, False]


def test_a_cover_sheet_titles_notes_and_a_note_of_the_date(tmp_path: Path) -> None:
    rows = [
        ["临时救助发放表"],
        ["填报单位：示例县", "", "", "单位：万元"],
        ["数据日期：", date(2025, 1, 31)],
        [],
        ["注：请勿改动"],
        HEADER,
        *ROWS,
    ]
    book = xlsx(tmp_path, {"填报说明": [["填报说明：请勿改动表头"], ["姓名", "按身份证填写"]], "数据": rows})
    table = read_table(book, RELIEF)
    assert cells(table) == ROWS
    assert (table.sheet, table.header_row, table.rows["row_number"].to_list()) == ("数据", 6, [7, 8, 9])
    assert table.note_dates == [date(2025, 1, 31)]
    assert table.scales == {"amount_yuan": 10_000}


def test_two_sheets_with_a_complete_header_are_told(tmp_path: Path) -> None:
    table = read_table(xlsx(tmp_path, {"甲": [HEADER, ROWS[0]], "乙": [HEADER, *ROWS]}), RELIEF)
    assert table.sheet == "乙"
    assert table.unread_sheets == {"甲": 1}


GROUPS = ["序号", "所在地", "", "户主", "", "低保证号", "保障对象", "", "", "领取金额", "起始保障年月"]
LEAVES = ["", "乡镇", "行政村", "姓名", "身份证号", "", "姓名", "身份证号", "与户主关系", "", ""]
GROUP_MERGES = [(1, 1, 1, 2), (1, 3, 1, 4), (1, 6, 1, 8), *((1, c, 2, c) for c in (0, 5, 9, 10))]
ALLOWED = [
    [1, "示例镇", "甲村", "甲某", "990121198808040834", "DB1", "甲某", "990121198808040834", "本人", 420, "202203"],
    [2, "", "", "", "", "", "乙某", "990121198503221706", "配偶", 310, "202203"],
    [3, "示例镇", "乙村", "丙某", "990121199201105579", "DB2", "丙某", "990121199201105579", "本人", 420, "202203"],
]


@pytest.mark.parametrize("merges", [GROUP_MERGES, []], ids=["merged", "blank"])
def test_two_level_headers_tell_the_same_words_apart(tmp_path: Path, merges: list) -> None:
    rows = [["示例县农村低保保障名册"], GROUPS, LEAVES, *ALLOWED, ["合  计", *[""] * 8, 1150, ""]]
    table = read_table(xls(tmp_path, rows, merges), ALLOWANCES)
    assert column(table, "head_name") == ["甲某", None, "丙某"]
    assert column(table, "person_name") == ["甲某", "乙某", "丙某"]
    assert table.headers[3:8] == ["户主/姓名", "户主/身份证号", "低保证号", "保障对象/姓名", "保障对象/身份证号"]
    assert len(table.positions) == len(ALLOWANCES.columns)
    assert (table.header_row, table.unknown_headers) == (3, [])


def test_values_merged_downwards_are_filled_and_only_those(tmp_path: Path) -> None:
    down = [(3, c, 4, c) for c in (1, 2, 3, 4)]
    rows = [["示例县农村低保保障名册"], GROUPS, LEAVES, *ALLOWED]
    table = read_table(xls(tmp_path, rows, [*GROUP_MERGES, *down]), ALLOWANCES)
    assert column(table, "head_name") == ["甲某", "甲某", "丙某"]
    assert column(table, "village_name") == ["甲村", "甲村", "乙村"]
    assert column(table, "allowance_no") == ["DB1", None, "DB2"]


def test_one_level_with_the_group_in_the_word(tmp_path: Path) -> None:
    header = ["户主姓名", "户主身份证号", "姓名", "身份证号", "月保障金额"]
    table = read_table(saved(tmp_path, text_of([header, ["甲某", "", "乙某", "990121198503221706", "1"]])), ALLOWANCES)
    assert column(table, "person_name") == ["乙某"]
    assert column(table, "head_name") == ["甲某"]


def test_a_flat_contract_is_read_from_grouped_headers(tmp_path: Path) -> None:
    groups = ["行政村代码", "户主", "", "", "工程编号", "供水", "", "", "水质评价"]
    leaves = ["", "姓名", "身份证号", "户编号", "", "人均日供水量（升）", "取水往返时间(分钟)", "年缺水天数", ""]
    row = ["990121106202", "甲某", "990121196701138074", "", "GS1", "55", "0", "0", "达标"]
    table = read_table(saved(tmp_path, text_of([groups, leaves, row])), WATER)
    assert column(table, "head_citizen_id") == ["990121196701138074"]
    assert not {"litres_per_day", "minutes_round_trip", "shortage_days"} - set(table.positions)


def test_aliases_units_brackets_and_order(tmp_path: Path) -> None:
    header = [
        "人均纯收入 （万元）",
        "户 编号",
        "家庭纯收入(元)",
        "上年人均纯收入（单位：元）",
        "县里加的列",
        "*工资性收入",
    ]
    table = read_table(saved(tmp_path, text_of([header, ["0.8", "8800", "32000", "9000", "x", "1"]])), INCOME)
    assert column(table, "income_per_capita_yuan") == ["0.8"]
    assert column(table, "wage_income_yuan") == ["1"]
    assert table.scales == {"income_per_capita_yuan": 10_000}
    assert table.unknown_headers == ["县里加的列"]
    assert any("E 县里加的列" in said.zh for said in table.notes)


@pytest.mark.parametrize("alias", ["证件号码", "身份证号码", "身份证件号", "公民身份号码", "身份证号", "身 份 证 号"])
def test_the_only_id_column_under_any_of_its_names(tmp_path: Path, alias: str) -> None:
    header = [alias if name == "身份证号" else name for name in HEADER]
    assert column(read_table(saved(tmp_path, text_of([header, *ROWS])), RELIEF), "citizen_id") == [r[1] for r in ROWS]


def test_a_repeated_header_counts_once(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, text_of([[*HEADER, "姓名"], [*ROWS[0], "x"]])), RELIEF)
    assert column(table, "person_name") == ["甲某"]
    assert any("A 姓名" in said.zh for said in table.notes)
    unread = next(said.zh for said in table.notes if "未使用" in said.zh)
    assert "A 姓名" not in unread and "姓名" in unread


# Rows that are no data


def test_rows_that_are_no_data_are_left_out(tmp_path: Path) -> None:
    header = ["序号", "姓名", "身份证号", "乡镇", "行政村", "供养方式", "生活自理能力", "起始年月"]
    title = ["特困人员供养名册", *[""] * 7]
    people = [
        ["1", "甲某", "990121196410226453", "示例镇", "甲村", "分散供养", "部分丧失", "202106"],
        ["2", "小计", "990121196106011597", "示例镇", "甲村", "集中供养", "部分丧失", "202106"],
        ["3", "合计", "", "示例镇", "甲村", "集中供养", "", ""],
        ["4", "计某", "990121195606291594", "示例镇", "甲村", "集中供养", "部分丧失", "202106"],
    ]
    noise = [
        [""] * 8,
        [" ", "　", *[""] * 6],
        ["本页合计", "2人", *[""] * 6],
        ["", "小 计", "2", "", "", "", "", ""],
        title,
        header,
        ["栏次", *map(str, range(1, 8))],
        ["示例镇小计", "", "2", *[""] * 5],
        ["示例镇", *[""] * 7],
        ["5", *[""] * 7],
        ["累计：4人", *[""] * 7],
        ["注：以上人员均已公示", *[""] * 7],
        ["填表人：", "丁某", "审核人：", "戊某", *[""] * 4],
        ["第1页 共2页", *[""] * 7],
        ["以上数据截至本月底，由各乡镇核实", *[""] * 7],
    ]
    rows = [title, header, ["栏次", *map(str, range(1, 8))], *people[:2], *noise, *people[2:]]
    for path in (saved(tmp_path, text_of(rows)), xlsx(tmp_path, {"Sheet1": rows})):
        table = read_table(path, EXTREME_POVERTY)
        assert column(table, "person_name") == ["甲某", "小计", "合计", "计某"]
        assert table.rows["row_number"].to_list() == [4, 5, 21, 22]


@pytest.mark.parametrize(
    "numbering",
    [["1", "2", "3", "4", "5"], ["(1)", "(2)", "(3)", "(4)=3", "（5）"], ["甲", "乙", "1", "2", "3"], list("①②③④⑤")],
)
def test_a_numbering_row_under_the_header(tmp_path: Path, numbering: list[str]) -> None:
    table = read_table(saved(tmp_path, text_of([HEADER, numbering, *ROWS, HEADER, numbering, *ROWS])), RELIEF)
    assert cells(table) == ROWS * 2


def test_both_levels_of_a_header_repeated_at_page_breaks(tmp_path: Path) -> None:
    page = [["示例县农村低保保障名册"], GROUPS, LEAVES, *ALLOWED]
    table = read_table(xls(tmp_path, [*page, *page], GROUP_MERGES), ALLOWANCES)
    assert column(table, "person_name") == ["甲某", "乙某", "丙某"] * 2


@pytest.mark.parametrize(
    "below",
    [
        ["一", "二", "三", "四", "五"],
        ["列1", "列2", "列3", "列4", "列5"],
        ["第1栏", "第2栏", "第3栏", "第4栏", "第5栏"],
        ["（一）", "（二）", "（三）", "（四）", "（五）"],
        ["甲", "乙", "一", "二", "三"],
        ["必填", "必填", "选填", "必填", "必填"],
        ["姓名", "证件号码", "原因", "金额（元）", "日期"],
    ],
    ids=" ".join,
)
def test_a_row_right_below_the_header_that_numbers_or_explains_it(tmp_path: Path, below: list[str]) -> None:
    assert cells(read_table(saved(tmp_path, text_of([HEADER, below, *ROWS])), RELIEF)) == ROWS


@pytest.mark.parametrize("lost", ["", "#REF!"])
@pytest.mark.parametrize("place", [("镇", "村", "集中"), ("示例乡镇", "示例行政村", "集中供养")], ids="".join)
def test_rows_that_lost_name_and_number_are_no_header_again(
    tmp_path: Path, lost: str, place: tuple[str, str, str]
) -> None:
    header = ["姓名", "身份证号", "乡镇", "行政村", "供养方式"]
    rows = [[lost, "", *place], [lost, "", *place[:2], "分散供养"]]
    table = read_table(saved(tmp_path, text_of([header, *rows, header]), "特困人员供养名册.csv"), EXTREME_POVERTY)
    assert table.rows["row_number"].to_list() == [2, 3]
    assert [note.zh for note in table.notes if "第 4 行又是表头" in note.zh]


def test_numbering_in_chinese_goes_beyond_ten(tmp_path: Path) -> None:
    numerals = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    header = [*HEADER, *(f"附加{n}" for n in range(7))]
    table = read_table(saved(tmp_path, text_of([header, numerals, [*ROWS[0], *[""] * 7]])), RELIEF)
    assert table.rows["row_number"].to_list() == [3]


@pytest.mark.parametrize(
    "row",
    [
        ["2025年1月31日", "", "", "", ""],
        ["", "", "", "", "二〇二五年一月三十一日"],
        ["（盖章）", "", "", "", "2025年1月31日"],
        ["示例县民政局（公章）", "", "", "", ""],
        ["", "", "示例县民政局", "", "2025-01-31"],
    ],
    ids=lambda row: " ".join(filter(None, row)),
)
def test_a_lone_date_or_stamp_is_nobody(tmp_path: Path, row: list[str]) -> None:
    table = read_table(saved(tmp_path, text_of([row, HEADER, *ROWS, row])), RELIEF)
    assert cells(table) == ROWS


# What is refused


def refusal(path: Path, extract: Extract = RELIEF) -> DeliveryProblem:
    with pytest.raises(DeliveryProblem) as problem:
        read_table(path, extract)
    assert problem.value.zh
    assert problem.value.en
    return problem.value


def test_missing_columns_name_sheet_row_and_headers_only(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "救助金额"]
    rows = [row[:3] + row[4:] for row in ROWS]
    problem = refusal(xlsx(tmp_path, {"说明": [["说明"]], "数据": [["标题"], header, *rows]}))
    assert (problem.code, problem.sheet, problem.row) == ("missing_columns", "数据", 2)
    assert problem.expected == ("救助金额",)
    assert problem.found == tuple(header)
    assert "甲某" not in problem.zh + problem.en


def test_a_file_without_a_header_prints_no_cell(tmp_path: Path) -> None:
    problem = refusal(saved(tmp_path, text_of(ROWS)))
    assert (problem.code, problem.row) == ("header_absent", 1)
    assert not any(cell in problem.zh + problem.en for row in ROWS for cell in row)


def test_a_file_of_another_extract_is_refused(tmp_path: Path) -> None:
    problem = refusal(saved(tmp_path, text_of([HEADER, *ROWS])), MEMBERS)
    assert (problem.code, problem.row) == ("other_table", 1)
    assert "临时救助发放" in problem.zh


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\r\n", "empty_file"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"PK\x03\x04 cut off", "corrupt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "corrupt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (bytes(range(256)) * 9, "not_a_table"),
    ],
)
def test_what_is_no_table_is_refused_by_its_name(tmp_path: Path, content: bytes, code: str) -> None:
    refused = refusal(saved(tmp_path, content, "a.xlsx")).code
    assert refused == code or {refused, code} == {"not_a_table", "undecodable"}


def test_a_workbook_cut_in_half(tmp_path: Path) -> None:
    content = xlsx(tmp_path, {"Sheet1": [HEADER, *ROWS]}).read_bytes()
    assert refusal(saved(tmp_path, content[: len(content) // 2], "b.xlsx")).code == "corrupt"


def test_a_password_on_an_old_workbook(tmp_path: Path) -> None:
    content = bytearray(xls(tmp_path, [HEADER]).read_bytes())
    first_record = content.find(b"\x09\x08\x10\x00\x00\x06") + 20
    content[first_record : first_record + 2] = b"\x2f\x00"
    assert refusal(saved(tmp_path, bytes(content), "b.xls")).code == "encrypted"


def test_another_header_below_is_two_tables_in_one(tmp_path: Path) -> None:
    problem = refusal(saved(tmp_path, text_of([HEADER, *ROWS, HEADER[::-1], *(row[::-1] for row in ROWS)])))
    assert (problem.code, problem.row) == ("second_header", 5)


@pytest.mark.parametrize("first, second", [(0, 1), (1, 2), (3, 4), (2, 4)])
def test_a_header_again_with_two_columns_changed_is_refused(tmp_path: Path, first: int, second: int) -> None:
    """What stands below it would be read under each other's names."""

    def changed(row: list[str]) -> list[str]:
        moved = list(row)
        moved[first], moved[second] = row[second], row[first]
        return moved

    problem = refusal(saved(tmp_path, text_of([HEADER, *ROWS, changed(HEADER), *map(changed, ROWS)])))
    assert (problem.code, problem.row) == ("second_header", 5)


def test_rows_above_the_header_are_not_lost(tmp_path: Path) -> None:
    problem = refusal(saved(tmp_path, text_of([ROWS[0], HEADER, *ROWS[1:]])))
    assert (problem.code, problem.row) == ("rows_above_header", 1)


def test_the_limits_are_those_of_the_contract(tmp_path: Path) -> None:
    file = saved(tmp_path, text_of([HEADER, *ROWS]))
    for limit, code in (("max_columns", "too_many_columns"), ("max_cells", "too_many_cells")):
        assert refusal(file, replace(RELIEF, **{limit: 4})).code == code
    large = saved(tmp_path, text_of([HEADER, *ROWS * 9000]), "b.csv")
    assert refusal(large, replace(RELIEF, max_megabytes=1)).code == "too_big"
    unpacked = xlsx(tmp_path, {"Sheet1": [HEADER, *ROWS * 9000]})
    assert unpacked.stat().st_size < 1_000_000
    assert refusal(unpacked, replace(RELIEF, max_megabytes=1)).code == "unpacks_too_big"


def test_a_stray_cell_that_the_sheet_does_not_admit_to(tmp_path: Path) -> None:
    """Exporters write the area of one cell, or none; unfolding the real one would end the process."""
    path = xlsx(tmp_path, {"数据": [HEADER, *ROWS]})
    parts = {}
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b'ref="A1:E4"', b'ref="A1"').replace(b"</sheetData>", stray)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    problem = refusal(path)
    assert (problem.code, problem.sheet) == ("too_many_cells", "数据")


def test_a_quotation_mark_that_opens_at_the_end(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, text_of([HEADER, *ROWS, ["丙某", '"99', "", "1", "2025-01-09"]])), RELIEF)
    assert table.faults.rows() == [(5, "citizen_id", "身份证号", "open_quotation")]
    assert cells(table)[:3] == ROWS


def test_a_line_without_end(tmp_path: Path) -> None:
    problem = refusal(saved(tmp_path, text_of([HEADER]) + "甲" * 1_000_000))
    assert (problem.code, problem.row) == ("long_cell", 2)


def test_every_wording_can_be_said() -> None:
    """A fact that a wording wants and nobody gives would hide a refusal behind an error."""
    for code, wording in PROBLEMS.items():
        for zh, en in (wording.fault, wording.expected, wording.advice):
            assert set(re.findall(r"{(\w+)}", zh)) - {"similar_zh", "what_zh", "which_zh"} <= (
                set(re.findall(r"{(\w+)}", en)) | {"row"}
            ), code


def test_an_absurdly_wide_sheet(tmp_path: Path) -> None:
    assert refusal(xlsx(tmp_path, {"Sheet1": [HEADER, [*ROWS[0], *[""] * 3000, "x"]]})).code == "too_many_columns"
    assert refusal(saved(tmp_path, "a," * 3000 + "\n")).code == "too_many_columns"
