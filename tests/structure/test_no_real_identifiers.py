"""No ID number that could be somebody's is in the repository.

Fictional numbers start with area code 99, which no province has. Everything tracked is read, the workbooks and
GB18030 tables of the acceptance county too; a failure names file and place, never the number.
"""

import re
import subprocess
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

ROOT = Path(__file__).resolve().parents[2]
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
FICTIONAL_AREA = "99"
WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
CANDIDATE = re.compile(r"(?<!\d)(\d{17}[\dXx])(?:\d{2}|\d{4})?(?![\dXx])")
"""Eighteen characters on their own, or before the type and grade of a disability certificate."""


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def real_identifiers(text: str) -> Iterator[int]:
    """Where checksum-valid numbers of real areas begin, written in any width, with blanks inside or not."""
    folded = unicodedata.normalize("NFKC", text)
    for found in CANDIDATE.finditer(folded):
        if is_real(found.group(1).upper()):
            yield found.start()


def is_real(number: str) -> bool:
    if number.startswith(FICTIONAL_AREA) or number[0] == "0" or not _is_date(number[6:14]):
        return False
    return number[17] == "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False)) % 11]


def _is_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1900
    except ValueError:
        return False


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """The file as one text, or a workbook's cells by row; each with the place a person would look at."""
    data = path.read_bytes()
    if data.startswith(WORKBOOKS):
        yield from _cells(path)
    elif (text := _decoded(data)) is not None:
        yield from ((f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1))


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    try:
        workbook = CalamineWorkbook.from_path(path)
    except Exception:  # noqa: BLE001 - encrypted, or another kind of archive: nothing in it can be read by anybody
        return
    for name in workbook.sheet_names:
        for number, row in enumerate(workbook.get_sheet_by_name(name).to_python(), start=1):
            yield f"{name}, row {number}", " | ".join(str(cell) for cell in row)


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def test_no_real_identifier_is_tracked() -> None:
    found = [
        f"{path.relative_to(ROOT)}, {place}"
        for path in tracked_files()
        for place, text in texts(path)
        if any(real_identifiers(text))
    ]
    assert not found, f"numbers of real areas: {found[:10]}"


def test_acceptance_county_is_read() -> None:
    """A scan that finds nothing because it reads nothing protects nobody."""
    landing = ROOT / "tests" / "acceptance" / "landing"
    seen = {
        path.suffix
        for path in landing.rglob("*")
        if path.is_file()
        for _, text in texts(path)
        if re.search(rf"(?<!\d){FICTIONAL_AREA}\d{{15}}[\dXx]", unicodedata.normalize("NFKC", text))
    }
    assert seen == {".csv", ".xls", ".xlsx"}


def _with_check_digit(seventeen: str) -> str:
    return seventeen + "10X98765432"[sum(int(d) * w for d, w in zip(seventeen, WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize("before, after", [("", ""), ("G", ""), ("编号", "，"), ("", "44"), ("", "4401")])
def test_scan_finds_what_it_refuses(before: str, after: str) -> None:
    real = _with_check_digit("11010119900101" + "001")
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in real)
    for number in (real, real.lower(), wide):
        assert list(real_identifiers(f"{before}{number}{after}")) == [len(before)]


def test_scan_lets_fictional_and_broken_numbers_pass() -> None:
    fictional = _with_check_digit("99010119900101001")
    real = _with_check_digit("11010119900101" + "001")
    broken = real[:17] + ("1" if real[17] != "1" else "2")
    for number in (fictional, broken, "1" + real, real[:6] + "********" + real[14:]):
        assert list(real_identifiers(number)) == []
