"""What is measured: files of a county of `hearth synth`, made once in the folder of work."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from benchmarks.race import HEARTH
from hearth.contracts import source
from hearth.contracts.model import Extract
from hearth.reading.table import read_table
from hearth.settings import PROJECT_ROOT
from hearth.synthesis import synthesise

MONTH = "202501"
SEED = 20
SETTLEMENT_COLUMNS = (
    "settlement_no",
    "insured_no",
    "person_name",
    "citizen_id",
    "insurance_type",
    "medical_type",
    "settled_at",
    "total_yuan",
    "basic_fund_yuan",
    "own_share_yuan",
    "own_outside_yuan",
    "is_refund",
)
"""Twelve of the extract's columns: keys, a name, an ID number, codes, a time, amounts."""
CHUNK_ROWS = 200_000
MADE = re.compile(r"county-\d+x\d+|settlements-\d+\.\w+|landing-settlements-\d+")


def county(work: Path, households: int, months: int = 1) -> Path:
    """A synthetic county of that size; made when it is not there."""
    folder = work / f"county-{households}x{months}"
    if not (folder / "landing").exists():
        print(f"making a county of {households:,} households × {months}", flush=True)
        synthesise(folder, households=households, months=months, first_month=MONTH, seed=SEED)
    return folder


def forget_others(work: Path) -> None:
    """Counties, and lists drawn from them, that other code has made are gone afterwards."""
    package = PROJECT_ROOT / "src" / "hearth"
    folders = (package / "contracts", package / "reading", package / "synthesis", Path(__file__).parent)
    digest = digest_of(file for folder in folders for file in folder.rglob("*.py"))
    stamp = work / "made_by.sha256"
    if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        for made in (path for path in work.iterdir() if MADE.fullmatch(path.name)):
            print(f"{made.name} was made by other code, and goes", flush=True)
            shutil.rmtree(made) if made.is_dir() and not made.is_symlink() else made.unlink()
        stamp.write_text(digest, encoding="ascii")


def digest_of(files: Iterable[Path]) -> str:
    """A digest of what stands in the files."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()


def run_command(folder: Path, *options: str) -> list[str]:
    """`hearth run` for a county's files and parameters, of the environment that this runs in."""
    parameters = folder / "config" / "rule_parameters.csv"
    return [HEARTH, "run", *options, "--landing", str(folder / "landing"), "--parameters", str(parameters)]


def settlements(work: Path, rows: int, households: int) -> Path:
    """One csv in GB18030 with so many settlements in twelve columns, cells as the county's files have them.

    A county that settled fewer is repeated, under other settlement numbers.
    """
    path = work / f"settlements-{rows}.csv"
    if not path.exists():
        folder = county(work, households)
        extract = source("medical_insurance").extract("settlements")
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("w", encoding="gb18030", newline="") as file:
            file.write(",".join(extract.column(name).header for name in SETTLEMENT_COLUMNS) + "\r\n")
            for frame in _pieces(folder, extract, rows):
                file.write(frame.write_csv(include_header=False, line_terminator="\r\n", quote_style="necessary"))
        unfinished.rename(path)
    return path


def _pieces(folder: Path, extract: Extract, rows: int) -> Iterator[pl.DataFrame]:
    files = sorted((folder / "landing" / "medical_insurance" / MONTH).glob(f"*{extract.stems[0].text}*"))
    found = pl.concat([_cells(path, extract) for path in files])
    left, round_number = rows, 0
    while left > 0:
        numbered = pl.col("settlement_no") + (f"R{round_number}" if round_number else "")
        yield from found.head(left).with_columns(numbered).iter_slices(CHUNK_ROWS)
        left, round_number = left - found.height, round_number + 1


def _cells(path: Path, extract: Extract) -> pl.DataFrame:
    table = read_table(path, extract)
    at = {name: f"c{table.positions[name]}" for name in SETTLEMENT_COLUMNS if name in table.positions}
    cells = [pl.col(at[name]).alias(name) if name in at else pl.lit(None, pl.String).alias(name)
             for name in SETTLEMENT_COLUMNS]  # fmt: skip
    return table.rows.select(cells)


def landed(work: Path, path: Path, department: str, stem: str) -> Path:
    """A landing folder with that one file under a name its department would give it."""
    landing = work / f"landing-{path.stem}"
    target = landing / department / MONTH / f"{stem}_{MONTH}{path.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.hardlink_to(path)
    return landing


def first_line(path: Path, encoding: str) -> list[str]:
    """The header of a csv."""
    with path.open(encoding=encoding, newline="") as file:
        return next(csv.reader(file))
