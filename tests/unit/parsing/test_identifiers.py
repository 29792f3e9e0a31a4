"""Every spelling of an ID number that departments send, and every fault they make."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearth.parsing.identifiers import check_digit, read_identifiers

DATA_DATE = date(2025, 1, 31)
Cells = Callable[..., pl.DataFrame]


def with_check_digit(seventeen: str) -> str:
    """The 18 characters, computed as the standard states it: the weighted sum of all is 1 modulo 11."""
    total = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(seventeen))
    return seventeen + "0123456789X"[(1 - total) % 11]


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


VALID = with_check_digit("99012119800101123")
ENDS_WITH_X = next(i for i in (with_check_digit(f"99012119851230{n:03d}") for n in range(999)) if i[-1] == "X")
WRONG = VALID[:-1] + ("1" if VALID[-1] != "1" else "2")
RESIDENT = with_check_digit("81000019900515002")

SPELLINGS = {
    "plain": str,
    "lower case": str.lower,
    "full width": full_width,
    "spaces around": lambda i: f"  {i} ",
    "spaces inside": lambda i: f"{i[:6]} {i[6:14]} {i[14:]}",
    "no-break and ideographic blanks": lambda i: f"\u00a0{i[:6]}\u3000{i[6:]}",
    "tab behind": lambda i: f"{i}\t",
    "line break behind": lambda i: f"{i}\r\n",
    "zero width": lambda i: f"\u200b{i[:3]}\ufeff{i[3:]}",
    "formula": lambda i: f'="{i}"',
    "apostrophe": lambda i: f"'{i}",
    "curly apostrophe": lambda i: f"’{i}",
    "quotes": lambda i: f'"{i}"',
    "pupil number": lambda i: f"G{i}",
    "certificate of 20": lambda i: f"{i}43",
    "certificate of 22": lambda i: f"{i}43B1",
    "certificate of 22, lower case": lambda i: f"{i}43b1".lower(),
}


def one(read: pl.DataFrame) -> tuple[object, ...]:
    return read.select("value", "seventeen", "born_on", "fault").row(0)


def test_the_check_digit_of_the_standards_own_example() -> None:
    example = pl.DataFrame({"n": [11010519491231002, 44052418800101001]})
    assert example.select(check_digit(pl.col("n")))["n"].to_list() == ["X", "4"]


ids = st.builds(
    lambda day, sequence: with_check_digit(f"990121{day:%Y%m%d}{sequence:03d}"),
    st.dates(date(1900, 1, 1), DATA_DATE),
    st.integers(0, 999),
)


@given(ids, st.sampled_from(sorted(SPELLINGS)))
def test_a_valid_number_survives_every_spelling(number: str, spelling: str) -> None:
    cell = pl.DataFrame({"text": [SPELLINGS[spelling](number)], "is_number": [False], "document": [None]})
    read = read_identifiers(cell.cast({"document": pl.String}), DATA_DATE)
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    assert one(read) == (number, int(number[:17]), born_on, None)


@given(ids, st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_never_passes(number: str, position: int, shift: int) -> None:
    digits = list(number)
    digits[position] = str((int(digits[position]) + shift) % 10)
    cell = pl.DataFrame({"text": ["".join(digits)], "is_number": [False], "document": ["居民身份证"]})
    value, _, _, fault = one(read_identifiers(cell, DATA_DATE))
    assert value is None and fault in ("wrong_check_digit", "placeholder")


@pytest.mark.parametrize("sign", ["x", "Ｘ", "ｘ", "Х", "х", "×", "Ⅹ"])
def test_the_last_x_in_every_shape(cells: Cells, sign: str) -> None:
    assert one(read_identifiers(cells(ENDS_WITH_X[:-1] + sign), DATA_DATE))[0] == ENDS_WITH_X


@pytest.mark.parametrize("is_number", [False, True])
def test_fifteen_digits_become_eighteen(cells: Cells, is_number: bool) -> None:
    old = VALID[:6] + VALID[8:17]
    expected = (VALID, int(VALID[:17]), date(1980, 1, 1), None)
    assert one(read_identifiers(cells(old, is_number=is_number), DATA_DATE)) == expected
    assert one(read_identifiers(cells(f"{old}.0"), DATA_DATE)) == expected


def test_residence_permits_have_a_number_of_their_own(cells: Cells) -> None:
    read = read_identifiers(cells(RESIDENT, document="港澳台居民居住证"), DATA_DATE)
    assert one(read) == (RESIDENT, int(RESIDENT[:17]), date(1990, 5, 15), None)


def test_a_wrong_check_digit_keeps_the_seventeen_digits_and_the_birth_date(cells: Cells) -> None:
    expected = (None, int(WRONG[:17]), date(1980, 1, 1), "wrong_check_digit")
    for spelled in (WRONG, f"G{WRONG}", f"{WRONG}43", f"{WRONG}43B1", full_width(WRONG)):
        assert one(read_identifiers(cells(spelled), DATA_DATE)) == expected


def test_a_number_cell_of_eighteen_digits_has_lost_its_end_but_not_the_birth_date(cells: Cells) -> None:
    read = read_identifiers(cells("990121198001011200", is_number=True), DATA_DATE)
    assert one(read) == (None, None, date(1980, 1, 1), "number_cell")


@pytest.mark.parametrize(
    ("fault", "texts"),
    [
        ("blank", [None, "", "  ", "\u3000\t", "''", '=""']),
        ("placeholder", ["无", "—", "——", "-", "/", "N/A", "null", "无证", "未办理", "没有身份证", "0", "999999"]),
        ("placeholder", ["9" * 18, "9" * 17 + "X", "9" * 15, "0" * 18, "1" * 18, "9" * 20, "99999999123456789X"]),
        ("masked", ["990121********1234", "990121＊＊＊＊＊＊＊＊1234", "990121XXXXXXXX1234", "990121xxxxxxxx123X"]),
        ("masked", ["990121••••••••1234", "99012119800101****", "9901211980XXXXXXXX", "9**", "990121××××××××1234"]),
        ("scientific", ["9.90121E+17", "9.90121198001011E+17", "9.90121e17", "9E+17"]),
        (
            "several",
            [f"{VALID}/{ENDS_WITH_X}", f"{VALID} {ENDS_WITH_X}", f"{VALID}\n{WRONG}", f"{VALID}、990121800101123"],
        ),
        ("several", [VALID + ENDS_WITH_X, f"{ENDS_WITH_X}，{VALID}，{RESIDENT}", "990121800101123 990121850101124"]),
        (
            "other_document",
            ["E12345678", "EA1234567", "H1234567(8)", "L000000000038932182", "军字第12345号", "G12345678"],
        ),
        (
            "wrong_length",
            ["9901211980010112", "99012119800101123", "9901211980010112345", "12345", "9901211980010112X"],
        ),
        (
            "impossible_birth",
            [with_check_digit(f"990121{day}123") for day in ("19800230", "20250201", "18991231", "19801301")],
        ),
        ("impossible_birth", ["990121801301123"]),
        ("unreadable", [f"张某{VALID}", "丢失", "990121198001011?34", "99012119800101A23B"]),
    ],
)
def test_faults(cells: Cells, fault: str, texts: list[str | None]) -> None:
    read = read_identifiers(cells(*texts), DATA_DATE)
    assert read["fault"].to_list() == [fault] * len(texts)
    assert read["value"].null_count() == read["seventeen"].null_count() == read["born_on"].null_count() == len(texts)


@pytest.mark.parametrize("text", ["990121198001011200", "12345678", "1.5", "990121198001011234567"])
def test_number_cells(cells: Cells, text: str) -> None:
    assert one(read_identifiers(cells(text, is_number=True), DATA_DATE))[3] == "number_cell"


def test_another_document_by_its_type(cells: Cells) -> None:
    texts = ("123456789", "990121800101123", "护照待补", VALID, WRONG, None, "9" * 18)
    read = read_identifiers(cells(*texts, document="护照"), DATA_DATE)
    others = ["other_document"] * 3
    assert read["fault"].to_list() == [*others, None, "wrong_check_digit", "blank", "placeholder"]
    read = read_identifiers(cells("990121800101123", document="居民身份证"), DATA_DATE)
    assert read["fault"].to_list() == [None]


def test_area_99_is_no_placeholder(cells: Cells) -> None:
    number = with_check_digit("99990119800101123")
    assert one(read_identifiers(cells(number), DATA_DATE))[0] == number


def test_six_nines_are_nobodys_even_with_a_birth_date_behind_them(cells: Cells) -> None:
    made_up, passing = "999999198001010000", with_check_digit("99999919800101123")
    assert read_identifiers(cells(made_up, passing), DATA_DATE).select("fault", "born_on").rows() == [
        ("placeholder", None),
        ("placeholder", None),
    ]


def test_nobody_is_born_after_the_data_date(cells: Cells) -> None:
    last, next_day = (with_check_digit(f"990121{day:%Y%m%d}123") for day in (DATA_DATE, DATA_DATE + timedelta(1)))
    assert read_identifiers(cells(last, next_day), DATA_DATE)["fault"].to_list() == [None, "impossible_birth"]
