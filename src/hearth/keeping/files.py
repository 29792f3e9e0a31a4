"""Files that hold a county's data outside its warehouse: for their owner only, on the disk when they are closed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hearth.errors import DatabaseUnavailable
from hearth.language import said

FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def private(file: Path) -> Iterator[Any]:
    """A new file for its owner only, on the disk when it is closed."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


def copy(source: Path, target: Path) -> None:
    """Copy a file to a new one for its owner only."""
    with source.open("rb") as content, private(target) as out:
        shutil.copyfileobj(content, out)


def sync(path: Path) -> None:
    """Have what was written to a file or folder on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_full(place: Path | str, english: str, chinese: str) -> DatabaseUnavailable:
    """What is raised where a disk has no room left, with what became of the work."""
    return DatabaseUnavailable(
        said(
            f"The disk of {place} is full. {english} Make room, and run the command again.",
            f"{place} 所在磁盘已满。{chinese}请腾出空间后重新运行命令。",
        )
    )
