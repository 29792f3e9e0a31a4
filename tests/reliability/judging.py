"""What is asked of the reader, whatever file it is given: a status with a message, and no row lost with another's."""

from __future__ import annotations

import io
import re
import resource
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from hearth.contracts.model import Extract, Kind
from hearth.loading.checks import too_many_faults, unread_sheets
from hearth.parsing.frame import Parsed, parse
from hearth.reading.pieces import NotPlain
from hearth.reading.problems import DeliveryProblem
from hearth.reading.table import read_table
from tests.pieces import differences, in_pieces_of, read_in_pieces
from tests.reliability.grids import Base, whole_grid
from tests.reliability.spoiling import Case, case

SECONDS, SECONDS_EACH = 20.0, 0.5
MEGABYTES, MEGABYTES_EACH = 1_500, 10
"""What one file may take: of the processor's time, and the whole process's memory at its peak; so much more for each
megabyte of the file, unpacked as far as it says so itself."""

PIECE, MOST_PIECES = 1500, 20
"""Bytes: a few rows, so that every file has several pieces; and of a large one not too many."""

PRIVATE = (Kind.NAME, Kind.IDENTIFIER)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NUMBER = re.compile(r"99\d{15}[\dXx]")


@dataclass(frozen=True)
class Fate:
    """What became of a file: accepted, held or rejected, with the code or the kind of fault."""

    status: str
    code: str = ""
    zh: str = ""
    en: str = ""
    parsed: Parsed | None = None
    row: int | None = None


@dataclass
class Verdict:
    """A case as it ended. `findings` is empty where everything promised was kept."""

    number: int
    way: str
    file: str
    byte_count: int = 0
    status: str = ""
    code: str = ""
    seconds: float = 0.0
    megabytes: int = 0
    touched: int | None = None
    findings: list[str] = field(default_factory=list)


def judged(seed: int, number: int, folder: Path) -> Verdict:
    """Make a spoilt file, read it as a load does, and see whether every promise is kept."""
    found = case(seed, number)
    verdict = Verdict(number, found.way, found.base.name, len(found.spoilt.data), touched=found.spoilt.touched)
    path = folder / f"spoilt{found.base.path.suffix}"
    path.write_bytes(found.spoilt.data)
    _forget_peak()
    began = time.process_time()
    fate = _read(path, found.base, verdict)
    verdict.seconds = round(time.process_time() - began, 3)
    verdict.megabytes = _peak()
    if fate is None:
        return verdict
    verdict.status, verdict.code = fate.status, fate.code
    verdict.findings += _about_words(fate, found.base)
    verdict.findings += _about_pieces(path, found.base, fate)
    if found.spoilt.whole is not None and found.spoilt.touched is not None:
        path.write_bytes(found.spoilt.whole)
        whole = _fate(path, found.base)
        verdict.findings += _about_rows(whole, fate, found)
    size = _unpacked_megabytes(found.spoilt.data)
    if verdict.seconds > SECONDS + SECONDS_EACH * size:
        verdict.findings.append(f"took {verdict.seconds:.1f} s")
    if verdict.megabytes > MEGABYTES + MEGABYTES_EACH * size:
        verdict.findings.append(f"took {verdict.megabytes} MB")
    return verdict


def _unpacked_megabytes(data: bytes) -> float:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(part.file_size for part in archive.infolist()) / 1e6
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return len(data) / 1e6


def _read(path: Path, base: Base, verdict: Verdict) -> Fate | None:
    try:
        return _fate(path, base)
    except BaseException as error:  # a panic of the Rust libraries is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        from hearth.failures import places

        verdict.status = "failed"
        verdict.findings.append(f"{type(error).__name__}: {str(error)[:200]} at {places(error)[-300:]}")
        return None


def _fate(path: Path, base: Base) -> Fate:
    """What a load would make of the file, without a database."""
    try:
        table = read_table(path, base.extract)
        parsed = parse(table, base.extract, base.data_date)
    except DeliveryProblem as problem:
        return Fate("rejected", problem.code, problem.zh, problem.en, row=problem.row)
    refused = too_many_faults(base.extract, parsed, table)
    if refused is not None:
        return Fate("rejected", "too_many_faults", refused.zh, refused.en, parsed)
    held = unread_sheets(table)
    words = [*table.notes, *((one.zh, one.en) for one in held)]
    zh, en = ("".join(part) for part in zip(*words, strict=True)) if words else ("", "")
    return Fate("held" if held else "accepted", "", zh, en, parsed)


def _about_words(fate: Fate, base: Base) -> list[str]:
    """A rejection says why in both languages, and no message names a person."""
    found = []
    if fate.status == "rejected" and not (CHINESE.search(fate.zh) and re.search("[a-z]{3}", fate.en)):
        found.append("its message lacks a language")
    said = fate.zh + fate.en
    if any(name in said for name in _people(base)) or NUMBER.search(said):
        found.append("its message names a person")
    if len(said) > 20_000:
        found.append(f"its message has {len(said)} characters")
    if fate.parsed is not None:
        p = fate.parsed
        if p.rows_read != p.rows.height + p.quarantined.height + p.rows_duplicate:
            found.append("its rows do not add up")
    return found


def _about_pieces(path: Path, base: Base, fate: Fate) -> list[str]:
    """A file that is read in pieces comes to the same as the whole, or must be read whole."""
    try:
        with in_pieces_of(max(PIECE, path.stat().st_size // MOST_PIECES)):
            found = read_in_pieces(path, base.extract, base.data_date)
    except NotPlain:
        return []
    if fate.parsed is None:
        return [] if fate.code == "too_many_faults" else [f"refused whole ({fate.code}), taken in pieces"]
    return [f"its pieces have other {name}" for name in differences(fate.parsed, found[1])]


@cache
def _people(base: Base) -> frozenset[str]:
    """The names of people in the file, those that are no word of a header."""
    table = read_table(base.path, base.extract)
    head = "".join(str(cell) for row in whole_grid(base).cells[: whole_grid(base).head] for cell in row)
    columns = [c.name for c in base.extract.columns if c.kind is Kind.NAME and c.name in table.positions]
    found = {
        name for column in columns for name in table.rows[f"c{table.positions[column]}"].drop_nulls().to_list()
    }  # fmt: skip
    return frozenset(name for name in found if len(name) > 1 and name not in head and name != "村委会")


def _about_rows(whole: Fate, fate: Fate, found: Case) -> list[str]:
    """The rows that were left alone are loaded, or the file is refused because of more faults than it may have."""
    assert found.spoilt.touched is not None
    touched = found.spoilt.touched
    if whole.parsed is None or whole.status != "accepted":
        return []
    if fate.parsed is None:
        is_right = touched > found.base.extract.tolerance * whole.parsed.rows_read
        return [] if is_right else [f"refused whole ({fate.code}) for {touched} rows"]
    lost = _rows(whole.parsed.rows, found.base.extract) - _rows(fate.parsed.rows, found.base.extract)
    missing = sum(lost.values())
    if missing > touched:
        return [f"{missing} rows lost for {touched} that were spoilt"]
    spare = whole.parsed.quarantined.height + max(touched, _strangers(whole, fate))
    if fate.parsed.quarantined.height > spare:
        return [f"{fate.parsed.quarantined.height} rows quarantined, at most {spare} were faulty"]
    return []


def _strangers(whole: Fate, fate: Fate) -> int:
    """Rows that were added."""
    assert whole.parsed is not None and fate.parsed is not None
    return max(0, fate.parsed.rows_read - whole.parsed.rows_read)


def _rows(rows: pl.DataFrame, extract: Extract) -> Counter[tuple[Any, ...]]:
    return Counter(rows.select([raw.name for raw in extract.raw_columns]).iter_rows())


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """The most memory that the process has held since its peak was forgotten, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def limit_memory() -> None:
    """Let the kernel refuse what no file may take, so that a runaway reader ends itself and not the machine."""
    limit = (MEGABYTES + 1_000) << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
