"""Ways to spoil a delivery. Each takes a file of the acceptance county and a source of chance, and gives bytes.

What a way promises decides what is asked of the reader: rows that it left alone must be loaded (`Spoilt.touched`), or
nothing at all may have changed (`touched` is empty), or only that the file ends with a status (`touched` is None).
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.reliability import packing
from tests.reliability.grids import FORMATS, Base, Grid, as_xlsx, bases, some_rows, written


@dataclass(frozen=True)
class Spoilt:
    """A spoilt file. `whole` is what it was made from, in the same format; `touched` how many rows were spoilt."""

    data: bytes
    whole: bytes | None = None
    touched: int | None = None


Way = Callable[[Base, random.Random], Spoilt]

FORMULAS = (
    "=cmd|'/C calc'!A0", "=1+1", "+SUM(A1:A9)", "-2+3", "@SUM(1)", '=HYPERLINK("http://x","y")', "=A1", "\t=1",
    '=IMPORTXML("http://x","//a")', "=" * 400, "=DDE(1;2;3)",
)  # fmt: skip
STATEMENTS = (
    "'); drop table ops.deliveries; --", "\" or 1=1 --", "\\.", "\\N", "$$; select 1; $$", "%s %(x)s", "{0} {{ x }}",
    "{% do 1 %}", "<script>x</script>", "&#0;&lt;", "../../../etc/passwd", "NULL", "None", "nan", "\\copy x",
)  # fmt: skip
NUMBERS = (
    "1e308", "-1e308", "1e999", "Infinity", "NaN", "-0", "9" * 60, "9" * 400, "0." + "1" * 200,
    "1,2,3", "--1", "1e-400",
    "99999999999999.99", "100000000000000", "0x10", "１２３", "1.2万", "壹佰",
    1e15, 1e22, -1e-9, 2958466, 60, 1.5e300, True,
)  # fmt: skip
DATES = (
    "0000-00-00", "9999-12-31", "10000-01-01", "1900-02-29", "2025-02-30", "20251301", "2025年13月", "-1", "1-1-1",
    "2025-01-03T25:61:61", "99999999", "0001-01-01", "二〇二五年", 2958465, 2958466, 1e10, -5,
)  # fmt: skip
LETTERS = (
    "\0", "\x01\x02\x1f", "\u202e甲", "\u200b", "\ufeff", "\ufffd", "😀𠮷", "a\u0301" * 50, "\u2028",
    "行\n行", "列\t列",
    '"', '""', "'", ",", ";", "甲" * 33_000,
    " ", "　", "\r", "\x1a", "\x85", "\x0b\x0c", "ﷺ" * 90,
)  # fmt: skip
NASTY = (*FORMULAS, *STATEMENTS, *NUMBERS, *DATES, *LETTERS)


def _base(rng: random.Random) -> Base:
    """Small files more often than large ones."""
    every = bases()
    return every[min(int(rng.random() ** 2 * len(every)), len(every) - 1)]


def _text(rng: random.Random) -> str:
    """Any letters of Unicode, without the halves of pairs."""
    ranges = ((32, 127), (0x4E00, 0x9FFF), (1, 0x800), (0x2000, 0x3000), (0xE000, 0xFFFE), (0x10000, 0x10FFFF))
    low, high = rng.choice(ranges)
    return "".join(chr(rng.randrange(low, high)) for _ in range(rng.choice((1, 3, 20, 300))))


def nasty(rng: random.Random) -> Any:
    """What nobody expects in a cell."""
    return _text(rng) if rng.random() < 0.2 else rng.choice(NASTY)


def _touched(grid: Grid, rng: random.Random) -> list[int]:
    most = rng.choice((1, 1, 2, 5, len(grid.data)))
    return rng.sample(grid.data, min(most, len(grid.data)))


def _in_a_format(base: Base, rng: random.Random, change: Callable[[Grid], int | None], form: str = "") -> Spoilt:
    """A grid before and after a change that tells how many rows it touched."""
    before = some_rows(base, rng)
    after = before.copy()
    form = form or rng.choice(FORMATS)
    touched = change(after)
    return Spoilt(written(after, form, rng), written(before, form), touched)


def cells(base: Base, rng: random.Random) -> Spoilt:
    """Cells of a few rows hold what nobody expects."""

    def change(grid: Grid) -> int:
        rows = _touched(grid, rng)
        for row in rows:
            for column in rng.sample(range(len(grid.cells[row])), rng.randint(1, min(4, len(grid.cells[row])))):
                grid.cells[row][column] = nasty(rng)
        return len(rows)

    return _in_a_format(base, rng, change)


def shifted_rows(base: Base, rng: random.Random) -> Spoilt:
    """A few rows have a cell too many or too few, are cut, or are blank."""

    def change(grid: Grid) -> int:
        rows = _touched(grid, rng)
        for row in rows:
            cells, at = grid.cells[row], rng.randrange(len(grid.cells[row]))
            how = rng.randrange(5)
            grid.cells[row] = (
                [*cells[:at], "多", *cells[at:]], [*cells[:at], *cells[at + 1 :]], cells[:at], [""] * len(cells),
                [*cells, *["尾"] * rng.choice((1, 7, 300))],
            )[how]  # fmt: skip
        return len(rows)

    return _in_a_format(base, rng, change)


def strange_rows(base: Base, rng: random.Random) -> Spoilt:
    """Rows that are no data, or hardly any, stand between the others."""

    def change(grid: Grid) -> int:
        count = rng.choice((1, 2, 8))
        for _ in range(count):
            row = rng.choice((
                ["合计", *[str(rng.randrange(9999))] * 3], ["注：以上数据截至本月"], [nasty(rng)], [""],
                [nasty(rng) for _ in range(rng.randint(1, grid.width))], list(grid.cells[grid.head - 1]),
            ))  # fmt: skip
            grid.cells.insert(rng.randint(grid.head, len(grid.cells)), row)
        return 0

    return _in_a_format(base, rng, change)


def headers(base: Base, rng: random.Random) -> Spoilt:
    """Headers are wrong: changed, gone, twice, swapped, below other rows."""

    def change(grid: Grid) -> None:
        for _ in range(rng.choice((1, 1, 3))):
            row = grid.cells[rng.randrange(grid.head)]
            if row:
                at = rng.randrange(len(row))
                row[at] = rng.choice(("", nasty(rng), row[rng.randrange(len(row))], f"{row[at]}（元）", f" {row[at]}"))
        if rng.random() < 0.3:
            del grid.cells[rng.randrange(grid.head)]
        if rng.random() < 0.3:
            grid.cells.insert(0, [nasty(rng)])

    return _in_a_format(base, rng, change)


def other_order(base: Base, rng: random.Random) -> Spoilt:
    """Columns in another order, with columns nobody knows: the rows are the same."""

    def change(grid: Grid) -> int:
        if grid.merges or grid.head != 1:
            return 0
        order = rng.sample(range(grid.width), grid.width)
        if "证件类型" in "".join(map(str, grid.cells[0])):  # belongs right before its number
            order = sorted(order)
        strange = rng.choice(("备用列", "备用列甲"))
        for n, row in enumerate(grid.cells):
            row += [""] * (grid.width - len(row))
            grid.cells[n] = [*(row[at] for at in order), strange if n == 0 else str(rng.randrange(99))]
        return 0

    return _in_a_format(base, rng, change)


def sheets(base: Base, rng: random.Random) -> Spoilt:
    """Covers, empty sheets, sheets called like an attack, or the same table twice."""
    grid = some_rows(base, rng)
    others = [
        (f"封面{n}", Grid(rng.choice(([["说明"]], [], [[nasty(rng)]], [[nasty(rng)] * 9] * 3)), 0))
        for n in range(rng.choice((1, 3, 40)))
    ]
    name = rng.choice(("数据", "drop table; --", "Sheet.1", "=cmd", "．．", "甲" * 31))
    every = [*others, (name, grid)]
    rng.shuffle(every)
    return Spoilt(as_xlsx(every, rng), as_xlsx([(name, grid)]), 0)


def encodings(base: Base, rng: random.Random) -> Spoilt:
    """Text in an encoding of any kind, or in two."""
    grid = some_rows(base, rng)
    form = rng.choice(("csv", "tsv"))
    names = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-32", "big5", "shift_jis", "euc_kr", "utf-7", "latin-1")
    first, second = (written(grid, f"{form} {rng.choice(names)}") for _ in range(2))
    marks = (b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x84\x31\x95\x33", b"\x00")
    cut = rng.randrange(len(first)) if rng.random() < 0.5 else len(first)
    return Spoilt(rng.choice(marks) + first[:cut] + (second[cut:] if cut < len(first) else b""))


def bytes_in_rows(base: Base, rng: random.Random) -> Spoilt:
    """Bytes within a few lines of a text file are others."""
    form = rng.choice(("csv utf-8", "csv gb18030", "csv utf-8-sig"))
    grid = some_rows(base, rng)
    whole = written(grid, form)
    lines = whole.split(b"\n")
    last = len(lines) - 1 if lines[-1] == b"" else len(lines)
    if any(b'"' in line for line in lines) or last <= grid.head:
        return Spoilt(whole, whole, 0)
    rows = rng.sample(range(grid.head, last), min(rng.choice((1, 1, 2, 5)), last - grid.head))
    for row in rows:
        line = bytearray(lines[row])
        for _ in range(rng.choice((1, 1, 3, 20))):
            if line:
                line[rng.randrange(len(line))] = rng.choice([b for b in range(256) if b not in (10, 13)])
        lines[row] = bytes(line)
    return Spoilt(b"\n".join(lines), whole, len(rows))


def any_bytes(base: Base, rng: random.Random) -> Spoilt:
    """Bytes anywhere in the file as it was sent: flipped, cut out, doubled, zeroed, cut off."""
    data = bytearray(base.path.read_bytes())
    for _ in range(rng.choice((1, 1, 2, 10, 200))):
        at, length = rng.randrange(len(data)), rng.choice((1, 2, 16, 512, 4096))
        how = rng.randrange(6)
        if how == 0:
            data[at] = rng.randrange(256)
        elif how == 1 and len(data) > length + 1:
            del data[at : at + length]
        elif how == 2:
            data[at:at] = rng.randbytes(length)
        elif how == 3:
            data[at : at + length] = bytes(min(length, len(data) - at))
        elif how == 4:
            data[at:at] = data[at : at + length]
        elif how == 5 and rng.random() < 0.2:
            del data[max(at, 1) :]
    return Spoilt(bytes(data))


def two_files(base: Base, rng: random.Random) -> Spoilt:
    """Two files in one, or a file behind what is none."""
    other = rng.choice(bases()).path.read_bytes()
    own = base.path.read_bytes()
    junk = rng.choice((b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>", b"\0" * 99,
                       b"\n" * 9,
                       b"sep=;\n", b"sep=\n", b"#!/bin/sh\n", rng.randbytes(64)))  # fmt: skip
    return Spoilt(rng.choice((own + other, junk + own, own + junk, own[: len(own) // 2] + other[len(other) // 2 :])))


def nothing_like_it(base: Base, rng: random.Random) -> Spoilt:
    """Noise, letters, or one thing again and again."""
    size = rng.choice((0, 1, 2, 7, 100, 5_000, 200_000))
    unit = rng.choice((b"\0", b"a", b",", b"\n", b'"', b"\t", b"<td>", b"=", "甲".encode(), b"\xff", b"1,2\n", b"{}"))
    letters = "".join(rng.choices(string.printable, k=size)).encode()
    return Spoilt(rng.choice((rng.randbytes(size), unit * size, letters)))


def sizes(base: Base, rng: random.Random) -> Spoilt:
    """Too many columns, rows, letters in a cell, cells in a row."""
    grid = some_rows(base, rng, most=10)
    how, count = rng.randrange(7), rng.choice((1_000, 30_000, 1_000_000))
    if how == 0:  # a million columns
        text = ",".join(map(str, range(count)))
        return Spoilt(f"{text}\n{text}\n".encode())
    if how == 1:
        head = written(Grid(grid.cells[: grid.head], grid.head), "csv utf-8")
        return Spoilt(head + written(Grid(grid.cells[grid.head :], 0), "csv utf-8") * min(count, 30_000))
    if how == 2:
        grid.cells[-1][0] = "甲" * count
        return Spoilt(written(grid, "csv utf-8"))
    if how == 3:
        return Spoilt(written(grid, "csv utf-8") + b"," * count)
    if how == 4:
        return Spoilt(written(grid, "csv utf-8") + b"\n" * count)
    if how == 5:
        cells = "<td></td>" * count
        return Spoilt(f"<html><table><tr>{cells}</tr></table></html>".encode())
    span = rng.choice(("rowspan", "colspan"))
    page = f"<html><table><tr><td {span}={count}>x</td></tr>{'<table>' * min(count, 5_000)}</table></html>"
    return Spoilt(page.encode())


def packed(base: Base, rng: random.Random) -> Spoilt:
    """A workbook whose ZIP is not what it says: see `packing`."""
    grid = some_rows(base, rng, most=40)
    return Spoilt(packing.spoilt(written(grid, "xlsx"), rng))


def old_workbook(base: Base, rng: random.Random) -> Spoilt:
    """An old workbook with a few bytes of its records changed."""
    data = bytearray(written(some_rows(base, rng, most=40), "xls"))
    for _ in range(rng.choice((1, 3, 20))):
        data[rng.randrange(512 if rng.random() < 0.3 else len(data))] = rng.choice((0, 1, 127, 255, rng.randrange(256)))
    return Spoilt(bytes(data))


WAYS: tuple[tuple[Way, int], ...] = (
    (cells, 24),
    (shifted_rows, 6),
    (strange_rows, 6),
    (headers, 10),
    (other_order, 4),
    (sheets, 5),
    (encodings, 6),
    (bytes_in_rows, 8),
    (any_bytes, 12),
    (two_files, 4),
    (nothing_like_it, 3),
    (sizes, 3),
    (packed, 12),
    (old_workbook, 5),
)
"""Every way with how often it is taken."""


@dataclass(frozen=True)
class Case:
    """One spoilt file, made again from the seed and its number."""

    seed: int
    number: int
    way: str
    base: Base
    spoilt: Spoilt


def case(seed: int, number: int) -> Case:
    """The spoilt file of that number."""
    rng = random.Random(f"{seed}:{number}")
    ways, weights = zip(*WAYS, strict=True)
    way, base = rng.choices(ways, weights)[0], _base(rng)
    return Case(seed, number, way.__name__, base, way(base, rng))
