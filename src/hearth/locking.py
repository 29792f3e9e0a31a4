"""One command at a time where two would spoil each other's work: locks of an instance, as files.

The kernel drops a lock when its holder ends, however it ends, so that no stale lock can exist.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hearth.errors import Busy
from hearth.texts import text

if TYPE_CHECKING:
    from hearth.settings import Settings


@contextmanager
def instance_lock(settings: Settings, name: str, timeout: float = 180) -> Iterator[None]:
    """Hold the instance's lock `name`, waiting at most `timeout` seconds for another command.

    Raises:
        Busy: the other command did not finish in time.
    """
    with (settings.run_dir / f"{name}.lock").open("a") as file:
        deadline = time.monotonic() + timeout
        while not _locked(file.fileno()):
            if time.monotonic() > deadline:
                raise Busy(text("command_busy", name=name))
            time.sleep(0.1)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
