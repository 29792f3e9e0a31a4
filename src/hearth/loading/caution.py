"""Reading a file that may end the process: a library without memory aborts, and nothing of ours can catch that.

The file's digest is noted before it is read, and the note goes when the reading has ended with a status. A note that
the next load finds was left by a reading that was cut off: by somebody, by a power cut, or by the file itself. Such a
file is first tried in a process of its own, and refused where that one does not end well, so that one file cannot keep
a department's others from being loaded. While a file is read the process has a limit of memory, so that it is its
reader that ends and not whatever the machine picks.
"""

from __future__ import annotations

import pickle
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import psutil
import psycopg

from hearth.contracts.model import Extract
from hearth.failures import is_failure
from hearth.loading.discovery import Landed
from hearth.reading.problems import DeliveryProblem
from hearth.settings import Settings

TRIAL_SECONDS = 1800
ROOM = 3 << 30
ROOM_FOR_EACH_BYTE = 40
"""The limit of memory while a file is read, in bytes; a workbook unpacks to ten times its size and more."""


@contextmanager
def reading(settings: Settings, file: Landed, extract: Extract, digest: str) -> Iterator[DeliveryProblem | None]:
    """Note that a file with these bytes is being read; the caller is the only load of its source.

    Gives the problem why it must not be read: an earlier reading of it was cut off, and a trial ends badly too.
    """
    note = settings.run_dir / f"reading-{file.source}"
    was_cut_off = note.exists() and note.read_text(encoding="ascii", errors="replace") == digest
    is_deadly = was_cut_off and not _ends_well(file.path, extract, file.data_date)
    note.write_text(digest, encoding="ascii")
    try:
        with limited_memory(file.path):
            yield DeliveryProblem("deadly") if is_deadly else None
    except psycopg.OperationalError:  # it was the server that went
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)


@contextmanager
def limited_memory(path: Path) -> Iterator[None]:
    """Let the process take for a file what any sound one needs, and never more than half of the machine's memory."""
    before, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _memory_now() + min(ROOM + ROOM_FOR_EACH_BYTE * path.stat().st_size, psutil.virtual_memory().total // 2)
    if before != resource.RLIM_INFINITY and before <= wanted:
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, most))


def _memory_now() -> int:
    """What counts towards the limit already, in bytes."""
    return int(psutil.Process().memory_info().data)


def _ends_well(path: Path, extract: Extract, day: date) -> bool:
    """Whether another process reads the file to its end, or to a problem it can tell."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hearth.loading.caution"],
            input=pickle.dumps((path, extract, day)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a panic quotes what it was reading
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _try() -> None:
    """Read what standard input names, as a load does. A problem is for the load to tell; no memory is none."""
    path, extract, day = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    try:
        with limited_memory(path):
            _read(path, extract, day)
    except MemoryError:
        raise
    except BaseException as error:
        if not is_failure(error):
            raise


def _read(path: Path, extract: Extract, day: date) -> None:
    from hearth.loading.in_pieces import parsed_pieces
    from hearth.parsing.frame import parse
    from hearth.reading.pieces import NotPlain, is_long
    from hearth.reading.table import read_table
    from hearth.timing import Stopwatch

    if is_long(path):
        with suppress(NotPlain):
            for _ in parsed_pieces(path, extract, day, Stopwatch()):
                pass
            return
    parse(read_table(path, extract), extract, day)


if __name__ == "__main__":
    _try()
