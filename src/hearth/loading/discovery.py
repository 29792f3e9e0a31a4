"""Which files of a landing folder are whose: `<source>/<YYYYMM>/<file>`, and what lies anywhere else.

Whatever lies where a file could lie is found, also what cannot be read as one: a link to nowhere, a pipe, a folder
named like a file. Links to folders are not followed, and no file is read that lies outside the landing folder.
"""

from __future__ import annotations

import calendar
import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hearth.contracts.model import Extract, Source
from hearth.errors import InputError
from hearth.language import BREAKING, Words, one_line
from hearth.reading.filename import FileName, recognise
from hearth.reading.problems import DeliveryProblem
from hearth.texts import text

Found = tuple[Path, bool]
"""A path, and whether it is a folder that cannot be looked into."""

_MONTH = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")
_NOBODYS = ("~$", ".")
_NOBODYS_NAMES = ("thumbs.db", "desktop.ini")


_FILE_NAMES = re.compile(r".+\.(?:xlsx?|xlsm|et|ods|csv|txt|tsv|html?)", re.IGNORECASE)
_FOLDER = Words("文件夹", "a folder")
_OTHERS = (
    (stat.S_ISFIFO, Words("命名管道", "a named pipe")),
    (stat.S_ISSOCK, Words("套接字", "a socket")),
    (lambda mode: stat.S_ISBLK(mode) or stat.S_ISCHR(mode), Words("设备", "a device")),
    (stat.S_ISDIR, _FOLDER),
)


@dataclass(frozen=True)
class Landed:
    """Something in the landing folder. Without a name that its source recognises it is only listed.

    `relative_path` is text: bytes that are no UTF-8 and characters that would break a line are written as `\\x…`.
    """

    path: Path
    relative_path: str
    source: str | None
    month: str | None
    name: FileName | None
    landing: Path
    is_locked: bool = False
    """A folder that cannot be looked into."""

    @property
    def file_name(self) -> str:
        """The name without its folders."""
        return self.relative_path.rsplit("/", 1)[-1]

    @property
    def data_date(self) -> date:
        """The data month's last day."""
        assert self.month is not None, "only a file in a month folder has a data date"
        return last_day(self.month)

    @property
    def is_utf8(self) -> bool:
        """Whether the path is text."""
        return _is_text(str(self.path.relative_to(self.landing)))

    @property
    def is_folder_link(self) -> bool:
        """Whether it is a link to a folder, which is not followed."""
        return not _is_folder(self.path) and os.path.isdir(self.path)  # noqa: PTH112 - never raises

    def stamp(self) -> tuple[int, str]:
        """Size and times: equal stamps mean equal bytes, others mean nothing."""
        facts = self.path.stat()
        return facts.st_size, f"{facts.st_mtime_ns}:{facts.st_ctime_ns}:{facts.st_ino}"

    def digest(self) -> str:
        """SHA-256 of the bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def require_readable(self) -> None:
        """Look before opening: a pipe would never end.

        Raises:
            DeliveryProblem: it is no file, leads nowhere or out of the landing folder, or may not be read.
            FileNotFoundError: it went away.
        """
        try:
            if self.path.is_symlink():
                self._require_inside()
            mode = self.path.stat().st_mode
        except PermissionError:
            raise DeliveryProblem("no_permission") from None
        for is_that, what in _OTHERS:
            if is_that(mode):
                raise DeliveryProblem("not_a_file", what=what)
        if not os.access(self.path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            raise DeliveryProblem("no_permission")

    def _require_inside(self) -> None:
        try:
            target = self.path.resolve(strict=True)
        except PermissionError:
            raise
        except (OSError, RuntimeError):  # nothing there, or a ring of links
            raise DeliveryProblem("leads_nowhere") from None
        if not target.is_relative_to(self.landing.resolve()):
            raise DeliveryProblem("leads_outside")


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

    By month, then in the contract's order of extracts, returned workbooks after whole lists in the order in which
    they went back, the unmarked before the corrections, by the date in the name, by the name. Those that nobody
    recognises come last.

    Raises:
        InputError: there is no landing folder.
    """
    _require_folder(landing)
    folder = landing / source.name
    files = [_landed(landing, found, source) for found in (_found(folder) if _is_folder(folder) else ())]
    wanted = [file for file in files if months is None or file.month is None or file.month in months]
    order = {extract.name: place for place, extract in enumerate(source.extracts)}
    return sorted(wanted, key=lambda file: _place(file, order))


def discover_strays(landing: Path, sources: Collection[str]) -> list[Landed]:
    """Files that lie outside of every source's folder.

    Raises:
        InputError: there is no landing folder.
    """
    _require_folder(landing)
    tops = [path for path in sorted(landing.iterdir()) if _is_somebodys(path)]
    found = [found for path in tops if path.name not in sources or not _is_folder(path) for found in _found(path)]
    return [Landed(path, _relative(landing, path), None, None, None, landing, locked) for path, locked in found]


def _landed(landing: Path, found: Found, source: Source) -> Landed:
    path, is_locked = found
    inside = path.relative_to(landing / source.name).parts
    month = inside[0] if inside and is_month(inside[0]) else None
    is_named = month and len(inside) == 2 and _is_text(path.name) and not is_locked
    name = recognise(source, one_line(path.name)) if is_named else None
    return Landed(path, _relative(landing, path), source.name, month, name, landing, is_locked)


def _place(file: Landed, order: dict[str, int]) -> tuple[bool, str, int, int, bool, str, str]:
    if file.name is None:
        return True, file.month or "", 0, 0, False, "", file.relative_path
    name: FileName = file.name
    extract: Extract = name.extract
    date = name.name_date or ""
    return False, file.month or "", order[extract.name], name.return_number, name.is_correction, date, file.file_name


def _relative(landing: Path, path: Path) -> str:
    return "/".join(map(_as_text, path.relative_to(landing).parts))


def _as_text(name: str) -> str:
    if not _is_text(name):
        name = os.fsencode(name).decode("ascii", errors="backslashreplace")
    return BREAKING.sub(lambda found: found[0].encode("unicode_escape").decode(), name)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _found(path: Path) -> Iterator[Found]:
    """What there is at a path, in order: itself, or what a folder holds; a folder alone is nobody's delivery unless it
    is named like a file or cannot be looked into."""
    if not _is_folder(path):
        yield path, False
        return
    try:
        inside = sorted(one for one in path.iterdir() if _is_somebodys(one))
    except PermissionError:
        yield path, True
        return
    if _FILE_NAMES.fullmatch(path.name):
        yield path, False
    for one in inside:
        yield from _found(one)


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if _is_folder(path) and _is_somebodys(path))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _is_folder(path: Path) -> bool:
    """Whether it is a folder itself; a link to one is not."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _is_somebodys(path: Path) -> bool:
    """Hidden files, office programs' lock files and the like are nobody's delivery."""
    return not path.name.startswith(_NOBODYS) and path.name.lower() not in _NOBODYS_NAMES


def _require_folder(landing: Path) -> None:
    if not landing.is_dir():
        raise InputError(text("no_landing", landing=landing))
