"""In which language a person is spoken to, and how a sentence in both gets its numbers and names."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_ASKED: ContextVar[bool | None] = ContextVar("chinese_was_asked_for", default=None)


def speaks_chinese(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the locale of the environment is a Chinese one; the first variable that says anything decides."""
    return next(filter(None, (environ.get(name) for name in _LOCALE)), "").lower().startswith("zh")


@contextmanager
def speaking(*, chinese: bool) -> Iterator[None]:
    """Within it messages are in the language that was asked for, whatever the locale."""
    before = _ASKED.set(chinese)
    try:
        yield
    finally:
        _ASKED.reset(before)


def said(english: str | None, chinese: str | None) -> str:
    """The message in the language asked for (`speaking`) or else of the locale; in the other where that is missing."""
    asked = _ASKED.get()
    is_chinese = speaks_chinese() if asked is None else asked
    first, second = (chinese, english) if is_chinese else (english, chinese)
    return first or second or ""


class Words(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


_NOT_ALLOWED = Words("没有权限", "it is not allowed to this account")
_IN_THE_WAY = Words("应为文件夹之处是一个文件", "a file stands where a folder should")
WHY_NOT: Mapping[int, Words] = {
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: Words("磁盘为只读", "the disk is read-only"),
    errno.ENOSPC: Words("磁盘已满", "the disk is full"),
    errno.EDQUOT: Words("磁盘配额已用完", "the disk quota is used up"),
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOENT: Words("没有这个文件或文件夹", "there is no such file or folder"),
    errno.EISDIR: Words("这是文件夹，不是文件", "it is a folder, not a file"),
    errno.ENAMETOOLONG: Words("名称过长", "its name is too long"),
    errno.EIO: Words("磁盘读写出错", "the disk reports an error"),
}
"""What the machine says of a file or folder."""


def why_not(error: OSError) -> str:
    """Why a file or folder could not be read or written; the machine's own words where it is none of the usual."""
    other = error.strerror or type(error).__name__
    words = WHY_NOT.get(error.errno or 0, Words(other, other))
    return said(words.en, words.zh)


class Listed(tuple[str, ...]):
    """Names that are listed as they are, without quotation marks; a plain sequence of names gets them."""

    __slots__ = ()


BREAKING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
"""Control characters, line separators, and marks without width or that turn the direction of writing."""


def one_line(text: str) -> str:
    """The text on one line, whatever a header, a sheet's or a file's name brought along: a blank stands for it."""
    return BREAKING.sub(" ", text).strip()


def filled(words: Words, **facts: Any) -> Words:
    """Both wordings with their facts, each on one line.

    `{n}` is a number with separators or a list of names as the language writes it, `{n:row|rows}` the word that goes
    with one or with several. A fact that is `Words` is put in its language.
    """
    return Words(
        one_line(words.zh.format(**{name: _fact(fact, chinese=True) for name, fact in facts.items()})),
        one_line(words.en.format(**{name: _fact(fact, chinese=False) for name, fact in facts.items()})),
    )


def told(words: Words, **facts: Any) -> str:
    """`filled` in the language of the person spoken to (`said`)."""
    found = filled(words, **facts)
    return said(found.en, found.zh)


class _Count(int):
    def __format__(self, spec: str) -> str:
        return _of_number(self, spec) if "|" in spec else super().__format__(spec or ",")


class _Names(str):
    """Names, written out; `number` of them."""

    number: int

    def __format__(self, spec: str) -> str:
        return _of_number(self.number, spec) if "|" in spec else super().__format__(spec)


def _of_number(number: int, forms: str) -> str:
    one, several = forms.split("|")
    return one if number == 1 else several


def _fact(fact: Any, *, chinese: bool) -> Any:
    if isinstance(fact, Words):
        return fact.zh if chinese else fact.en
    if isinstance(fact, int) and not isinstance(fact, bool):
        return _Count(fact)
    if isinstance(fact, str) or not isinstance(fact, Sequence):
        return fact
    quoted = "{}" if isinstance(fact, Listed) else "“{}”"
    names = [quoted.format(one_line(name)) for name in fact]
    text = _Names(("、" if chinese else ", ").join(names))
    text.number = len(fact)
    return text
