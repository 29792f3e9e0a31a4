"""What a workbook's archive says before it is opened: another kind of archive, a password, how much it unpacks to."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence

import lxml.etree
import polars as pl
from xlsxwriter.utility import xl_cell_to_rowcol

from hearth.contracts.model import Extract
from hearth.language import Words
from hearth.reading.limits import CELLS_DEARER_IN_A_WORKBOOK, CHUNK_BYTES, DAMAGED, corrupt, not_a_table, refuse_vast
from hearth.reading.problems import DeliveryProblem

SCANNED_MEGABYTES = 50
MOST_TIMES_SMALLER = 1032
"""Deflate cannot pack closer: what is smaller than the limit by this factor cannot exceed it."""
OTHER_ARCHIVES = {
    "word/": Words("Word 文档", "a Word document"),
    "ppt/": Words("PowerPoint 文稿", "a PowerPoint file"),
    "": Words("ZIP 压缩包", "a ZIP archive"),
}
_LOCAL_HEADER = 30
_NOWHERE = re.compile(rb' r="(?:[A-Z]{4}|[A-Z]{0,3}\d{8})')
"""An address beyond the last column or row that a sheet can have."""
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PREFIX = re.compile(rb"<(\w+:)?sheetData\b")
_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c (?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3}[1-9]\d{0,6})"[^>]*>'
    rb"\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*(?:/>|></(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
"""A cell with a formula and without a value; `t="str"` and an empty value is a formula that gives an empty text."""
MOST_OF_A_CELL = 1 << 17
"""Far more bytes than a formula's cell can have."""
NO_FORMULAS = pl.DataFrame(schema={"row": pl.Int32, "position": pl.Int32})
_BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, KeyError, ValueError,
    struct.error, lxml.etree.LxmlError,
)  # fmt: skip


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin like a ZIP."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def refuse_bad_archive(data: bytes, extract: Extract) -> dict[str, pl.DataFrame]:
    """Refuse what is no workbook, has a password or is damaged, and what unpacks to more than the extract's limits.

    What an archive states about itself is believed only where it cannot be worse.

    Returns:
        By sheet the formulas without a stored value, which the library that reads sheets takes for blank cells: row
        and position from 0.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_other_archives(archive)
            _refuse_bombs(archive, data, extract)
            _refuse_vast_sheets(archive, extract)
            return _uncalculated(archive)
    except _BROKEN as error:
        raise corrupt(DAMAGED["xlsx"]) from error


def _refuse_other_archives(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if any(part.flag_bits & 1 for part in archive.infolist()) or _is_locked_document(archive, names):
        raise DeliveryProblem("encrypted")
    if not any(name.startswith("xl/") or name == "content.xml" for name in names):
        raise not_a_table(
            next(what for part, what in OTHER_ARCHIVES.items() if not part or any(map(part.__eq__, _folders(names))))
        )


def _folders(names: Sequence[str]) -> set[str]:
    return {name[: name.find("/") + 1] for name in names}


def _is_locked_document(archive: zipfile.ZipFile, names: Sequence[str]) -> bool:
    """An OpenDocument sheet with a password; the list of its parts says so."""
    manifest = "META-INF/manifest.xml"
    return manifest in names and b"encryption-data" in archive.read(manifest)


def _refuse_bombs(archive: zipfile.ZipFile, data: bytes, extract: Extract) -> None:
    """Refuse what unpacks to more than the limit, by what it states and, where it could lie, by what there is."""
    most = extract.max_megabytes * 1_000_000
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    if size <= most and sum(part.compress_size for part in parts) * MOST_TIMES_SMALLER > most:
        size = 0
        for part in parts:
            size += _unpacked_size(data, part, most - size)
            if size > most:
                break
    if size > most:
        raise DeliveryProblem("unpacks_too_big", megabytes=-(-len(data) // 1_000_000), limit=extract.max_megabytes)


def _unpacked_size(data: bytes, part: zipfile.ZipInfo, most: int) -> int:
    """The bytes that a part really holds, counted a little beyond `most`; as stated where it is not deflated."""
    if part.compress_type != zipfile.ZIP_DEFLATED:
        return max(part.file_size, part.compress_size)
    name, extra = struct.unpack_from("<HH", data, part.header_offset + _LOCAL_HEADER - 4)
    start = part.header_offset + _LOCAL_HEADER + name + extra
    unpacking, rest, size = zlib.decompressobj(-zlib.MAX_WBITS), data[start : start + part.compress_size], 0
    while rest and not unpacking.eof and size <= most:
        size += len(unpacking.decompress(rest, CHUNK_BYTES))
        rest = unpacking.unconsumed_tail
    return size


def _refuse_vast_sheets(archive: zipfile.ZipFile, extract: Extract) -> None:
    """A stray cell in the last column of the last row would be unfolded to billions of cells."""
    for part in archive.infolist():
        if not _SHEET.fullmatch(part.filename):
            continue
        rows, columns = _stated_area(archive, part)
        if rows * columns <= 1 or part.file_size < SCANNED_MEGABYTES * 1_000_000:
            rows, columns = _real_area(archive, part)
        if rows * columns > extract.max_cells // CELLS_DEARER_IN_A_WORKBOOK:
            name = _sheet_names(archive).get(part.filename, "")
            refuse_vast(rows, columns, extract, name, CELLS_DEARER_IN_A_WORKBOOK)


def _stated_area(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """Rows and columns as the sheet's own beginning says; many exporters say nothing, or one cell."""
    with archive.open(part) as sheet:
        match = re.search(rb'<dimension ref="[A-Z]+\d+:([A-Z]{1,3})(\d+)"', sheet.read(4096))
    return (int(match[2]), _column_number(match[1])) if match else (0, 0)


def _real_area(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """Rows and columns as the cells' own addresses say."""
    letters: set[bytes] = set()
    numbers: set[bytes] = set()
    with archive.open(part) as sheet:
        rest = b""
        while chunk := sheet.read(CHUNK_BYTES):
            chunk = rest + chunk
            if _NOWHERE.search(chunk):  # the library that reads sheets would ask for exabytes, and abort
                raise corrupt(DAMAGED["xlsx"])
            letters.update(re.findall(rb' r="([A-Z]{1,3})\d', chunk))
            numbers.update(re.findall(rb' r="[A-Z]{0,3}(\d+)"', chunk))
            rest = chunk[-20:]
    return max(map(int, numbers), default=0), max(map(_column_number, letters), default=0)


def _uncalculated(archive: zipfile.ZipFile) -> dict[str, pl.DataFrame]:
    """The formulas without a stored value, by sheet: a program that writes workbooks need not calculate them."""
    parts = [part for part in archive.infolist() if _SHEET.fullmatch(part.filename)]
    found = {part.filename: [*_formulas_without_value(archive, part)] for part in parts}
    if not any(found.values()):
        return {}
    names = _sheet_names(archive)
    return {names[file]: _placed(addresses) for file, addresses in found.items() if addresses and file in names}


def _formulas_without_value(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as sheet:
        cell = b"<c "
        rest = b""
        while chunk := sheet.read(CHUNK_BYTES):
            chunk = rest + chunk
            if named := _PREFIX.search(chunk):
                cell = b"<%bc " % (named[1] or b"")
            begun = max(chunk.rfind(cell), 0)
            whole, rest = chunk[:begun], chunk[begun:][-MOST_OF_A_CELL:]
            yield from _UNCALCULATED.findall(whole) if b"<f" in whole or b":f" in whole else ()
        yield from _UNCALCULATED.findall(rest)


def _placed(addresses: Iterable[bytes]) -> pl.DataFrame:
    cells = [xl_cell_to_rowcol(address.decode()) for address in addresses]
    return pl.DataFrame(cells, schema=NO_FORMULAS.schema, orient="row")


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """The parts of a workbook that are sheets, each with the name on its tab."""
    parser = lxml.etree.XMLParser(resolve_entities=False, recover=True)
    book = lxml.etree.fromstring(archive.read("xl/workbook.xml"), parser)
    links = lxml.etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    targets = {link.get("Id"): str(link.get("Target")).removeprefix("/xl/") for link in links}
    office = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    return {f"xl/{targets.get(sheet.get(office))}": sheet.get("name", "") for sheet in book.iter("{*}sheet")}


def _column_number(letters: bytes) -> int:
    return int(xl_cell_to_rowcol(f"{letters.decode()}1")[1]) + 1
