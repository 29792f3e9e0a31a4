"""Keeps an instance's logs from filling its disk: Airflow's services never close theirs, tasks leave one per try."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hearth.settings import Settings

LARGEST = 10_000_000  # bytes of a service's log before it is put aside
GENERATIONS = 5
KEPT = timedelta(days=60)
"""How long the logs of tasks are kept; what became of files and months stays in `ops`."""


def rotate(settings: Settings, now: datetime | None = None) -> str:
    """Put large logs of services aside and delete old ones of tasks; gives what was done, in both languages."""
    large = [file for file in sorted(settings.logs_dir.glob("*.log")) if file.stat().st_size > LARGEST]
    for file in large:
        _put_aside(file)
    before = (now or datetime.now(UTC)) - KEPT
    deleted = _delete_older(settings.airflow_home / "logs", before.timestamp())
    return (
        f"{len(large)} logs put aside, {deleted} old ones deleted · 归档 {len(large)} 个日志，删除 {deleted} 个过期日志"
    )


def _put_aside(log: Path) -> None:
    """Copy and empty it: the service goes on appending to the same file, which it holds open."""
    for number in range(GENERATIONS - 1, 0, -1):
        older = _generation(log, number)
        if older.exists():
            older.replace(_generation(log, number + 1))
    shutil.copyfile(log, _generation(log, 1))
    _generation(log, 1).chmod(log.stat().st_mode & 0o777)
    os.truncate(log, 0)


def _generation(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def _delete_older(folder: Path, moment: float) -> int:
    """Delete files last written before that moment, and the folders that this empties."""
    deleted, emptied = 0, set()
    for parent, _, names in os.walk(folder, topdown=False):
        old = [Path(parent, name) for name in names if Path(parent, name).lstat().st_mtime < moment]
        for file in old:
            file.unlink()
        deleted += len(old)
        is_touched = bool(old) or parent in emptied
        if is_touched and Path(parent) != folder and not any(Path(parent).iterdir()):
            Path(parent).rmdir()
            emptied.add(str(Path(parent).parent))
    return deleted
