"""Workbooks whose ZIP is not what it says: parts gone, doubled, lying about their size, bombs, entities, links."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from collections.abc import Callable

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (ord("b") + n, (b"&%c;" % (ord("a") + n)) * 10) for n in range(9))
    + b'<!ENTITY z SYSTEM "file:///etc/passwd">]>'
)
BLOCK = 1 << 20

Parts = dict[str, bytes]


def spoilt(workbook: bytes, rng: random.Random) -> bytes:
    """The workbook, unpacked, spoilt in one way and packed again."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return rng.choice(WAYS)(parts, rng)


def _pack(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def _without_a_part(parts: Parts, rng: random.Random) -> bytes:
    del parts[rng.choice(list(parts))]
    return _pack(parts)


def _spoilt_part(parts: Parts, rng: random.Random) -> bytes:
    name = rng.choice([SHEET, SHEET, *parts])
    data = bytearray(parts[name])
    for _ in range(rng.choice((1, 5, 50))):
        at = rng.randrange(len(data))
        data[at : at + rng.choice((0, 1, 30))] = rng.choice((b"", b"<", b"&", b"\0", b'"', rng.randbytes(3), b"]]>"))
    parts[name] = bytes(data)
    return _pack(parts)


def _other_numbers(parts: Parts, rng: random.Random) -> bytes:
    """Addresses, string numbers, styles and sizes beyond what can be."""
    swaps = (
        (b' r="A1"', b' r="XFD1048576"'), (b' r="A2"', b' r="ZZZZZZ99999999999999"'),
        (b"<v>1</v>", b"<v>99999999999</v>"),
        (b"<v>2</v>", b"<v>-1</v>"), (b' s="1"', b' s="99999999"'), (b'<row r="2"', b'<row r="4294967297"'),
        (b"<dimension ref=", b'<dimension ref="A1:XFD1048576"/><x a='), (b't="s"', b't="e"'), (b"<v>", b"<v>1e999"),
        (b"<sheetData>", b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    )  # fmt: skip
    old, new = rng.choice(swaps)
    parts[SHEET] = parts[SHEET].replace(old, new, rng.choice((1, -1)))
    return _pack(parts)


def _entities(parts: Parts, rng: random.Random) -> bytes:
    name = rng.choice((SHEET, STRINGS, "xl/workbook.xml"))
    body = parts.get(name, b"<x></x>").split(b"?>", 1)[-1]
    parts[name] = ENTITIES + body.replace(b"</t>", rng.choice((b"&j;</t>", b"&z;</t>")), 1)
    return _pack(parts)


def _bomb(parts: Parts, rng: random.Random) -> bytes:
    """A part that unpacks to hundreds of times its size."""
    megabytes = rng.choice((8, 64, 256, 1_100, 2_100) if rng.random() < 0.25 else (8, 64))
    name = rng.choice((STRINGS, SHEET, "xl/media/a.bin", "xl/styles.xml"))
    filling = rng.choice((b" ", b"\0", b"a", b"<si><t></t></si>", b"<row><c><v>1</v></c></row>"))
    if filling.startswith(b"<"):  # cells are no bomb, but a county's worth of them
        megabytes = 8
    block = filling * (BLOCK // len(filling))
    data = parts.pop(name, b"<x></x>")
    cut = data.find(b"<si>") if name == STRINGS else data.find(b"<row")
    cut = max(cut, 0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for other, content in parts.items():
            archive.writestr(zipfile.ZipInfo(other), content)
        packed = zipfile.ZipInfo(name)
        packed.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(packed, "w", force_zip64=True) as part:
            part.write(data[:cut])
            for _ in range(megabytes):
                part.write(block)
            part.write(data[cut:])
    return out.getvalue()


def _lying_bomb(parts: Parts, rng: random.Random) -> bytes:
    """A bomb that says it is small."""
    name = rng.choice((STRINGS, SHEET, "xl/styles.xml"))
    data = parts.get(name, b"<x></x>")
    inside = data.find(b"<si>") if name == STRINGS else data.find(b"<row")
    filling = rng.choice((b" ", b"<si><t>aaaaaaaaaaaaaaaa</t></si>", b"\n"))
    megabytes = rng.choice((16, 64, 200))
    filling *= (megabytes * BLOCK) // len(filling)
    parts[name] = data[: max(inside, 0)] + filling + data[max(inside, 0) :]
    packed = bytearray(_pack(parts))
    for signature, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = packed.find(signature)
        while at >= 0:
            if struct.unpack_from("<I", packed, at + place)[0] == len(parts[name]):
                struct.pack_into("<I", packed, at + place, rng.choice((0, 10, len(data))))
            at = packed.find(signature, at + 4)
    return bytes(packed)


def _names(parts: Parts, rng: random.Random) -> bytes:
    """Parts called like paths out of the folder, devices, statements."""
    strange = ("../../../../tmp/hearth-fuzz", "/etc/hearth-fuzz", "C:\\x", "xl/../xl/worksheets/sheet1.xml",
               "a'; drop--",                "xl/" * 400 + "x", "CON", "xl/worksheets/sheet1.xml ")  # fmt: skip
    for name in rng.sample(strange, 3):
        parts[name] = rng.choice((b"x", parts[SHEET]))
    return _pack(parts)


def _links(parts: Parts, rng: random.Random) -> bytes:
    """A part that is a symbolic link."""
    content = parts.pop(SHEET)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        link = zipfile.ZipInfo(SHEET)
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, rng.choice((b"/etc/passwd", b"../../etc/passwd", content)))
    return out.getvalue()


def _doubled(parts: Parts, rng: random.Random) -> bytes:
    """One part twice, with two contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        doubled = zipfile.ZipInfo(rng.choice(list(parts)))
        archive.writestr(doubled, rng.choice((b"", b"<x/>", parts[SHEET])))
    return out.getvalue()


def _headers_of_the_archive(parts: Parts, rng: random.Random) -> bytes:
    """Bytes of the archive's own directory."""
    packed = bytearray(_pack(parts, rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))))
    start = packed.find(b"PK\x01\x02") if rng.random() < 0.7 else 0
    for _ in range(rng.choice((1, 4, 20))):
        packed[rng.randrange(start, len(packed))] = rng.choice((0, 1, 255, rng.randrange(256)))
    return bytes(packed)


def _cut(parts: Parts, rng: random.Random) -> bytes:
    packed = _pack(parts)
    return packed[: rng.randrange(4, len(packed))]


def _many_parts(parts: Parts, rng: random.Random) -> bytes:
    for n in range(rng.choice((1_000, 20_000))):
        parts[f"xl/worksheets/x{n}.xml"] = b"<x/>"
    return _pack(parts, zipfile.ZIP_STORED)


def _deep(parts: Parts, rng: random.Random) -> bytes:
    """Elements in elements in elements."""
    depth = rng.choice((1_000, 100_000))
    name = rng.choice((SHEET, STRINGS, "xl/workbook.xml"))
    data = parts.get(name, b"<x></x>")
    cut = data.rfind(b"</")
    parts[name] = data[:cut] + b"<a>" * depth + rng.choice((b"", b"</a>" * depth)) + data[cut:]
    return _pack(parts)


WAYS: tuple[Callable[[Parts, random.Random], bytes], ...] = (
    _without_a_part, _spoilt_part, _spoilt_part, _spoilt_part, _other_numbers, _other_numbers, _entities,
    _bomb, _lying_bomb, _names, _links, _doubled, _headers_of_the_archive, _headers_of_the_archive, _cut,
    _many_parts, _deep,
)  # fmt: skip
