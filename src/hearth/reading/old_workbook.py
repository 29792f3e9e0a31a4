"""What an old workbook (.xls) says before it is opened: chains without end, sizes and addresses that cannot be.

The library that reads sheets believes all of them, and a process without memory ends where it stands.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hearth.reading.limits import DAMAGED, corrupt

MOST_COLUMNS = 256
MOST_CELLS = 65_536 * MOST_COLUMNS
_LAST_REGULAR = 0xFFFFFFF9
"""Larger numbers of sectors mean the end of a chain, or a sector that is in none."""
_FREE = 0xFFFFFFFF
_STREAM, _ROOT = 2, 5
_ENTRY_BYTES = 128
_SHORT_STREAM = 4096
_NAMES = ("Workbook", "Book", "WORKBOOK", "BOOK")
_END, _SHEET, _STRINGS, _AREA = 0x0A, 0x85, 0xFC, 0x200
_CELLS = frozenset((0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E))
_FEWEST_BYTES_OF_A_STRING = 3


def refuse_bad_old_workbook(data: bytes) -> None:
    """Refuse a file whose chains of sectors bite their tails, or that states what no such file can hold.

    Other damage is left to the library.

    Raises:
        DeliveryProblem: it is damaged.
    """
    try:
        file = _CompoundFile.of(data)
        stream = file.workbook()
        if stream is not None:
            _refuse_bad_records(stream)
    except (_Endless, _TooLarge) as error:
        raise corrupt(DAMAGED["xls"]) from error
    except (struct.error, IndexError, ValueError):
        return


class _Endless(Exception):
    """A chain that comes back to one of its own sectors."""


class _TooLarge(Exception):
    """A size or an address beyond what there is."""


@dataclass(frozen=True)
class _CompoundFile:
    """Sectors, the table that says which follows which, and the directory of streams."""

    data: bytes
    sector_bytes: int
    following: Sequence[int]
    following_short: Sequence[int]
    entries: list[tuple[str, int, int, int]]
    """name, kind, first sector, bytes"""

    @classmethod
    def of(cls, data: bytes) -> _CompoundFile:
        """As the file's own header has it."""
        version, _, shift = struct.unpack_from("<HHH", data, 26)
        sector_bytes = 1 << min(shift, 16)
        tables, directory = struct.unpack_from("<II", data, 44)
        short_first, short_count, more_first = struct.unpack_from("<III", data, 60)
        for count in (tables, short_count):
            if count * sector_bytes > len(data):
                raise _TooLarge
        listed = _tables(data, sector_bytes, more_first)
        following = array("I", b"".join(_sector(data, sector_bytes, number) for number in listed))
        short = b"".join(_sector(data, sector_bytes, n) for n in _chain(following, short_first))
        entries = [
            _entry(entry, version)
            for number in _chain(following, directory)
            for entry in _cut(_sector(data, sector_bytes, number), _ENTRY_BYTES)
        ]
        found = cls(data, sector_bytes, following, array("I", short), entries)
        found._refuse_bad_streams()
        return found

    def _refuse_bad_streams(self) -> None:
        for _, kind, first, size in self.entries:
            if kind not in (_STREAM, _ROOT):
                continue
            if size > len(self.data):
                raise _TooLarge
            is_short = kind == _STREAM and size < _SHORT_STREAM
            for _ in _chain(self.following_short if is_short else self.following, first):
                pass

    def workbook(self) -> bytes | None:
        """The bytes of the stream with the sheets, where it is of an ordinary size."""
        for name, kind, first, size in self.entries:
            if name in _NAMES and kind == _STREAM and size >= _SHORT_STREAM:
                chain = _chain(self.following, first)
                return b"".join(_sector(self.data, self.sector_bytes, number) for number in chain)[:size]
        return None


def _tables(data: bytes, sector_bytes: int, more_first: int) -> list[int]:
    """The sectors that hold the table of what follows what: 109 in the header, the others in a chain of their own."""
    listed = array("I", data[76:512])
    seen, number = set[int](), more_first
    while number <= _LAST_REGULAR:
        if number in seen:
            raise _Endless
        seen.add(number)
        *more, number = array("I", _sector(data, sector_bytes, number))
        listed.extend(more)
    return [sector for sector in listed if sector != _FREE]


def _sector(data: bytes, sector_bytes: int, number: int) -> bytes:
    start = max(512, sector_bytes) + number * sector_bytes
    return data[start : start + sector_bytes].ljust(sector_bytes, b"\0") if start < len(data) else b""


def _chain(following: Sequence[int], number: int) -> Iterator[int]:
    """The sectors of a chain, up to where it ends or leads nowhere."""
    steps = 0
    while number < len(following):
        yield number
        number = following[number]
        steps += 1
        if steps > len(following):
            raise _Endless


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data) - size + 1, size))


def _entry(entry: bytes, version: int) -> tuple[str, int, int, int]:
    name = entry[: max(0, int.from_bytes(entry[64:66], "little") - 2)].decode("utf-16-le", errors="replace")
    size = int.from_bytes(entry[120 : 124 if version == 3 else 128], "little")
    return name, entry[66], int.from_bytes(entry[116:120], "little"), size


def _refuse_bad_records(stream: bytes) -> None:
    """The records of the workbook, then those of each sheet from where the workbook says it begins."""
    starts = []
    for kind, at, length in _records(stream, 0):
        if kind == _SHEET and length >= 4:
            starts.append(struct.unpack_from("<I", stream, at)[0])
        elif kind == _STRINGS and length >= 8:
            count = struct.unpack_from("<I", stream, at + 4)[0]
            if count * _FEWEST_BYTES_OF_A_STRING > len(stream):
                raise _TooLarge
    for start in starts:
        for kind, at, length in _records(stream, start):
            if kind in _CELLS and length >= 4 and int.from_bytes(stream[at + 2 : at + 4], "little") >= MOST_COLUMNS:
                raise _TooLarge
            if kind == _AREA:
                _refuse_bad_area(stream[at : at + length])


def _refuse_bad_area(area: bytes) -> None:
    """The rows and columns that a sheet says it has; rows in four bytes each, in two before 1997."""
    if len(area) >= 14:
        _, rows, _, columns = struct.unpack_from("<IIHH", area)
    elif len(area) >= 8:
        _, rows, _, columns = struct.unpack_from("<HHHH", area)
    else:
        return
    if rows * columns > MOST_CELLS:
        raise _TooLarge


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of every record, up to the one that ends them."""
    end = len(stream) - 4
    read = struct.Struct("<HH").unpack_from
    while at <= end:
        kind, length = read(stream, at)
        if kind == _END:
            return
        yield kind, at + 4, length
        at += 4 + length
