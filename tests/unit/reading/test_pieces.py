"""A long text file in pieces comes to the same as the whole, or is not taken in pieces; nobody in the files exists."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from hearth.loading import caution
from hearth.parsing.frame import parse
from hearth.reading import table
from hearth.reading.pieces import NotPlain
from hearth.reading.table import read_table
from tests.pieces import differences, in_pieces_of, read_in_pieces
from tests.unit.reading.test_table import ENCODINGS, HEADER, RELIEF, saved, text_of

DAY = date(2025, 1, 31)
NUMBERS = ("990121196309053850", "990121198306104076", "990121198009197931")
TITLE = [["临时救助发放", "", "", "", ""], ["单位：万元", "", "", "", ""]]


def rows(count: int) -> list[list[str]]:
    """Rows of which every seventh lacks its date and every eleventh repeats one of long before."""
    made = [[f"甲{n % 97}", NUMBERS[n % 3], "火灾", f"{n}.5", f"2025-01-{n % 28 + 1:02}"] for n in range(count)]
    for n in range(0, count, 7):
        made[n][4] = "" if n % 2 else "某日"
    for n in range(33, count, 11):
        made[n] = made[n - 30]
    return made


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if not name.startswith("utf-16")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("piece", [400, 1_000, 5_000, 100_000])
def test_pieces_come_to_the_whole(tmp_path: Path, encoding: str, end: str, piece: int) -> None:
    text = text_of([*TITLE, HEADER, *rows(300), ["合计", "", "", "9", ""]], end=end)
    path = saved(tmp_path, ENCODINGS[encoding](text))
    whole_table = read_table(path, RELIEF)
    whole = parse(whole_table, RELIEF, DAY)
    with in_pieces_of(piece):
        first, taken, count = read_in_pieces(path, RELIEF, DAY)
    assert differences(whole, taken) == []
    assert (count > 20) is (piece == 400)
    assert whole.rows_duplicate > 0 < whole.quarantined.height
    for name in ("sheet", "header_row", "headers", "positions", "scales", "note_dates", "notes", "top"):
        assert getattr(first, name) == getattr(whole_table, name), name


@pytest.mark.parametrize("piece", range(300, 360, 3))
def test_a_piece_ends_where_a_record_ends(tmp_path: Path, piece: int) -> None:
    """Quoted line ends, marks and separators, blank lines, an end without a line's end, wherever the cut falls."""
    quoted = [[f'"甲\n{n}"', NUMBERS[n % 3], '"火灾,\n""雨"""', "1", "2025-01-02"] for n in range(30)]
    text = text_of([HEADER, *quoted[:10], [], [], *quoted[10:20], [""], *quoted[20:]]).rstrip("\n")
    path = saved(tmp_path, text)
    whole = parse(read_table(path, RELIEF), RELIEF, DAY)
    assert whole.rows.height == 30
    with in_pieces_of(piece):
        _, taken, count = read_in_pieces(path, RELIEF, DAY)
    assert count > 3
    assert differences(whole, taken) == []


ODD: dict[str, Callable[[str], bytes]] = {
    "a header again": lambda text: (text + text_of([HEADER, *rows(3)])).encode(),
    "a header with its columns in another order": lambda text: (text + text_of([HEADER[::-1], *rows(3)])).encode(),
    "a remark behind the last column": lambda text: (text + f"甲某,{NUMBERS[0]},火灾,1,2025-01-02,附言\n").encode(),
    "a mark without its pair": lambda text: (text + '甲"某,990121196309053850,火灾,1,2025-01-02\n').encode(),
    "an open quotation": lambda text: (text + '"甲某,990121196309053850,火灾,1,2025-01-02\n').encode(),
    "a null byte": lambda text: (text + "甲\0某,990121196309053850,火灾,1,2025-01-02\n").encode(),
    "a byte in no encoding": lambda text: text.encode() + b"\xff\xfe,990121196309053850,1,1,2025-01-02\n",
    "a line in GB18030": lambda text: text.encode() + "甲某,990121196309053850,火灾,1,2025-01-02\n".encode("gb18030"),
    "a line in UTF-8": lambda text: text.encode("gb18030") + f"甲某某某,{NUMBERS[0]},火灾啊,1,2025-01-02\n".encode(),
    "UTF-16": ENCODINGS["utf-16 little"],
    "returned rows": lambda text: text.replace("发放日期", "发放日期,错误原因").encode(),
    "a missing column": lambda text: text.replace("身份证号", "某列").encode(),
    "a page": lambda text: b"<table>" + text.encode(),
    "an archive": lambda text: b"PK\3\4" + text.encode(),
    "line ends of old": lambda text: text.replace("\n", "\r").encode(),
    "nothing": lambda text: b"",
    "blank lines": lambda text: b"\n" * 5_000,
    "empty cells": lambda text: b'"",""\n' * 500,
    "one line without end": lambda text: text.encode() + b"x" * 5_000,
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_read_whole(tmp_path: Path, what: str) -> None:
    path = saved(tmp_path, ODD[what](text_of([HEADER, *rows(100)])))
    with in_pieces_of(500), pytest.raises(NotPlain):
        read_in_pieces(path, RELIEF, DAY)


def test_a_trial_reads_as_a_load_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, text_of([HEADER, *rows(100)]))
    monkeypatch.setattr(table, "read_table", None)
    with in_pieces_of(1_000):
        caution._read(path, RELIEF, DAY)
    with pytest.raises(TypeError):
        caution._read(path, RELIEF, DAY)
