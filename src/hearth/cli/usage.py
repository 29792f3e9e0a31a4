"""What the option parser refuses, in the language of the person at the keyboard.

The parser's own sentences are English and, but for a few, not open to gettext, so each is known here by its form. One
that is not known is shown as it came.
"""

from __future__ import annotations

import re

from typer.exceptions import TyperException

from hearth.language import Words, one_line, said

_NAME = r"(?:option |argument )?'(?P<name>.+?)'(?: / '.+?')*"
_VALUE = rf"Invalid value for {_NAME}: "
_FORMS: tuple[tuple[str, Words], ...] = (
    (
        r"No such command '(?P<name>.*)'\. Did you mean (?P<near>.+)\?",
        Words("没有命令 {name}；是否要用 {near}？", ""),
    ),
    (r"No such command '(?P<name>.*)'\.", Words("没有命令 {name}；加 --help 可列出全部命令。", "")),
    (r"Missing command\.", Words("缺少命令；加 --help 可列出全部命令。", "")),
    (
        r"No such option: (?P<name>.*?) \(Possible options: (?P<near>.+)\)",
        Words("没有选项 {name}；是否要用 {near}？", ""),
    ),
    (r"No such option: (?P<name>.*)", Words("没有选项 {name}；该命令加 --help 可列出全部选项。", "")),
    (r"Option '(?P<name>.+)' requires an argument\.", Words("选项 {name} 后面要写值。", "")),
    (r"Option '(?P<name>.+)' requires (?P<n>\d+) arguments\.", Words("选项 {name} 后面要写 {n} 个值。", "")),
    (r"Option '(?P<name>.+)' does not take a value\.", Words("选项 {name} 后面不写值。", "")),
    (r"Argument '(?P<name>.+)' takes (?P<n>\d+) values\.", Words("参数 {name} 要写 {n} 个值。", "")),
    (r"Got unexpected extra argument\(s\) \((?P<name>.*)\)", Words("多出的参数：{name}。", "")),
    (rf"Missing option {_NAME}\.(?: .*)?", Words("缺少选项 {name}。", "")),
    (rf"Missing argument {_NAME}\.(?: .*)?", Words("缺少参数 {name}。", "")),
    (
        rf"{_VALUE}(?:Value error, )?'(?P<value>.*)' is not one of (?P<known>.+)\.",
        Words("{name} 没有 {value} 这个值；可填 {known}。", "{name}: {value} is none of {known}."),
    ),
)
"""The parser's sentences; where ours in English is empty, the parser's stands."""


def refusal(error: TyperException) -> str:
    """The parser's complaint on one line; empty where it has printed the help instead."""
    english = error.format_message()
    words = _of_value(error, english) or _of_form(english) or Words(english, english)
    return one_line(said(words.en, words.zh))


def _of_value(error: TyperException, english: str) -> Words | None:
    """What an option's value should have been, where pydantic says so."""
    from pydantic import ValidationError

    from hearth.validity import expected

    option = re.match(_VALUE, english)
    if option is None or not isinstance(error.__cause__, ValidationError):
        return None
    details = error.__cause__.errors()[0]
    if details["type"] == "value_error":
        return None
    wanted = expected(details)
    return Words(f"{option['name']} {wanted.zh}。", f"{option['name']}: {wanted.en}.")


def _of_form(english: str) -> Words | None:
    for form, words in _FORMS:
        if found := re.fullmatch(form, english, re.DOTALL):
            facts = {name: _unquoted(value) for name, value in found.groupdict().items()}
            listed = {name: value.replace(", ", "、") for name, value in facts.items()}
            return Words(words.zh.format(**listed), words.en.format(**facts) or english)
    return None


def _unquoted(listed: str) -> str:
    """Names as they are typed."""
    return re.sub(r"'([^']*)'", r"\1", listed)
