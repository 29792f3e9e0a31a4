"""The operating-system account that runs the embedded server.

PostgreSQL refuses to run as root. An ordinary user runs it as himself; root lends it an account that
exists on every machine.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth.errors import ServiceFailed
from hearth.language import said

LENT_BY_ROOT = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """A user and group id, and whether a process has to change to them."""

    uid: int
    gid: int
    is_lent: bool

    def own(self, path: Path | int) -> None:
        """Give a file, folder or open descriptor to the account."""
        if self.is_lent:
            os.chown(path, self.uid, self.gid)

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to run a command as the account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.is_lent else {}

    def can_run(self, program: Path) -> bool:
        """Whether the account can reach the program through every folder above it, and start it."""
        return _succeeds([str(program), "--version"], self)


def server_account() -> Account:
    """The account for the embedded server on this machine."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), is_lent=False)
    for name in LENT_BY_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, is_lent=True)
    raise ServiceFailed(
        said(
            f"PostgreSQL does not run as root, and none of the accounts {', '.join(LENT_BY_ROOT)} exists.",
            f"PostgreSQL 不能以 root 身份运行，而系统中没有 {'、'.join(LENT_BY_ROOT)} 中的任何一个账户。",
        )
    )


def _succeeds(command: Sequence[str], account: Account) -> bool:
    try:
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, **account.popen_options()
        )
    except OSError:
        return False
    return done.returncode == 0
