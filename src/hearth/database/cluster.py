"""The embedded server's data folder: made once, whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hearth.database.account import Account
from hearth.errors import ServiceFailed
from hearth.language import said
from hearth.secret_files import secret
from hearth.settings import Settings

OWNER = "hearth"
WAREHOUSE = "hearth"
AIRFLOW = "airflow"

HERE = "/proc/self/cwd"
"""How the server's programs name the data folder, which is their working directory.

The account that root lends may not enter the folders above it (a clone below root's home). A
process that is started inside the folder need not pass through them.
"""


def data_folder(settings: Settings) -> Path:
    """Where the cluster is, or will be."""
    return settings.postgres_dir / "data"


def is_initialised(settings: Settings) -> bool:
    """Whether the instance has a cluster."""
    return (data_folder(settings) / "PG_VERSION").is_file()


def initialise(settings: Settings, programs: Path, account: Account) -> None:
    """Make the cluster; a crash on the way leaves nothing that counts."""
    settings.postgres_dir.mkdir(parents=True, exist_ok=True)
    for leftover in settings.postgres_dir.glob("new-*"):
        shutil.rmtree(leftover)
    waiting = settings.postgres_dir / f"new-{os.getpid()}"
    waiting.mkdir(mode=0o700)
    account.own(waiting)
    _initdb(waiting, programs, account, secret(settings, f"postgres_{OWNER}"))
    waiting.rename(data_folder(settings))


def require_version(settings: Settings, programs: Path) -> None:
    """Refuse to start a server of another major version than the one that wrote the data."""
    written_by = (data_folder(settings) / "PG_VERSION").read_text(encoding="ascii").strip()
    command = [str(programs / "postgres"), "--version"]
    present = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if f") {written_by}" not in present:
        raise ServiceFailed(
            said(
                f"The data was written by PostgreSQL {written_by}, but this is {present}.",
                f"数据由 PostgreSQL {written_by} 写入，而本机的是 {present}。",
            )
        )


def _initdb(folder: Path, programs: Path, account: Account, password: str) -> None:
    password_file = os.memfd_create("password")
    try:
        os.write(password_file, password.encode())
        account.own(password_file)
        done = subprocess.run(
            [
                str(programs / "initdb"),
                f"--pgdata={HERE}",
                f"--username={OWNER}",
                f"--pwfile=/proc/self/fd/{password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
            ],
            cwd=folder,
            pass_fds=[password_file],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **account.popen_options(),
        )
    finally:
        os.close(password_file)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [said("no reason given", "未说明原因")]
        reason = next((line for line in lines if "No space left" in line), lines[0])
        raise ServiceFailed(said(f"The embedded database could not be made: {reason}", f"未能创建内置数据库：{reason}"))
