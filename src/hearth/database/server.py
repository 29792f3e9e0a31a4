"""The embedded PostgreSQL server: started when needed, found again by any later command, stopped on request.

It listens on 127.0.0.1 only, asks everybody for a password, and outlives the command that started it.
`HEARTH_DATABASE_URL` replaces it by a server that is there already.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil

from hearth.database import cluster
from hearth.database.account import Account, server_account
from hearth.database.binaries import program_folder
from hearth.errors import ServiceFailed
from hearth.language import said
from hearth.locking import instance_lock
from hearth.ports import LOCALHOST, choose_port, is_free, remembered_port
from hearth.settings import Settings

SERVICE = "postgres"
START_SECONDS = 1_800  # a crash recovery may come first; a server that gave up is seen at once
STOP_SECONDS = 60
SMALL_SHARED_MEMORY = 1 << 30
LEAST_FOR_SORTS = 2 << 30  # the server may start while the disk is full, and stay
MOST_KILOBYTES = (1 << 31) - 1  # what the setting can hold

CONFIGURATION = {
    "listen_addresses": LOCALHOST,
    "unix_socket_directories": "",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "48MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",  # lets COPY into a table of the same transaction skip the log
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    # Two models are built at a time; more helpers than one each would only multiply work_mem on a small machine.
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "max_parallel_maintenance_workers": "1",
    "autovacuum_max_workers": "1",
    "jit": "off",  # compiling costs more than these queries take
    # Nothing of a statement or its values may reach the log: both hold personal data.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


def ensure_running(settings: Settings) -> None:
    """Make sure that the warehouse's server answers; makes and starts the embedded one as needed.

    Raises:
        ServiceFailed: the embedded server cannot be made or started.
        DatabaseUnavailable: the server of `HEARTH_DATABASE_URL` does not answer.
    """
    if settings.is_embedded:
        with instance_lock(settings, SERVICE):
            if not is_running(settings):
                _start(settings)
    _ensure_databases(settings)


def is_running(settings: Settings) -> bool:
    """Whether the embedded server of this instance is up."""
    return _postmaster(settings) is not None and _state(settings) == "ready"


def postmaster_pid(settings: Settings) -> int | None:
    """The process of the embedded server of this instance, if it runs."""
    found = _postmaster(settings)
    return None if found is None else found.pid


def port(settings: Settings) -> int | None:
    """The embedded server's port; None before its first start."""
    return remembered_port(settings, SERVICE)


def stop(settings: Settings) -> bool:
    """Stop the embedded server, rolling back what is under way. False when it was not running."""
    if not settings.is_embedded or not cluster.is_initialised(settings):
        return False
    with instance_lock(settings, SERVICE):
        postmaster = _postmaster(settings)
        if postmaster is None:
            return False
        _end(postmaster, signal.SIGINT)
        return True


def _start(settings: Settings) -> None:
    account = server_account()
    programs = program_folder(account)
    if not cluster.is_initialised(settings):
        cluster.initialise(settings, programs, account)
    cluster.require_version(settings, programs)
    _clear_remains(settings)
    for _ in range(3):
        number = choose_port(settings, SERVICE)
        if _launched(settings, programs, account, number):
            return
        if is_free(number):
            break  # the port was not what it failed on
    why = _last_fatal(settings)
    raise ServiceFailed(said(f"The embedded database did not start: {why}", f"内置数据库未能启动：{why}"))


def _launched(settings: Settings, programs: Path, account: Account, number: int) -> bool:
    """Start the server and wait until it answers; False when it gave up."""
    options = {
        **CONFIGURATION,
        "port": str(number),
        "dynamic_shared_memory_type": _shared_memory(),
        "temp_file_limit": _room_for_sorts(settings),
    }
    with _log(settings).open("ab") as log:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", cluster.HERE, *(f"--{name}={value}" for name, value in options.items())],
            cwd=cluster.data_folder(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **account.popen_options(),
        )
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        if _lock_lines(settings)[:1] == [str(process.pid)] and _state(settings) == "ready":
            return True
        if time.monotonic() > deadline:
            _end(psutil.Process(process.pid), signal.SIGINT)
            break
        time.sleep(0.05)
    return False


def _shared_memory() -> str:
    """Containers often have 64 MB of /dev/shm, which a parallel join fills."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return "sysv"
    return "posix" if room.f_frsize * room.f_blocks >= SMALL_SHARED_MEMORY else "sysv"


def _room_for_sorts(settings: Settings) -> str:
    """What sorts and joins of one process may hold on the disk. A build has two statements at work, each in two
    processes at most: together they leave half of the room free."""
    free = shutil.disk_usage(cluster.data_folder(settings)).free
    return f"{min(max(free // 8, LEAST_FOR_SORTS) >> 10, MOST_KILOBYTES)}kB"


def _postmaster(settings: Settings) -> psutil.Process | None:
    """The running server of this instance: the process named in its lock file, at work in its folder."""
    lines = _lock_lines(settings)
    if not lines or not lines[0].isdigit():
        return None
    try:
        process = psutil.Process(int(lines[0]))
        return process if _works_here(process, settings) else None
    except psutil.Error:
        return None


def _works_here(process: psutil.Process, settings: Settings) -> bool:
    try:
        here = cluster.data_folder(settings).stat()
        there = Path(f"/proc/{process.pid}/cwd").stat()
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino) and process.name().startswith("postgres")
    except (OSError, psutil.Error):
        return False


def _clear_remains(settings: Settings) -> None:
    """Remove what a killed server left: orphaned backends, and a lock file whose pid is somebody else's now."""
    folder = cluster.data_folder(settings)
    orphans = [process for process in psutil.process_iter() if _works_here(process, settings)]
    for orphan in orphans:
        _end(orphan, signal.SIGQUIT)
    (folder / "postmaster.pid").unlink(missing_ok=True)


def _lock_lines(settings: Settings) -> list[str]:
    try:
        return (cluster.data_folder(settings) / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _state(settings: Settings) -> str | None:
    lines = _lock_lines(settings)
    return lines[7].strip() if len(lines) > 7 else None


def _end(process: psutil.Process, gently: signal.Signals) -> None:
    try:
        process.send_signal(gently)
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)
    except psutil.NoSuchProcess:
        pass


def _log(settings: Settings) -> Path:
    return settings.logs_dir / "postgres.log"


def _last_fatal(settings: Settings) -> str:
    try:
        lines = _log(settings).read_text(encoding="utf-8", errors="replace").splitlines()[-50:]
    except OSError:
        lines = []
    found = [line.split("FATAL:")[1].strip() for line in lines if "FATAL:" in line]
    return found[-1] if found else f"its log is {_log(settings)}"


def _ensure_databases(settings: Settings) -> None:
    from hearth.database.engine import create_databases

    create_databases(settings)
