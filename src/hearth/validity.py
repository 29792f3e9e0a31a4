"""What pydantic finds wrong with a value, in both languages: it speaks English alone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hearth.language import Words

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WHOLE = Words("应为整数", "a whole number is expected")
_NUMBER = Words("应为数字", "a number is expected")
_SWITCH = Words("应为 true 或 false", "true or false is expected")
_LIST = Words('应为列表，如 ["…"]', 'a list is expected, such as ["…"]')
_TABLE = Words("应为表", "a table is expected")
_EXPECTED: Mapping[str, Words] = {
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "bool_parsing": _SWITCH,
    "bool_type": _SWITCH,
    "string_type": Words("应为文字", "text is expected"),
    "tuple_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "path_type": Words("应为路径", "a path is expected"),
    "missing": Words("缺少此项", "it is missing"),
    "extra_forbidden": Words("没有此项设置", "there is no such setting"),
    "greater_than": Words("应大于 {gt}", "more than {gt} is expected"),
    "greater_than_equal": Words("应不小于 {ge}", "{ge} or more is expected"),
    "less_than": Words("应小于 {lt}", "less than {lt} is expected"),
    "less_than_equal": Words("应不大于 {le}", "{le} or less is expected"),
    "literal_error": Words("应为 {expected} 之一", "one of {expected} is expected"),
    "string_pattern_mismatch": Words("应符合 {pattern}", "what fits {pattern} is expected"),
}
_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")


def expected(details: ErrorDetails) -> Words:
    """What was expected in the place of a value; pydantic's own words where the kind of fault is none of these."""
    words = _EXPECTED.get(details["type"])
    if words is None:
        return Words(details["msg"], details["msg"])
    facts = {name: re.sub(" or |, ", "、", str(fact)).replace("'", "") for name, fact in details.get("ctx", {}).items()}
    plain = {name: str(fact) for name, fact in details.get("ctx", {}).items()}
    return Words(words.zh.format(**facts), words.en.format(**plain))


def not_toml(error: tomllib.TOMLDecodeError) -> Words:
    """Where a file stops being TOML."""
    english = str(error)
    found = _PLACE.search(english)
    if found is None:
        return Words(english, english)
    place = f"第 {found[1]} 行第 {found[2]} 列" if found[1] else "文件末尾"
    return Words(f"{place}写法有误", english)
