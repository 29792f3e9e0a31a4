"""Codes, flags, keys, division codes and texts."""

from collections.abc import Callable

import polars as pl
import pytest

from hearth.contracts.model import FLAG_VALUES, Column, Kind
from hearth.parsing.codes import read_codes, read_divisions, read_flags, read_keys, read_texts

Cells = Callable[..., pl.DataFrame]
GRADE = Column("grade", "等级", Kind.CODE, "Grade", values={"D级": "D", "无": ""}, allowed=("A", "B", "C", "D"))
FREE = Column("level", "级别", Kind.CODE, "Level", values={"村级": "村"})
FLAG = Column("is_aided", "是否享受资助", Kind.FLAG, "Aided")


def test_variants_become_the_list_s_own(cells: Cells) -> None:
    read = read_codes(cells("D", "D级", "Ｄ级", " d 级", "a", "E", "—", "无", None), GRADE)
    assert read["value"].to_list() == ["D", "D", "D", "D", "A", None, None, None, None]
    assert read["fault"].to_list() == [None] * 5 + ["unknown_code", "blank", "blank", "blank"]


def test_a_list_without_end_keeps_what_it_does_not_know(cells: Cells) -> None:
    read = read_codes(cells("村级", "社区", "乡 镇", "390.0", "-"), FREE)
    assert read["value"].to_list() == ["村", "社区", "乡镇", "390", None]
    assert read_codes(cells("甲"), Column("x", "x", Kind.CODE, "x"))["value"].to_list() == ["甲"]


@pytest.mark.parametrize(("text", "expected"), list(FLAG_VALUES.items()))
def test_flags(cells: Cells, text: str, expected: str) -> None:
    assert read_flags(cells(text), FLAG).row(0) == (expected == "是", None)


def test_flags_of_other_kinds(cells: Cells) -> None:
    read = read_flags(cells("１", "1.0", " 是 ", "也许", "", None), FLAG)
    assert read["value"].to_list() == [True, True, True, None, None, None]
    assert read["fault"].to_list() == [None, None, None, "unknown_code", "blank", "blank"]


def test_keys(cells: Cells) -> None:
    texts = ('="0012"', "'0012", "００１２", " 00 12\t", "gs-12Ab", "8800000000000001", "—", None)
    read = read_keys(cells(*texts))
    assert read["value"].to_list() == ["0012"] * 4 + ["gs-12Ab", "8800000000000001", None, None]
    assert read["fault"].to_list() == [None] * 6 + ["blank", "blank"]


def test_keys_that_lost_digits(cells: Cells) -> None:
    assert read_keys(cells("8.8E+15", "8.8e+15", "8800000000000001.0"))["fault"].to_list() == ["key_digits_lost"] * 3
    assert read_keys(cells("8800000000000001", is_number=True)).row(0) == (None, "key_digits_lost")
    assert read_keys(cells("51000000000001", is_number=True)).row(0) == ("51000000000001", None)
    assert read_keys(cells("51000000000001.0")).row(0) == ("51000000000001", None)


def test_divisions(cells: Cells) -> None:
    read = read_divisions(
        cells("990121101201", "990121101", "990121", "９９０１２１１０１２０１", "990121101201.0", "99012110120", "无")
    )
    expected = ["990121101201", "990121101000", "990121000000", "990121101201", "990121101201", None, None]
    assert read["value"].to_list() == expected
    assert read["fault"].to_list()[-2:] == ["unreadable_division", "blank"]


def test_texts_stay_as_delivered(cells: Cells) -> None:
    read = read_texts(cells("  白塔村\u3000", "a\n b", "\u200b", "无", "Ａ\x00Ｂ"))
    assert read["value"].to_list() == ["白塔村", "a b", None, "无", "ＡＢ"]
