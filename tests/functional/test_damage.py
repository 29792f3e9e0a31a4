"""A folder with a file of each kind of damage: each gets a status and a message, and the rest counts.

The issue names the kinds: missing column, wrong sheet, truncated zip, empty, a PDF renamed .xlsx, an HTML table named
.xls, a password, 10,000 columns, a 300 MB csv, no header, two headers, only a title. A message tells its sender, in
English and Chinese, which file, sheet, row and column, what was expected and what to do.
"""

import csv as csv_reader
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.functional import damage
from tests.functional.damage import HEADER, OTHER_HEADER, OTHER_ROW, PERSON, ROWS, TITLE, csv, html, without, xls, xlsx
from tests.functional.instance import ACCEPTANCE, Instance

LARGE_MEGABYTES = float(os.environ.get("HEARTH_TEST_LARGE_MEGABYTES", "12"))
"""The issue's 300 are too slow for every day; HEARTH_TEST_LARGE_MEGABYTES=300 has them."""


class Kind(NamedTuple):
    """A damaged file: its content and what its message must name, in Chinese and in English."""

    name: str
    content: bytes
    status: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


REQUIRED = "“救助金额”"
LACKS = ("“救助金额”列：表头缺少这个必需的列",)
KINDS = (
    Kind(
        "缺列.xlsx", xlsx({"一月": [TITLE, *without(3, [HEADER, *ROWS])]}), "rejected",
        ("工作表“一月”", "第 2 行", *LACKS, "D 发放日期"), ("sheet “一月”", "row 2", "救助金额", "D 发放日期"),
    ),
    Kind(
        "缺列.csv", csv(without(3, [HEADER, *ROWS])), "rejected",
        ("第 1 行", *LACKS), ("row 1, column “救助金额”: the header lacks this required column",),
    ),
    Kind(
        "错字.xls", xls([[name.replace("救助金额", "救住金额") for name in HEADER], *ROWS]), "rejected",
        ("工作表“Sheet1”", "D 列“救住金额”可能应为“救助金额”"), ("column D “救住金额” may be meant as “救助金额”",),
    ),
    Kind(
        "第二张表.xlsx", xlsx({"封面": [TITLE], "数据": [HEADER, *ROWS]}), "accepted",
        ("工作表“数据”：数据在这张工作表",), ("sheet “数据”: the rows were found in this sheet",),
    ),
    Kind(
        "别的表.xlsx", xlsx({"封面": [TITLE], "名单": [OTHER_HEADER, OTHER_ROW]}), "rejected",
        ("工作表“名单”", "第 1 行", "残疾人两项补贴", "民政", REQUIRED), ("sheet “名单”", "row 1", "残疾人两项补贴"),
    ),
    Kind(
        "两张数据表.xlsx", xlsx({"东乡": [HEADER, *ROWS], "西乡": [HEADER, PERSON]}), "held",
        ("工作表“东乡”：只读取了这张工作表（2 行）", "“西乡”（1 行）", "合并"),
        ("sheet “东乡”: only this sheet was read (2 rows)", "“西乡” (1 row), which has"),
    ),
    Kind(
        "截断.xlsx", xlsx({"数据": [HEADER, *ROWS * 90]})[:-700], "rejected",
        ("损坏或不完整",), ("damaged or incomplete",),
    ),
    Kind("截断.xls", xls([HEADER, *ROWS * 90])[:-2000], "rejected", ("损坏或不完整",), ("damaged or incomplete",)),
    Kind("断网页.xls", html([HEADER, *ROWS])[:-40], "rejected", ("HTML 表格", "不完整"), ("HTML table", "incomplete")),
    Kind("空.csv", b"", "rejected", ("空的",), ("empty",)),
    Kind("一个字节.csv", b"1", "rejected", ("只有 1 个字节", REQUIRED), ("the file has 1 byte only", "救助金额")),
    Kind("空白.csv", b"\xef\xbb\xbf\r\n ,,\r\n", "rejected", ("空的",), ("empty",)),
    Kind("空表.xlsx", xlsx({"Sheet1": [], "Sheet2": []}), "rejected", ("空的",), ("empty",)),
    Kind("文档.xlsx", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "rejected", ("PDF 文档",), ("a PDF document",)),
    Kind("图片.xls", b"\x89PNG\r\n\x1a\n" + damage.noise(500), "rejected", ("PNG 图片",), ("a PNG picture",)),
    Kind(
        "公文.xlsx", damage.archive(**{"word/document.xml": b"<w/>"}), "rejected",
        ("Word 文档",), ("a Word document",),
    ),
    Kind(
        "压缩包.xlsx", damage.archive(**{"a.csv": csv([HEADER, *ROWS])}), "rejected",
        ("ZIP 压缩包",), ("a ZIP archive",),
    ),
    Kind("乱码.csv", damage.noise(3000), "rejected", ("二进制",), ("binary",)),
    Kind("网页.xls", html([TITLE, HEADER, *ROWS]), "accepted", (".xls", "HTML"), ("an HTML table",)),
    Kind("登录.xls", b"<!DOCTYPE html><html><body>login</body></html>", "rejected", ("登录页面",), ("login page",)),
    Kind(
        "密码.xlsx", damage.with_password(xlsx({"数据": [HEADER, *ROWS]})), "rejected", ("密码",), ("password",),
    ),
    Kind("密码.xls", damage.old_with_password(), "rejected", ("密码",), ("password",)),
    Kind(
        "一万列.csv", csv(damage.wide(damage.WIDE)), "rejected",
        ("第 1 行", "10,005 列", "不超过 2,000 列", "max_columns"), ("row 1", "10,005 columns", "at most 2,000"),
    ),
    Kind(
        "一万列.xlsx", xlsx({"数据": damage.wide(damage.WIDE)}), "rejected",
        ("工作表“数据”", "10,005 列", "2,000"), ("sheet “数据”", "10,005 columns", "at most 2,000"),
    ),
    Kind(
        "炸弹.xlsx", damage.bomb(is_admitted=True), "rejected",
        ("解压后却超过 1,000 MB", "max_megabytes"), ("of 2 MB unpacks to more than 1,000 MB",),
    ),
    Kind(
        "瞒报的炸弹.xlsx", damage.bomb(is_admitted=False), "rejected",
        ("解压后却超过 1,000 MB", "max_megabytes"), ("of 2 MB unpacks to more than 1,000 MB",),
    ),
    Kind(
        "换行.xlsx", xlsx({"数\n据": [["救住\n金额\a" if name == "救助金额" else name for name in HEADER], *ROWS]}),
        "rejected", ("工作表“数 据”", "D 列“救住 金额”可能应为“救助金额”"), ("sheet “数 据”", "D 救住 金额"),
    ),
    Kind(
        "角落.xlsx", damage.stray_cell(), "rejected",
        ("工作表“数据”", "1,048,576 行 × 16,384 列", "max_cells"), ("sheet “数据”", "1,048,576 rows"),
    ),
    Kind(
        "无表头.csv", csv(ROWS), "rejected",
        ("第 1 行", "没有表头", REQUIRED), ("row 1", "no header above it", "救助金额"),
    ),
    Kind(
        "无表头.xlsx", xlsx({"数据": ROWS}), "rejected",
        ("工作表“数据”", "第 1 行", "没有表头", REQUIRED), ("sheet “数据”", "row 1", "no header"),
    ),
    Kind(
        "两遍表头.csv", csv([HEADER, HEADER, *ROWS]), "accepted",
        ("第 2 行又是表头",), ("row 2 is the header again",),
    ),
    Kind(
        "两个表头.xlsx", xlsx({"数据": [HEADER, *ROWS, HEADER[::-1], *(row[::-1] for row in ROWS)]}), "rejected",
        ("工作表“数据”第 4 行", "与第 1 行的表头不同", "两个文件"), ("sheet “数据”, row 4", "in row 1", "two files"),
    ),
    Kind("只有标题.xlsx", xlsx({"数据": [TITLE]}), "rejected", ("只有标题", REQUIRED), ("only a title", "救助金额")),
    Kind(
        "只有表头.csv", csv([TITLE, HEADER]), "accepted",
        ("第 2 行：表头下没有数据行",), ("row 2: there are no rows below the header",),
    ),
    Kind(
        "两种编码.csv", csv([HEADER, *ROWS * 3]) + csv(ROWS * 3).decode().encode("gb18030"), "rejected",
        ("第 8 行", "以 UTF-8 编码开头", "第 8–13 行）是 GB18030"),
        ("row 8", "begins in UTF-8", "in GB18030 (rows 8–13)"),
    ),
    Kind(
        "无编码.csv", csv([HEADER, *ROWS]) + b"\xff\xfe\xfd,,,1,2025-01-09\n" * 3, "rejected",
        ("第 4 行", "A 列", "UTF-8"), ("row 4", "column A", "not UTF-8"),
    ),
    Kind(
        "坏表头.csv", csv([HEADER, *ROWS * 5]).replace("救助原因".encode(), b"\xff\xfe\xfd"), "rejected",
        ("第 1 行", "C 列", "表头或其上方有无法识别的字节"), ("row 1", "column C", "in the header or above it"),
    ),
    Kind(
        "坏一行.csv", csv([HEADER, PERSON, *ROWS * 4]).replace("水灾".encode(), b"\xff\xfe", 1), "rejected",
        ("C 列“救助原因”1 行（第 4 行）", "十六进制"), ("Column C “救助原因”, 1 row (row 4)", "in hexadecimal"),
    ),
    Kind(
        "空字节.csv", csv([HEADER, *ROWS]) + bytes(900), "rejected",
        ("第 4 行", "900 个空字节"), ("row 4", "900 null"),
    ),
    Kind(
        "引号.csv",
        csv([HEADER, ["错乱某", '"990121198306104076', "", "1", "2025-01-09"], *[["备注"]] * 30]), "rejected",
        ("第 2 行", "B 列", "双引号"), ("row 2", "column B", "quotation mark"),
    ),
    Kind(
        "分隔符.csv", csv([HEADER, *ROWS], "~"), "rejected",
        ("第 1 行", "A 列", "没有分开"), ("row 1", "not separated"),
    ),
    Kind(
        "错行.csv", csv([HEADER, *[[*row[:3], "多", *row[3:]] for row in ROWS]]), "rejected",
        ("D 列“救助金额”2 行（第 2、3 行）", "应为数字"), ("Column D “救助金额”, 2 rows (rows 2, 3)",),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def landing(folder: Path) -> Path:
    """A month of a department, whole, with the damaged files beside it."""
    path = folder / "landing"
    month = path / "civil_affairs" / "202501"
    shutil.copytree(ACCEPTANCE / "landing" / "civil_affairs" / "202501", month)
    for kind in KINDS:
        (month / file_name(kind)).write_bytes(kind.content)
    _put_what_is_no_file(month)
    _write_large(month / "临时救助发放_大文件_202501.csv", None)
    _write_large(month / "临时救助发放_大文件引号_202501.csv", '大量某,"990121196309053850,火灾,1,2025-01-09\n')
    return path


@pytest.fixture(scope="module")
def deliveries(
    make_instance: Callable[[str], Instance], landing: Path
) -> tuple[Instance, str, dict[str, dict[str, Any]]]:
    """The instance, what the load printed, and each file's delivery."""
    instance = make_instance("damage")
    printed = instance.hearth("load", "--landing", landing, "--source", "civil_affairs")
    listed = json.loads(instance.hearth("deliveries", "list", "--json"))
    return instance, printed, {found["file_name"]: found for found in listed}


Loaded = tuple[Instance, str, dict[str, dict[str, Any]]]


def file_name(kind: Kind) -> str:
    stem, extension = kind.name.rsplit(".", 1)
    return f"临时救助发放_{stem}{extension}_202501.{extension}"


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_each_damage_has_a_status_and_says_what_to_do(deliveries: Loaded, kind: Kind) -> None:
    found = deliveries[2][file_name(kind)]
    assert found["status"] == kind.status, found["message"]
    zh, en = found["message_zh"], found["message"]
    assert zh.startswith(f"{file_name(kind)}：")
    assert en.startswith(f"{file_name(kind)}: ")
    assert [part for part in kind.zh if part not in zh] == [], zh
    assert [part for part in kind.en if part not in en] == [], en
    assert "\n" not in zh + en
    if kind.status != "accepted":
        assert re.search(r"应为", zh)
        assert re.search(r"请", zh)
        assert re.search(r"[Ee]xpected|allowed|write", en)
        assert len(en.rsplit(". ", 1)[-1].split()) > 2, "what to do stands at the end"


NO_FILES = {
    "临时救助发放_管道_202501.csv": ("rejected", "命名管道", "a named pipe"),
    "临时救助发放_文件夹_202501.xlsx": ("rejected", "而是文件夹", "a folder"),
    "临时救助发放_空链接_202501.csv": ("rejected", "指向的文件不存在", "does not exist"),
    "临时救助发放_链接_202501.csv": ("rejected", "报送文件夹之外", "out of the landing folder"),
    r"临时救助发放_换\n行_202501.csv": ("accepted", "", ""),
    "".join(rf"\x{byte:02x}" for byte in "临时救助发放".encode("gb18030")) + "_202501.csv": (
        "unrecognised", "按 GB18030 读作“临时救助发放_202501.csv”", "as GB18030 it reads “临时救助发放_202501.csv”",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_FILES, ids=range(len(NO_FILES)))
def test_what_is_no_file_or_has_no_readable_name_is_told_too(deliveries: Loaded, name: str) -> None:
    status, zh, en = NO_FILES[name]
    found = deliveries[2][name]
    assert found["status"] == status
    assert zh in (found["message_zh"] or "")
    assert en in (found["message"] or "")
    assert status == "accepted" or re.search("应为.*请", found["message_zh"])


def test_no_message_holds_a_cell(deliveries: Loaded) -> None:
    _, printed, found = deliveries
    said = printed + "".join(f"{one['message']}{one['message_zh']}" for one in found.values())
    assert not re.search(r"\d{15}|损坏某|错乱某|大量某", said)
    assert "Traceback" not in printed


def test_the_rest_of_the_folder_counts_as_if_the_damaged_files_were_not_there(deliveries: Loaded) -> None:
    with (ACCEPTANCE / "truth" / "deliveries.csv").open(encoding="utf-8") as file:
        truth = [
            row for row in csv_reader.DictReader(file) if row["source"] == "civil_affairs" and row["month"] == "202501"
        ]
    assert truth
    for row in truth:
        found = deliveries[2][row["file"]]
        counts = ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate")
        assert (found["status"], *(found[name] for name in counts)) == (
            "accepted",
            *(int(row[name]) for name in counts),
        )


def test_a_large_file_is_loaded_but_for_the_row_with_an_open_quotation_mark(deliveries: Loaded) -> None:
    found = deliveries[2]
    whole = found["临时救助发放_大文件_202501.csv"]
    assert (whole["status"], whole["rows_loaded"]) == ("accepted", whole["rows_read"])
    assert whole["rows_loaded"] > 10_000 * LARGE_MEGABYTES / 2
    damaged = found["临时救助发放_大文件引号_202501.csv"]
    assert (damaged["status"], damaged["rows_quarantined"]) == ("accepted", 1)
    assert damaged["rows_loaded"] == whole["rows_loaded"]


def test_a_card_shows_both_languages_and_a_list_that_of_the_locale(
    deliveries: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, printed, found = deliveries
    one = found[file_name(KINDS[0])]
    card = instance.hearth("deliveries", "show", str(one["delivery_id"]))
    assert one["message"] in card
    assert one["message_zh"] in card
    assert f"{one['file_name']}  {one['message'].removeprefix(one['file_name'] + ': ')}" in printed
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    listed = instance.hearth("deliveries", "list", "--status", "rejected")
    assert one["message_zh"] in listed
    assert one["message"] not in listed


def test_a_second_load_finds_nothing_new(deliveries: Loaded, landing: Path) -> None:
    instance, _, before = deliveries
    instance.hearth("load", "--landing", landing, "--source", "civil_affairs")
    again = json.loads(instance.hearth("deliveries", "list", "--json"))
    assert {one["file_name"]: one["delivery_id"] for one in again} == {
        name: one["delivery_id"] for name, one in before.items()
    }


def _put_what_is_no_file(month: Path) -> None:
    outside = month.parents[2] / "outside.csv"
    outside.write_bytes(csv([HEADER, *ROWS]))
    os.mkfifo(month / "临时救助发放_管道_202501.csv")
    (month / "临时救助发放_文件夹_202501.xlsx").mkdir()
    (month / "临时救助发放_空链接_202501.csv").symlink_to("没有这个文件.csv")
    (month / "临时救助发放_链接_202501.csv").symlink_to(outside)
    (month / "临时救助发放_换\n行_202501.csv").write_bytes(csv([HEADER, PERSON]))
    (month / os.fsdecode("临时救助发放_202501.csv".encode("gb18030"))).write_bytes(csv([HEADER, *ROWS]))


def _write_large(path: Path, damaged_row: str | None) -> None:
    """A large csv; the damaged row, where there is one, is row 10,002."""
    with path.open("wb") as file:
        for n, piece in enumerate(damage.many_rows(LARGE_MEGABYTES)):
            file.write(piece)
            if n == 1 and damaged_row:
                file.write(damaged_row.encode())
