"""What a person reads goes through the catalogue: no error and no printed line is written in one language alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hearth
from hearth import errors
from hearth.contracts.county import read_county_file
from hearth.errors import HearthError, InputError
from hearth.language import WHY_NOT, speaking, why_not
from hearth.texts import DELIVERY

SOURCE = Path(hearth.__file__).parent
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, HearthError)}
PRINTS = {"echo", "secho", "note", "problem", "status", "add_column"}
SHOWN = re.compile(r"[A-Za-z]{2,}")
AS_THEY_ARE = re.compile(r"\[/?\w+\]|hearth|https?://|Airflow")
"""Markup, names and addresses."""
NOT_FOR_A_PERSON = {"reading/table.py", "synthesis", "reference"}
"""`note` there takes a code; and what only makes files."""


def spoken(call: ast.Call) -> Iterator[str]:
    """The literal texts that a call prints or raises, without what it fills in."""
    for argument in call.args[:1]:
        parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
        yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def calls(file: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def in_one_language(file: Path, names: set[str]) -> list[str]:
    found = [(call.lineno, text) for call in calls(file) if name_of(call) in names for text in spoken(call)]
    return [f"{file.name}:{line}: {text}" for line, text in found if SHOWN.search(AS_THEY_ARE.sub("", text))]


def modules(*folders: str) -> list[Path]:
    files = [file for folder in folders for file in sorted((SOURCE / folder).rglob("*.py"))]
    return [
        file for file in files if not NOT_FOR_A_PERSON & {*file.relative_to(SOURCE).parts, "/".join(file.parts[-2:])}
    ]


def test_no_error_is_worded_in_one_language() -> None:
    assert len(ERRORS) > 8
    assert [line for file in modules(".") for line in in_one_language(file, ERRORS)] == []


def test_no_line_is_printed_in_one_language() -> None:
    assert [line for file in modules("cli", "reporting", "explaining") for line in in_one_language(file, PRINTS)] == []


def test_what_is_in_one_language_is_found(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text('raise UsageError(f"no {x} here")\nraise UsageError(text("a"))\n', encoding="utf-8")
    assert in_one_language(file, ERRORS) == ["some.py:1: no ", "some.py:1:  here"]


@pytest.mark.parametrize("number", WHY_NOT)
def test_what_the_machine_says_of_a_file_is_told_in_both(number: int) -> None:
    error = OSError(number, "the machine's words", "file")
    told = []
    for chinese in (True, False):
        with speaking(chinese=chinese):
            told.append(why_not(error))
    assert told[0] != told[1]
    assert "the machine's words" not in told


def test_every_field_of_a_delivery_has_its_chinese_name() -> None:
    tables = "".join(file.read_text(encoding="utf-8") for file in sorted((SOURCE.parents[1] / "sql").glob("*.sql")))
    assert set(re.findall(r"comment on column ops\.deliveries\.(\w+)", tables)) <= set(DELIVERY)


@pytest.mark.parametrize(
    ("written", "english", "chinese"),
    [
        ("[education.pupils\n", "not TOML", "第 1 行"),
        ("[education.pupils]\nmax_age_days = 0\n", "max_age_days: more than 0 is expected", "max_age_days: 应大于 0"),
        ("[education.pupils]\ntolerance = 'x'\n", "tolerance: a number is expected", "tolerance: 应为数字"),
        ("[education.pupils]\ncolour = 1\n", "colour: there is no such setting", "colour: 没有此项设置"),
        ("[sources.employment]\n", "enabled: it is missing", "enabled: 缺少此项"),
        ("[notify]\nsmtp_security = 'ssl'\n", "one of 'none', 'starttls' or 'tls' is", "应为 none、starttls、tls 之一"),
        ("[notify]\nwebhook = 'county'\n", "what fits ^https?:// is expected", "应符合 ^https?://"),
        ("education = 1\n", "named [source.extract]", "名称形如 [source.extract] 的表"),
    ],
)
def test_a_faulty_county_file_is_told_in_both(tmp_path: Path, written: str, english: str, chinese: str) -> None:
    file = tmp_path / "county.toml"
    file.write_text(written, encoding="utf-8")
    for is_chinese, said in ((False, english), (True, chinese)):
        with speaking(chinese=is_chinese), pytest.raises(InputError) as told:
            read_county_file(file)
        assert said in str(told.value)
