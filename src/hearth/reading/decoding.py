"""Bytes to text in UTF-8, read strictly. Where single lines are in no encoding or in another, these are marked.

A byte that is no text stands in its cell as `\\xC3`, with a mark before it that nothing which is text has: what was
sent can be told from the cell, the database can keep it, and the row goes back to its sender (`marked_cells`).
"""

import codecs
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import polars as pl

from hearth.contracts.model import Extract
from hearth.language import Listed, Words
from hearth.reading.limits import CHUNK_BYTES, not_a_table
from hearth.reading.problems import DeliveryProblem, letter

MARKS: Mapping[str, str] = {"undecodable_bytes": "\ufdd0", "other_encoding": "\ufdd1", "open_quotation": "\ufdd2"}
"""What is wrong with a cell, by the code of its fault. Unicode keeps these from ever being a character of a text."""
_MARKS_BEGIN = MARKS["open_quotation"].encode()[:2]
"""Two of a mark's three bytes, which all marks have."""
SPELT_BYTE = r"\\x[0-9A-F]{2}"
"""How a byte that is no text is written down."""
NO_FAULTS = pl.DataFrame(schema={"row": pl.Int32, "position": pl.Int32, "code": pl.String})

BY_FAR = 4
"""As many times more lines in one encoding than in the other tell which is the file's; fewer would be a guess."""
RANGES_SHOWN = 5

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_NO_TEXT = bytes(set(range(32)) - set(b"\0\t\n\v\f\r\x1a\x1b"))
_BINARY = Words("无法识别的二进制文件", "an unknown binary file")
_LINES_BYTES = 1 << 20
_ASIAN = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_ASIAN_IN_UTF8 = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")
_RARE_IN_GB = re.compile(rb"[\xe4-\xe9](?:[\x80-\xa0][\x80-\xbf]|[\x80-\xbf][\x80-\xa0])")
"""Three in four Chinese letters in UTF-8. GB18030 hardly needs bytes from 80 to A0."""
_USUAL_IN_GB = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")
FEWEST_TELLING_LETTERS = 2
_NULLS_INSIDE = re.compile(rb"(?<=[^\0\s,;|])\0+(?=[^\0\s,;|])")
_LINE_END_ASKEW = "\u0a00"
"""What a line's end becomes in UTF-16 where a byte is missing before it; no character has this code."""


def as_utf8(data: bytes, extract: Extract) -> bytes:
    """The text in UTF-8: by a byte order mark, UTF-16 where every other byte is plainly 0, UTF-8, GB18030.

    Never a detector: one called a short GB18030 file Korean. Where no encoding fits the whole, the lines that are not
    in the file's own are marked (`MARKS`); a file of two encodings, or of none, is refused.

    Raises:
        DeliveryProblem: it is no text, in no known encoding, or partly in another beyond the extract's tolerance.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _recoded(data[len(mark) :], extract, encoding)
    if unmarked := _unmarked_utf16(data):
        return _recoded(data, extract, unmarked)
    if _is_binary(data):
        raise not_a_table(_BINARY)
    return _recoded(data, extract, "utf-8", "gb18030")


def plain_encoding(beginning: bytes) -> tuple[str, int] | None:
    """UTF-8 or GB18030, by a text's first lines, with the length of its byte order mark; None of any other text."""
    for mark, encoding in _BOMS:
        if beginning.startswith(mark):
            return None if encoding.startswith("utf-16") else (encoding, len(mark))
    if _is_binary(beginning):
        return None
    return next(((name, 0) for name in ("utf-8", "gb18030") if plain_text(beginning, name) is not None), None)


def plain_text(lines: bytes, encoding: str) -> bytes | None:
    """Whole lines in UTF-8; None where there are null bytes among them, or any in no encoding or in another."""
    text = None if b"\0" in lines else _decoded(lines, encoding)
    if text is None or (encoding != "utf-8" and _has_lines_in_utf8(lines)):
        return None
    return lines if encoding == "utf-8" else text.encode()


def _is_binary(data: bytes) -> bool:
    sample = data[:8192]
    return len(sample) - len(sample.translate(None, _NO_TEXT)) > len(sample) // 50


def without_null_bytes(text: bytes) -> bytes:
    """The text without the null bytes that pad it; one amid a cell stands where a character was lost, and is marked.

    Raises:
        DeliveryProblem: there are so many that rows are lost.
    """
    count = text.count(b"\0")
    if count * 100 > len(text):
        first = text.index(b"\0")
        raise DeliveryProblem("null_bytes", row=text.count(b"\n", 0, first) + 1, count=count)
    return _NULLS_INSIDE.sub(lambda nulls: _spelt(nulls[0]).encode(), text).replace(b"\0", b"") if count else text


def is_marked(text: bytes) -> bool:
    """Whether some cell of the text is marked."""
    return _MARKS_BEGIN in text and any(mark.encode() in text for mark in MARKS.values())


def marked_cells(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells (c0, c1, …) without their marks, and where these stood: row and position from 0, code of the fault."""
    marks = f"[{''.join(MARKS.values())}]"
    is_hit = cells.select(pl.all().str.contains(marks).any().fill_null(False))
    hit = [name for name in cells.columns if is_hit[name][0]]
    found = [
        pl.DataFrame({"row": cells[name].str.contains(mark, literal=True).fill_null(False).arg_true()}).select(
            pl.col("row").cast(pl.Int32), position=pl.lit(int(name[1:]), pl.Int32), code=pl.lit(code)
        )
        for name in hit
        for code, mark in MARKS.items()
    ]
    return cells.with_columns(pl.col(hit).str.replace_all(marks, "")), pl.concat([NO_FAULTS, *found])


def _unmarked_utf16(data: bytes) -> str | None:
    sample = data[:8192]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 20 > len(sample) and even * 20 <= odd:
        return "utf-16-le"
    if even * 20 > len(sample) and odd * 20 <= even:
        return "utf-16-be"
    return None


def _recoded(data: bytes, extract: Extract, *encodings: str) -> bytes:
    """In UTF-8 from the first encoding that fits without a fault, in pieces: the whole as a str would be dear."""
    for encoding in encodings:
        try:
            text = _checked(data) if encoding == "utf-8" else _transcoded(data, encoding)
        except UnicodeDecodeError:
            continue
        if encoding == encodings[0] or not _has_lines_in_utf8(data):
            return _straight(text, encoding)
    if encodings[0].startswith("utf-16"):
        return _straight(_marked_utf16(data, encodings), encodings[0])
    return _marked(data, extract, encodings)


def _pieces(data: bytes) -> Iterator[tuple[bytes, bool]]:
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES], start + CHUNK_BYTES >= len(data)


def _checked(data: bytes) -> bytes:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece, is_last in _pieces(data):
        decoder.decode(piece, is_last)
    return data


def _transcoded(data: bytes, encoding: str, errors: str = "strict") -> bytes:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    text = io.BytesIO()
    for piece, is_last in _pieces(data):
        text.write(decoder.decode(piece, is_last).encode())
    return text.getvalue()


# Lines in no encoding, or in another one


def _spelt(spoilt: bytes, code: str = "undecodable_bytes") -> str:
    return MARKS[code] + "".join(f"\\x{byte:02X}" for byte in spoilt)


def _spell(error: UnicodeError, code: str) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return _spelt(error.object[error.start : error.end], code), error.end


for _code in ("undecodable_bytes", "other_encoding"):
    codecs.register_error(f"hearth.{_code}", partial(_spell, code=_code))

_ASCII, _UTF8, _GB, _PERHAPS_GB, _NEITHER = range(5)
"""What a line is in. `_PERHAPS_GB`: it decodes as GB18030, but to few usual letters, or looks like UTF-8 with a
fault."""
_OWN = {"utf-8": (_ASCII, _UTF8), "gb18030": (_ASCII, _GB, _PERHAPS_GB)}
_OTHER = {"utf-8": _GB, "gb18030": _UTF8}


def _has_lines_in_utf8(data: bytes) -> bool:
    """Whether some line is plainly UTF-8."""
    line_end = b"\n" if b"\n" in data else b"\r"
    end = 0
    while found := _RARE_IN_GB.search(data, end):
        start = data.rfind(line_end, end, found.start()) + 1 or end
        end = data.find(line_end, found.start())
        end = len(data) if end < 0 else end
        if _kind(data[start:end]) == _UTF8:
            return True
    return False


def _kind(line: bytes) -> int:
    if line.isascii():
        return _ASCII
    text, is_gb = _decoded(line, "utf-8"), _decoded(line, "gb18030") is not None
    if text is not None and (not is_gb or _ASIAN.search(text)):
        return _UTF8
    if not is_gb:
        return _NEITHER
    is_plain = len(_USUAL_IN_GB.findall(line)) >= FEWEST_TELLING_LETTERS and not _ASIAN_IN_UTF8.search(line)
    return _GB if is_plain else _PERHAPS_GB


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _lines(data: bytes) -> Iterator[list[bytes]]:
    """The lines, a megabyte of them at a time."""
    stream = io.BytesIO(data)
    return iter(lambda: stream.readlines(_LINES_BYTES), [])


def _kinds(data: bytes) -> bytearray:
    """What each line is in."""
    kinds = bytearray()
    for lines in _lines(data):
        is_whole = _decoded(b"".join(lines), "utf-8") is not None
        kinds.extend((_ASCII if line.isascii() else _UTF8) if is_whole else _kind(line) for line in lines)
    return kinds


def _marked(data: bytes, extract: Extract, encodings: Sequence[str]) -> bytes:
    """In UTF-8 from the encoding of by far most lines, the others marked.

    Raises:
        DeliveryProblem: no encoding is the one of by far most lines, or too many are in the other.
    """
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    kinds = _kinds(data)
    in_utf8, in_gb, in_none = kinds.count(_UTF8), kinds.count(_GB), kinds.count(_NEITHER)
    wanted = [name for name, own, other in (("utf-8", in_utf8, in_gb), ("gb18030", in_gb, in_utf8))
              if own >= BY_FAR * other and own and name in encodings]  # fmt: skip
    if not wanted and min(in_utf8, in_gb) * BY_FAR > in_none:
        raise _of_two_encodings(data, kinds)
    if not wanted or (in_none + kinds.count(_OTHER[wanted[0]])) * BY_FAR > len(kinds):
        is_utf8 = "utf-8" in encodings and in_utf8 >= max(in_gb, 1)
        raise _undecodable(data, ("utf-8",) if is_utf8 else encodings)
    if kinds.count(_OTHER[wanted[0]]) > extract.tolerance * len(kinds):
        raise _of_two_encodings(data, kinds)
    return _with_marks(data, kinds, wanted[0])


def _with_marks(data: bytes, kinds: bytearray, encoding: str) -> bytes:
    text, place = io.BytesIO(), iter(kinds)
    own, other = _OWN[encoding], _OTHER[encoding]
    for lines in _lines(data):
        for line, kind in zip(lines, place, strict=False):
            if kind in own:
                text.write(line if encoding == "utf-8" else line.decode(encoding).encode())
            elif kind == other:
                text.write(line.decode("ascii", "hearth.other_encoding").encode())
            else:
                text.write(line.decode(encoding, "hearth.undecodable_bytes").encode())
    return text.getvalue()


def _marked_utf16(data: bytes, encodings: Sequence[str]) -> bytes:
    text = _transcoded(data, encodings[0], "hearth.undecodable_bytes")
    mark = MARKS["undecodable_bytes"].encode()
    lines = text.split(b"\n")
    if sum(mark in line for line in lines) * BY_FAR > len(lines):
        raise _undecodable(data, encodings)
    return text


def _straight(text: bytes, encoding: str) -> bytes:
    """The text, unless a lost byte made other characters of everything behind it."""
    if encoding.startswith("utf-16") and (askew := text.find(_LINE_END_ASKEW.encode())) >= 0:
        row = text.count(b"\n", 0, askew) + 1
        raise DeliveryProblem("undecodable", row=row, expected=("UTF-8", "GB18030", "UTF-16"), encoding="UTF-16")
    return text


def _of_two_encodings(data: bytes, kinds: bytearray) -> DeliveryProblem:
    """Refused with the rows that are not in the encoding in which the file begins."""
    first = next(kind for kind in kinds if kind in (_UTF8, _GB))
    names = ("UTF-8", "GB18030") if first == _UTF8 else ("GB18030", "UTF-8")
    theirs = (_GB, _PERHAPS_GB) if first == _UTF8 else (_UTF8,)
    others = [n for n, kind in enumerate(kinds, 1) if kind in theirs]
    rows = [*_ranges(others)]
    return DeliveryProblem(
        "mixed_encodings",
        row=others[0],
        encoding=names[0],
        other=names[1],
        count=len(others),
        rows=Listed(rows[:RANGES_SHOWN]),
        more=" …" * (len(rows) > RANGES_SHOWN),
    )


def _ranges(numbers: Iterable[int]) -> Iterator[str]:
    """`51–100`, `7`: runs of numbers."""
    for _, run in itertools.groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        first, *others = (number for _, number in run)
        yield f"{first}–{others[-1]}" if others else str(first)


def _undecodable(data: bytes, encodings: Sequence[str]) -> DeliveryProblem:
    """Refused where the encoding with the fewest faults meets its first."""
    faults = {name: found for name in encodings if (found := _faults_in(data, name))}
    encoding = min(faults, key=faults.__getitem__)
    start = _first_fault(data, encoding)
    row = data.count(b"\n", 0, start) + 1
    line = data[data.rfind(b"\n", 0, start) + 1 : start].decode(encoding, errors="replace")
    return DeliveryProblem(
        "undecodable",
        row=row,
        column=_column_at(line),
        expected=("UTF-8", "GB18030", "UTF-16"),
        encoding=encoding.upper(),
    )


def _faults_in(data: bytes, encoding: str) -> int:
    return data.decode(encoding, errors="replace").count("\ufffd") - data.count("\ufffd".encode(encoding))


def _first_fault(data: bytes, encoding: str) -> int:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _column_at(line: str) -> str:
    """The letter of the column in which a line breaks off."""
    return letter(max(line.count(mark) for mark in ",\t;")) if line else "A"
