"""Files that only their owner may read: passwords and keys of an instance, workbooks with personal data."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hearth.settings import Settings


def secret(settings: Settings, name: str, length: int = 32) -> str:
    """The secret called `name`, made at random on first use. Two commands at once get the same one."""
    file = settings.secrets_dir / name
    if not file.exists():
        write_once(file, secrets.token_urlsafe(length))
    return file.read_text(encoding="ascii").strip()


def write_once(file: Path, text: str) -> None:
    """Write `file` with mode 0600 unless it exists; a reader never sees half of it."""
    waiting = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    try:
        os.link(waiting, file)
    except FileExistsError:
        pass
    finally:
        waiting.unlink()


@contextmanager
def made_whole(file: Path) -> Iterator[Path]:
    """Gives the path to write to, mode 0600, which becomes `file` once that has ended well.

    Half of a workbook would pass for one that was written already.
    """
    writing = file.with_name(f".{file.stem[-40:]}.writing")
    os.close(os.open(writing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    try:
        yield writing
        writing.replace(file)
    finally:
        writing.unlink(missing_ok=True)
