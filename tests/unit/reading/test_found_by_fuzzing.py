"""What `make fuzz` found, each told once and for all (tests/reliability, docs/reference/reliability.md)."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from hearth.contracts import source
from hearth.reading.old_workbook import refuse_bad_old_workbook
from hearth.reading.problems import DeliveryProblem
from hearth.reading.table import Table, read_table
from tests.functional import damage

RELIEF = source("civil_affairs").extract("temporary_relief")


def read(folder: Path, name: str, content: bytes) -> Table:
    path = folder / name
    path.write_bytes(content)
    return read_table(path, RELIEF)


def with_address(address: bytes) -> bytes:
    """A workbook whose second row begins at another address."""
    book = damage.xlsx({"数据": [damage.HEADER, *damage.ROWS]})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as whole, zipfile.ZipFile(out, "w") as spoilt:
        for name in whole.namelist():
            spoilt.writestr(name, whole.read(name).replace(b'r="A2"', b'r="%s"' % address))
    return out.getvalue()


def test_numbers_in_words_below_a_header_are_no_column_numbers(tmp_path: Path) -> None:
    """二五 is neither 25 nor a numbering of columns; it ended the reading with a ValueError."""
    row = ["二五", "四七", "十九二", "5200.00", "2025-01-09"]
    assert read(tmp_path, "a.csv", damage.csv([damage.HEADER, row, *damage.ROWS])).rows.height == 3


@pytest.mark.parametrize("address", [b"ZZZZZZ99999999999999", b"A99999999", b"ZZZZ2"])
def test_a_cell_where_no_sheet_has_one_is_refused(tmp_path: Path, address: bytes) -> None:
    """The library that reads workbooks asked for exabytes of memory and aborted, the load with it."""
    with pytest.raises(DeliveryProblem) as refused:
        read(tmp_path, "a.xlsx", with_address(address))
    assert refused.value.code == "corrupt"


def test_a_stray_cell_between_the_others_is_seen(tmp_path: Path) -> None:
    """Only the last address was looked at: a far one before it unfolded to billions of cells."""
    with pytest.raises(DeliveryProblem) as refused:
        read(tmp_path, "a.xlsx", with_address(b"XFD1048576"))
    assert refused.value.code == "too_many_cells"


def test_a_cell_of_an_old_workbook_beyond_its_last_column_is_refused(tmp_path: Path) -> None:
    """55,051 columns were unfolded before they were counted, in 1.8 GB for a file of 67 kB."""
    book = bytearray(damage.xls([damage.HEADER, [*damage.PERSON[:3], 5200, "2025-01-09"]]))
    record = re.search(rb"\x7e\x02\x0a\x00|\x03\x02\x0e\x00", book)
    assert record is not None
    book[record.end() + 2 : record.end() + 4] = (55_050).to_bytes(2, "little")
    with pytest.raises(DeliveryProblem) as refused:
        read(tmp_path, "a.xls", bytes(book))
    assert refused.value.code == "corrupt"


def old_workbook(place: str) -> bytes:
    """An old workbook that states at one place what cannot be."""
    book = bytearray(damage.xls([damage.HEADER, *damage.ROWS * 40]))
    table = 512 + int.from_bytes(book[76:80], "little") * 512
    directory = 512 + int.from_bytes(book[48:52], "little") * 512
    first = int.from_bytes(book[directory + 128 + 116 : directory + 128 + 120], "little")
    area = re.search(rb"\x00\x02\x0e\x00", book)
    strings = re.search(rb"\xfc\x00..(?=.{8}\x02\x00\x01)", book, re.DOTALL)
    assert area is not None
    assert strings is not None
    changes = {
        "a chain that bites its tail": (table + 4 * (first + 2), first),
        "a table that bites its tail": (68, int.from_bytes(book[76:80], "little")),
        "a stream longer than the file": (directory + 128 + 120, 1 << 31),
        "more sectors than there are": (64, 1 << 30),
        "an area of billions": (area.end() + 4, 1 << 30),
        "billions of strings": (strings.end() + 4, 1 << 31),
    }
    at, number = changes[place]
    book[at : at + 4] = number.to_bytes(4, "little")
    if place.startswith("a table"):  # the sector leads to itself
        book[table + 508 : table + 512] = book[76:80]
    return bytes(book)


@pytest.mark.parametrize(
    "place",
    [
        "a chain that bites its tail",
        "a table that bites its tail",
        "a stream longer than the file",
        "more sectors than there are",
        "an area of billions",
        "billions of strings",
    ],
)
def test_what_no_old_workbook_can_hold_is_refused_before_it_is_asked_for(tmp_path: Path, place: str) -> None:
    """The library that reads workbooks asked for gigabytes and aborted, the load with it."""
    with pytest.raises(DeliveryProblem) as refused:
        refuse_bad_old_workbook(old_workbook(place))
    assert refused.value.code == "corrupt"
    with pytest.raises(DeliveryProblem):
        read(tmp_path, "a.xls", old_workbook(place))


def test_an_old_workbook_that_states_what_it_holds_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "a.xls", damage.xls([damage.HEADER, *damage.ROWS * 40])).rows.height == 80


def test_a_first_cell_without_end_is_told(tmp_path: Path) -> None:
    """Its row was named before there was one."""
    with pytest.raises(DeliveryProblem) as refused:
        read(tmp_path, "a.csv", b'"' + b"a" * 200_000 + b"\n" + damage.csv(damage.ROWS))
    assert refused.value.code in ("long_cell", "open_quotation")
