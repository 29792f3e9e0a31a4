"""Which files of a landing folder are whose: `<source>/<YYYYMM>/<file>`, and what lies anywhere else."""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hearth.contracts.model import Extract, Source
from hearth.errors import InputError
from hearth.reading.filename import FileName, recognise

_MONTH = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")
_NOBODYS = ("~$", ".")
_NOBODYS_NAMES = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Landed:
    """A file of the landing folder. Without a name that its source recognises it is only listed."""

    path: Path
    relative_path: str
    source: str | None
    month: str | None
    name: FileName | None

    @property
    def file_name(self) -> str:
        """The name without its folders."""
        return self.path.name

    @property
    def data_date(self) -> date:
        """The data month's last day."""
        assert self.month is not None, "only a file in a month folder has a data date"
        return last_day(self.month)

    def stamp(self) -> tuple[int, str]:
        """Size and times: equal stamps mean equal bytes, others mean nothing."""
        facts = self.path.stat()
        return facts.st_size, f"{facts.st_mtime_ns}:{facts.st_ctime_ns}:{facts.st_ino}"

    def digest(self) -> str:
        """SHA-256 of the bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def last_day(month: str) -> date:
    """The last day of a month given as YYYYMM."""
    year, number = int(month[:4]), int(month[4:])
    return date(year, number, calendar.monthrange(year, number)[1])


def is_month(name: str) -> bool:
    """Whether a folder is called like a month, YYYYMM."""
    return _MONTH.fullmatch(name) is not None


def landed_months(landing: Path, sources: Collection[str]) -> list[str]:
    """Every month that a source has a folder for, in order."""
    folders = (landing / source for source in sources)
    return sorted({month.name for folder in folders for month in _folders(folder) if is_month(month.name)})


def discover(landing: Path, source: Source, months: Collection[str] | None = None) -> list[Landed]:
    """A source's files in the order in which they are loaded, whatever the order of their arrival.

    By month, then in the contract's order of extracts, the unmarked before the corrections, by the date in the
    name, by the name. Those that nobody recognises come last.

    Raises:
        InputError: there is no landing folder.
    """
    _require_folder(landing)
    files = [_landed(landing, path, source) for path in _files(landing / source.name)]
    wanted = [file for file in files if months is None or file.month is None or file.month in months]
    order = {extract.name: place for place, extract in enumerate(source.extracts)}
    return sorted(wanted, key=lambda file: _place(file, order))


def discover_strays(landing: Path, sources: Collection[str]) -> list[Landed]:
    """Files that lie outside of every source's folder.

    Raises:
        InputError: there is no landing folder.
    """
    _require_folder(landing)
    elsewhere = [folder for folder in _folders(landing) if folder.name not in sources]
    paths = [path for path in landing.iterdir() if path.is_file() and _is_somebodys(path)]
    paths += [path for folder in elsewhere for path in _files(folder)]
    return [Landed(path, _relative(landing, path), None, None, None) for path in sorted(paths)]


def _landed(landing: Path, path: Path, source: Source) -> Landed:
    inside = path.relative_to(landing / source.name).parts
    month = inside[0] if is_month(inside[0]) else None
    name = recognise(source, path.name) if month and len(inside) == 2 else None
    return Landed(path, _relative(landing, path), source.name, month, name)


def _place(file: Landed, order: dict[str, int]) -> tuple[bool, str, int, bool, str, str]:
    if file.name is None:
        return True, file.month or "", 0, False, "", file.relative_path
    name: FileName = file.name
    extract: Extract = name.extract
    return False, file.month or "", order[extract.name], name.is_correction, name.name_date or "", file.file_name


def _relative(landing: Path, path: Path) -> str:
    return path.relative_to(landing).as_posix()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and _is_somebodys(path, folder))


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and _is_somebodys(path))


def _is_somebodys(path: Path, below: Path | None = None) -> bool:
    """Hidden files, office programs' lock files and the like are nobody's delivery."""
    parts = path.relative_to(below).parts if below else (path.name,)
    return not any(part.startswith(_NOBODYS) or part.lower() in _NOBODYS_NAMES for part in parts)


def _require_folder(landing: Path) -> None:
    if not landing.is_dir():
        raise InputError(f"There is no landing folder {landing}.")
