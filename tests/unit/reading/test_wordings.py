"""What senders are told: the same facts in both languages, on one line, one and several told apart."""

import re
import string

import pytest

from hearth.language import Listed, Words, filled, one_line
from hearth.loading.catalogue import HOLDS, LISTED
from hearth.reading.catalogue import NOTES, PROBLEMS, Wording
from hearth.reading.problems import DeliveryProblem, note, place_of

WORDINGS = {**PROBLEMS, **HOLDS, **LISTED, **NOTES}
CHINESE_ONLY = {"unit"}


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", WORDINGS)
def test_every_wording_says_the_same_in_both_languages(code: str) -> None:
    wording: Wording = WORDINGS[code]
    for words in (wording.fault, wording.expected, wording.advice):
        assert words.zh
        assert words.en
        assert words.en.isascii() or re.fullmatch(r"[\x00-\x7f×“”…]*", words.en), words.en
    told = ["".join(getattr(words, language) for words in (wording.fault, wording.expected, wording.advice))
            for language in ("zh", "en")]  # fmt: skip
    assert names(told[0]) >= names(told[1]) - {"several"}
    assert names(told[0]) - {"required"} <= names(told[1])


@pytest.mark.parametrize("code", [*PROBLEMS, *NOTES])
def test_a_message_ends_with_what_to_do(code: str) -> None:
    wording = {**PROBLEMS, **NOTES}[code]
    assert wording.advice.en.endswith(".")
    assert wording.advice.zh.endswith("。")
    assert not wording.fault.en.endswith(".")
    assert not wording.fault.zh.endswith("。")


def test_one_and_several_are_told_apart() -> None:
    words = Words("{n} 行，{c}", "{n} {n:row|rows}, {c:column|columns} {c}")
    assert filled(words, n=1, c=["姓名"]) == ("1 行，“姓名”", "1 row, column “姓名”")
    several = filled(words, n=1200, c=["姓名", "住址"])
    assert several == ("1,200 行，“姓名”、“住址”", "1,200 rows, columns “姓名”, “住址”")
    assert filled(words, n=0, c=Listed(["A", "B"])).en == "0 rows, columns A, B"


def test_a_fact_with_braces_is_no_template() -> None:
    assert filled(Words("{x}", "{x}"), x="{y}") == ("{y}", "{y}")
    assert place_of("{表}", 3).en == "sheet “{表}”, row 3"


def test_places_name_what_is_known() -> None:
    assert place_of() == ("", "")
    assert place_of("一月", 2, "D") == ("工作表“一月”第 2 行 D 列", "sheet “一月”, row 2, column D")
    assert place_of("", 10_002, ["姓名", "住址"]) == (
        "第 10002 行“姓名”、“住址”列",
        "row 10002, columns “姓名”, “住址”",
    )
    assert place_of(["一", "二"]).en == "sheets “一”, “二”"


@pytest.mark.parametrize("breaking", ["\n", "\r\n", "\x07", "\x1b", "\x85", "\u2028", "\u202e", "\u200b"])
def test_no_header_breaks_a_message(breaking: str) -> None:
    header = f"救助{breaking}金额"
    problem = DeliveryProblem(
        "missing_columns", sheet=header, row=1, column=[header], missing=[header], has=Listed([header]), similar=""
    )
    told = note("unknown_columns", sheet=header, row=1, columns=Listed([header]))
    for said in (problem.zh, problem.en, *told):
        assert breaking not in said
        assert "救助 金额" in said


def test_one_line_leaves_other_blanks_alone() -> None:
    assert one_line(" 表　一  .xlsx\n") == "表　一  .xlsx"
