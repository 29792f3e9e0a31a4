"""Names keep their spelling and gain a key."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearth.parsing.names import read_names, spellings

Cells = Callable[..., pl.DataFrame]


@pytest.mark.parametrize("dot", "·•.．‧・･∙⋅˙﹒")
def test_the_middle_dot_in_every_shape(cells: Cells, dot: str) -> None:
    assert read_names(cells(f"阿依{dot}古丽")).row(0) == (f"阿依{dot}古丽", "阿依·古丽", None)


@pytest.mark.parametrize("text", ["张 三", "张\u3000三", " 张三 ", "张三\u3000", "张\u200b三", "张\t三", "\ufeff张三"])
def test_blanks(cells: Cells, text: str) -> None:
    assert read_names(cells(text))["key"].to_list() == ["张三"]


def test_the_spelling_stays(cells: Cells) -> None:
    assert read_names(cells("  张\u3000三 ", "ＡＢ"))["value"].to_list() == ["张\u3000三", "ＡＢ"]


def test_unknown_characters_are_question_marks(cells: Cells) -> None:
    texts = ("王?", "王？", "王\ufffd", "王□", "王\ue863")
    assert read_names(cells(*texts))["key"].to_list() == ["王?"] * 5


def test_rare_characters_stay(cells: Cells) -> None:
    texts = ["江芳䶮", "李𬭩", "王㛃"]
    assert read_names(cells(*texts))["key"].to_list() == texts


@pytest.mark.parametrize("text", [None, "", " ", "\u3000", "无", "—", "——", "-", "/", "暂无", "没有", "一", "一一"])
def test_no_name(cells: Cells, text: str | None) -> None:
    assert read_names(cells(text)).row(0) == (None, None, "blank")


@given(st.text(alphabet="张三阿依古丽䶮?？·•.．‧・ \u3000\u200bＡb□", min_size=1))
def test_a_key_is_its_own_key(text: str) -> None:
    def keys(given_text: str | None) -> str | None:
        return read_names(pl.DataFrame({"text": [given_text]}, schema={"text": pl.String}))["key"].item()

    assert keys(keys(text)) == keys(text)


@given(st.text(alphabet="张三阿一无没有空暂䶮豈·?Ａ \u3000\u200b", min_size=1, max_size=5))
def test_what_needs_no_spelling_out_comes_to_the_same(text: str) -> None:
    cells = pl.DataFrame({"text": [text]})
    assert read_names(cells).equals(spellings(cells))
