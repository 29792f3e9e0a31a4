"""One row of broken bytes costs that row and no other; what cannot be told apart is refused with its place."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from hearth.contracts import source
from hearth.loading.checks import too_many_faults
from hearth.parsing.frame import Parsed, parse
from hearth.reading.decoding import MARKS
from hearth.reading.problems import DeliveryProblem
from hearth.reading.table import Table, read_table

RELIEF = source("civil_affairs").extract("temporary_relief")
HEADER = "姓名,身份证号,救助原因,救助金额,发放日期"
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")


def line(number: int, reason: str = "火灾") -> str:
    return f"乙某,990121198306104076,{reason},{number}.50,2025-01-09"


def lines(count: int = 40) -> list[bytes]:
    return [HEADER.encode(), *(line(n).encode() for n in range(1, count + 1))]


def in_encoding(rows: Sequence[bytes], encoding: str) -> list[bytes]:
    return [row.decode().encode(encoding) for row in rows]


def read(folder: Path, rows: Sequence[bytes] | bytes) -> Table:
    path = folder / "临时救助发放.csv"
    path.write_bytes(rows if isinstance(rows, bytes) else b"\r\n".join(rows) + b"\r\n")
    return read_table(path, RELIEF)


def parsed(table: Table) -> Parsed:
    return parse(table, RELIEF, date(2025, 1, 31))


def refusal(folder: Path, rows: Sequence[bytes] | bytes) -> DeliveryProblem:
    with pytest.raises(DeliveryProblem) as refused:
        read(folder, rows)
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_row_of_bytes_in_no_encoding_goes_to_quarantine_alone(tmp_path: Path, encoding: str) -> None:
    rows = in_encoding(lines(), encoding)
    rows[7] = rows[7].replace("火灾".encode(encoding), b"\xff\xc3")
    result = parsed(read(tmp_path, rows))
    assert (result.rows_read, result.rows.height) == (40, 39)
    assert result.faults.rows() == [(8, "relief_reason", "救助原因", "undecodable_bytes")]
    assert result.quarantined.row(0) == (8, "乙某", "990121198306104076", "\\xFF\\xC3", "7.50", "2025-01-09")


def test_rows_of_figures_alone_leave_the_choice_to_the_header(tmp_path: Path) -> None:
    """An income list in GB18030 has Chinese letters in its header only: one row against one is no near equal."""
    rows = [HEADER.encode("gb18030"), *(f"A,99,B,{n},2025-01-09".encode() for n in range(1, 40))]
    rows[5] = b"\xff" + rows[5]
    result = parsed(read(tmp_path, rows))
    assert result.faults["row_number"].to_list() == [6]
    assert result.rows.height == 38


def test_a_row_in_another_encoding_is_told_so(tmp_path: Path) -> None:
    rows = lines()
    rows[20] = line(20, "城乡居民临时救助").encode("gb18030")
    result = parsed(read(tmp_path, rows))
    assert {*result.faults["code"]} == {"other_encoding"}
    assert result.quarantined["c0"].to_list() == ["\\xD2\\xD2\\xC4\\xB3"]  # 乙某
    assert result.rows.height == 39


def test_utf8_rows_in_a_gb18030_file_never_become_other_letters(tmp_path: Path) -> None:
    """乙某 in UTF-8 is three letters in GB18030 as well, and no name."""
    rows = in_encoding(lines(), "gb18030")
    rows[20] = line(20).encode()
    result = parsed(read(tmp_path, rows))
    assert result.faults["row_number"].unique().to_list() == [21]
    assert {*result.rows["person_name"]} == {"乙某"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_two_files_of_two_encodings_are_refused_with_the_rows_of_the_second(tmp_path: Path, encoding: str) -> None:
    other = "gb18030" if encoding == "utf-8" else "utf-8"
    rows = in_encoding(lines()[:30], encoding) + in_encoding(lines()[1:29], other)
    problem = refusal(tmp_path, rows)
    assert (problem.code, problem.row) == ("mixed_encodings", 31)
    assert "31–58" in problem.en
    assert f"28 rows are in {other.upper()}" in problem.en
    assert "第 31–58 行" in problem.zh


def test_rare_names_are_another_encoding_as_well(tmp_path: Path) -> None:
    """丂 and 镕 are in no list of usual letters; their rows were called broken."""
    rows = [*lines()[:20], *(line(n).replace("乙", "丂镕"[n % 2]).encode("gb18030") for n in range(20, 41))]
    problem = refusal(tmp_path, rows)
    assert problem.code == "mixed_encodings"
    assert "21–41" in problem.en


def test_more_rows_in_another_encoding_than_may_be_faulty_are_named(tmp_path: Path) -> None:
    rows = lines(100)
    for n in (*range(10, 18), 30, 40, 50):
        rows[n] = rows[n].decode().encode("gb18030")
    problem = refusal(tmp_path, rows)
    assert problem.code == "mixed_encodings"
    assert "rows 11–18, 31, 41, 51" in problem.en


def test_near_equals_are_not_guessed_at(tmp_path: Path) -> None:
    rows = lines(8)
    for n in (2, 4, 6):
        rows[n] = rows[n].replace("某".encode(), b"\xff\xfe")
    problem = refusal(tmp_path, rows)
    assert (problem.code, problem.row, problem.column) == ("undecodable", 3, "A")


def test_the_encoding_that_is_named_is_the_one_of_the_lines_that_are_whole(tmp_path: Path) -> None:
    """GB18030 has fewer faults in this than UTF-8 has, and none of its lines is GB18030."""
    problem = refusal(tmp_path, [*lines(2), *[b"\xff\xfe\xfd,,,1,2025-01-09"] * 3])
    assert (problem.code, problem.row, problem.column) == ("undecodable", 4, "A")
    assert "not UTF-8" in problem.en


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_broken_header_is_refused(tmp_path: Path, encoding: str) -> None:
    rows = in_encoding(lines(), encoding)
    rows[0] = rows[0].replace("救助金额".encode(encoding), b"\xff\xff")
    problem = refusal(tmp_path, rows)
    assert problem.code in ("damaged_header", "undecodable")
    assert problem.row == 1


def test_a_broken_title_is_refused_for_what_it_may_say_of_units(tmp_path: Path) -> None:
    rows = ["单位：万元".encode().replace("万".encode(), b"\xff"), *lines()]
    problem = refusal(tmp_path, rows)
    assert (problem.code, problem.row, problem.column) == ("damaged_header", 1, "A")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_cut_within_a_letter_loses_its_last_row_only(tmp_path: Path, encoding: str) -> None:
    whole = b"\r\n".join(in_encoding(lines(), encoding))
    cut = whole[: whole.rindex("灾".encode(encoding)) + 1]
    result = parsed(read(tmp_path, cut))
    assert result.rows.height == 39
    assert ("relief_reason", "undecodable_bytes") in result.faults.select("column", "code").rows()


def test_a_lone_surrogate_and_an_odd_byte_in_utf16(tmp_path: Path) -> None:
    rows = lines()
    text = b"\r\n".join(rows).decode().replace(rows[5].decode(), rows[5].decode().replace("火灾", "火\ud800灾"))
    data = b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass") + b"\x31"
    result = parsed(read(tmp_path, data))
    assert result.faults.filter(row_number=6).rows() == [(6, "relief_reason", "救助原因", "undecodable_bytes")]
    assert result.quarantined["row_number"].to_list() == [6, 41]
    assert result.quarantined["c2"].to_list()[0] == "火\\x00\\xD8灾"


def test_a_byte_lost_in_utf16_does_not_swallow_the_rows_behind_it(tmp_path: Path) -> None:
    """Everything behind it was one row of strange letters, and the file was accepted."""
    data = b"\r\n".join(lines()).decode().encode("utf-16")
    problem = refusal(tmp_path, data[:1200] + data[1201:])
    assert problem.code == "undecodable"
    assert 10 < (problem.row or 0) < 30


def test_a_null_byte_amid_a_cell_stands_for_a_lost_letter(tmp_path: Path) -> None:
    """It was taken out, and 12345 had become 1245."""
    rows = lines()
    rows[3] = rows[3].replace(b"3.50", b"12\x0045.00")
    rows[4] += b"\0\0\0"
    result = parsed(read(tmp_path, rows))
    assert result.faults.select("row_number", "column", "code").rows() == [
        (4, "amount_yuan", "undecodable_bytes"),
        (4, "amount_yuan", "unreadable_amount"),
    ]
    assert result.quarantined["c3"].to_list() == ["12\\x0045.00"]


def test_a_broken_line_within_a_quoted_cell_is_its_row(tmp_path: Path) -> None:
    rows = [*lines(20)[:10], '丙某,,"火灾，\n水'.encode() + b'\xff\n\xe7\x81\xbe",1,2025-01-09', *lines(30)[10:]]
    result = parsed(read(tmp_path, b"\n".join(rows)))
    assert result.faults.select("row_number", "code").rows() == [(11, "undecodable_bytes")]
    assert result.rows["row_number"].to_list()[9] == 12


def test_beyond_the_tolerance_the_file_is_refused_with_its_rows(tmp_path: Path) -> None:
    rows = lines(20)
    for n in (3, 4, 9):
        rows[n] = rows[n].replace("某".encode(), b"\xff")
    table = read(tmp_path, rows)
    refused = too_many_faults(RELIEF, parsed(table), table)
    assert refused is not None
    assert "Column A “姓名”, 3 rows (rows 4, 5, 10)" in refused.en


def test_a_broken_cell_in_a_column_nobody_asked_for_is_told_by_its_header(tmp_path: Path) -> None:
    rows = [HEADER.encode() + ",备用".encode(), *(row + b",x" for row in lines(12)[1:])]
    for n in (3, 4):
        rows[n] += b"\xff"
    table = read(tmp_path, rows)
    result = parsed(table)
    assert result.faults.select("column", "header").rows() == [("", "备用")] * 2
    refused = too_many_faults(RELIEF, result, table)
    assert refused is not None
    assert "Column F “备用”, 2 rows" in refused.en


# Quotation marks without a pair


def test_an_open_quotation_mark_costs_its_row_where_those_behind_it_are_whole(tmp_path: Path) -> None:
    rows = lines()
    rows[5] = rows[5].replace("火灾".encode(), '"火灾'.encode())
    rows[9] = rows[9].replace("火灾".encode(), '"火灾，大"'.encode())
    result = parsed(read(tmp_path, rows))
    assert result.faults.rows() == [(6, "relief_reason", "救助原因", "open_quotation")]
    assert result.quarantined["c2"].to_list() == ['"火灾']
    assert result.rows.height == 39
    assert result.rows.filter(row_number=10)["relief_reason"].to_list() == ["火灾，大"]


def test_two_open_marks_do_not_make_one_cell_of_the_rows_between(tmp_path: Path) -> None:
    """They were one row, and the file was accepted with three rows less."""
    rows = lines()
    rows[5] = rows[5].replace("火灾".encode(), '"火灾'.encode())
    rows[8] = rows[8].replace("火灾".encode(), '火灾"'.encode())
    result = parsed(read(tmp_path, rows))
    assert result.faults["row_number"].to_list() == [6]
    assert result.rows.height == 39


def test_a_cell_of_many_lines_stays_one(tmp_path: Path) -> None:
    rows = [*lines(), '丙某,,"一\n二,\n三""四""\n五",1,2025-01-09'.encode()]
    result = parsed(read(tmp_path, rows))
    assert not result.faults.height
    assert result.rows["relief_reason"].to_list()[-1] == '一 二, 三"四" 五'


def test_where_nobody_can_tell_what_the_mark_takes_in_it_is_refused(tmp_path: Path) -> None:
    rows = [*lines(), '丙某,,"一'.encode(), *["备注".encode()] * 30]
    problem = refusal(tmp_path, rows)
    assert (problem.code, problem.row, problem.column) == ("open_quotation", 42, "C")


# What comes back


def test_a_returned_row_whose_bytes_nobody_replaced_is_faulty_still(tmp_path: Path) -> None:
    rows = [HEADER + ",错误原因", line(1) + ",[1f2e3d4c-23] 第23行", line(2, "火\\xFF") + ",[1f2e3d4c-24] \\xFF"]
    result = parsed(read(tmp_path, [row.encode() for row in rows]))
    assert result.faults.rows() == [(3, "relief_reason", "救助原因", "undecodable_bytes")]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_marks_are_no_letters_of_a_sound_file(tmp_path: Path, encoding: str) -> None:
    rows = [HEADER, *(line(n, f"火{MARKS['undecodable_bytes']}灾") for n in range(1, 9))]
    result = parsed(read(tmp_path, "\n".join(rows).encode(encoding)))
    assert result.rows.height + result.quarantined.height == 8
