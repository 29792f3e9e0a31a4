"""An instance of a small county: its commands, struck or not, and the warehouse before and after each step.

What it goes through is told by `tests/reliability/journey.py`. A prepared instance can be copied: each copy has a
server of its own and plays rounds beside the others, over the same landing folders.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
from psycopg import sql

from hearth.database import cluster, server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect, sa_url
from hearth.errors import HearthError
from hearth.settings import Settings, load_settings
from tests.reliability import remains

HEARTH = Path(sys.executable).with_name("hearth")
HOOK = Path(__file__).with_name("hook")
RETURNED = "returned"
UNDISTURBED = "undisturbed.json"
LOOK_SECONDS = 5
PROGRESS_SECONDS, STANDSTILL_SECONDS = 0.2, 1_000
"""What uses less of the processor in that time stands still; the product's own waits end before."""
TOO_LONG = -1000
SESSIONS = """
    select pid, usename, state, wait_event_type, wait_event, pg_blocking_pids(pid), now() - query_start, left(query, 80)
    from pg_stat_activity where backend_type = 'client backend'
"""
NEVER_WRONG = (0, 1, 2, 3, 4, 5, 6, 7, 130)


@dataclass(frozen=True)
class Step:
    """A command of the journey. `again` are the exit codes that are right when it had been done already; what is done
    `once` would do more when it is run again."""

    name: str
    arguments: tuple[str, ...]
    again: tuple[int, ...] = (0,)
    once: bool = False


@dataclass(frozen=True)
class Ended:
    """A command that has ended: by itself, or killed."""

    code: int
    said: str
    seconds: float


@dataclass
class Undisturbed:
    """What a step took and left when nothing came in between."""

    seconds: float
    statements: int
    contents: dict[str, str] = field(default_factory=dict)


class County:
    """An instance with a home, a temporary folder and a server of its own below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.temporary, self.kept = folder / "home", folder / "tmp", folder / "kept"
        self.steps: list[Step] = []
        self.track: dict[str, Undisturbed] = {}
        self.known_files: set[str] = set()
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.temporary.chmod(0o777)  # the server may belong to another account

    @property
    def settings(self) -> Settings:
        """The instance's settings."""
        return load_settings({"HEARTH_HOME": str(self.home)})

    def step(self, name: str) -> Step:
        """The step of that name."""
        return next(step for step in self.steps if step.name == name)

    def begin(self) -> None:
        """An empty warehouse."""
        server.ensure_running(self.settings)
        bootstrap(self.settings)

    def go(self, step: Step) -> Undisturbed:
        """Take a step for the first time, keeping the warehouse as it is before it and what the step leaves."""
        self._keep(step)
        counted = self.temporary / "statements"
        ended = self.run(step, count=counted)
        if ended.code != 0:
            raise AssertionError(f"undisturbed, {step.name} ended with {ended.code}: {ended.said}")
        statements = counted.stat().st_size
        counted.unlink()
        self.steps.append(step)
        self.track[step.name] = Undisturbed(ended.seconds, statements, self.contents())
        self.known_files |= remains.files(self.home, self.temporary)
        return self.track[step.name]

    def must(self, *arguments: str) -> str:
        """A command that has to succeed; what it printed."""
        ended = self._wait(self._start(arguments, {}), time.monotonic())
        if ended.code != 0:
            raise AssertionError(f"hearth {arguments[0]} ended with {ended.code}: {ended.said}")
        return ended.said

    def rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """What a query gives the owner."""
        with connect(self.settings) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: LiteralString) -> None:
        """A change that the owner makes."""
        with connect(self.settings) as connection:
            connection.execute(statement)

    # Commands

    def run(self, step: Step, count: Path | None = None) -> Ended:
        """The step's command to its end."""
        hook = {"HEARTH_CRASH": f"nobody:0:{count}"} if count else {}
        began = time.monotonic()
        return self._wait(self._start(step.arguments, hook), began)

    def start(self, step: Step, hook: str = "") -> subprocess.Popen[str]:
        """Begin the step's command; with a hook it ends at an exact statement (see hook/sitecustomize.py)."""
        return self._start(step.arguments, {"HEARTH_CRASH": hook} if hook else {})

    def _start(self, arguments: Sequence[str], hook: dict[str, str]) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEARTH_", "AIRFLOW"))}
        path = os.pathsep.join(filter(None, (str(HOOK) if hook else "", kept.get("PYTHONPATH", ""))))
        environment = {**kept, **hook, "HEARTH_HOME": str(self.home), "TMPDIR": str(self.temporary), "PYTHONPATH": path,
                       "PYTHONFAULTHANDLER": "1"}  # fmt: skip
        with (self.folder / "said.txt").open("w", encoding="utf-8") as said:
            return subprocess.Popen(
                [str(HEARTH), *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, text=True,
            )  # fmt: skip

    def _wait(self, process: subprocess.Popen[str], began: float) -> Ended:
        """A command has the time it needs, however busy the machine is; what stands still is ended."""
        used, since = 0.0, time.monotonic()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return Ended(process.wait(LOOK_SECONDS), self.said(), time.monotonic() - began)
            now = self._cpu_seconds(process.pid)
            if abs(now - used) > PROGRESS_SECONDS:
                used, since = now, time.monotonic()
            elif time.monotonic() - since > STANDSTILL_SECONDS:
                self._tell_where(process.pid)
                process.wait()
                return Ended(TOO_LONG, self.said(), time.monotonic() - began)

    def _cpu_seconds(self, command: int) -> float:
        """What a command's processes and the server's have used of the processor, those that have ended left out."""
        used = 0.0
        for root in filter(None, (command, self.postmaster())):
            with contextlib.suppress(psutil.Error):
                for one in (psutil.Process(root), *psutil.Process(root).children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        used += sum(one.cpu_times()[:2])
        return used

    def _tell_where(self, group: int) -> None:
        """End a command that does not end by itself; each of its processes, and the server, say where they are."""
        os.killpg(group, signal.SIGABRT)
        time.sleep(3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        with contextlib.suppress(HearthError, psycopg.Error), (self.folder / "said.txt").open("a") as said:
            said.writelines(f"{row}\n" for row in self.rows(SESSIONS))

    def ended(self, process: subprocess.Popen[str]) -> Ended:
        """A command that lost its database, or its workers, must end by itself."""
        return self._wait(process, time.monotonic())

    def said(self) -> str:
        """What the last command printed."""
        return (self.folder / "said.txt").read_text(encoding="utf-8", errors="replace")

    def workers(self, process: subprocess.Popen[str]) -> list[psutil.Process]:
        """The processes that a command has started, its own helpers of multiprocessing left out."""
        try:
            children = psutil.Process(process.pid).children(recursive=True)
            return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        except psutil.Error:
            return []

    def stop_server_at_once(self) -> None:
        """Immediate stop, as a power cut would have it: no checkpoint, no goodbye."""
        found = self.postmaster()
        if found is not None:
            os.kill(found, signal.SIGQUIT)
            with contextlib.suppress(psutil.Error):
                psutil.Process(found).wait(60)

    def postmaster(self) -> int | None:
        """The server's process, if it runs."""
        return server.postmaster_pid(self.settings)

    @property
    def lock_file(self) -> Path:
        """The file in which the server's process is named while it runs."""
        return cluster.data_folder(self.settings) / "postmaster.pid"

    # The warehouse

    def contents(self) -> dict[str, str]:
        """What it holds now."""
        server.ensure_running(self.settings)
        with connect(self.settings) as connection:
            return remains.contents(connection) | remains.workbooks(self.home / RETURNED)

    def left_over(self) -> list[str]:
        """What nobody owns, once the sessions of ended commands are gone."""
        for _ in range(20):
            with connect(self.settings) as connection:
                found = remains.left_over(connection, self.home, self.temporary, self.known_files)
            if not any(line.startswith(("session", "process", "an advisory")) for line in found):
                break
            time.sleep(0.1)
        return found

    def _keep(self, step: Step) -> None:
        with self._maintenance() as connection:
            _copy(connection, "hearth", _kept(step))
        if (self.home / RETURNED).exists():
            shutil.copytree(self.home / RETURNED, self.kept / step.name)

    def go_back(self, step: Step) -> None:
        """The warehouse, and the workbooks for senders, as they were before the step."""
        with self._maintenance() as connection:
            _copy(connection, _kept(step), "hearth")
        shutil.rmtree(self.home / RETURNED, ignore_errors=True)
        if (self.kept / step.name).exists():
            shutil.copytree(self.kept / step.name, self.home / RETURNED)

    @contextlib.contextmanager
    def _maintenance(self) -> Iterator[psycopg.Connection]:
        server.ensure_running(self.settings)
        target = sa_url(self.settings).set(database="postgres", drivername="postgresql")
        with psycopg.connect(target.render_as_string(hide_password=False), autocommit=True) as connection:
            yield connection

    def save(self) -> None:
        """Write the undisturbed steps down."""
        kept = {
            "steps": [asdict(step) for step in self.steps],
            "track": {name: asdict(one) for name, one in self.track.items()},
            "known_files": sorted(self.known_files),
        }
        (self.folder / UNDISTURBED).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def saved(cls, folder: Path) -> County:
        """An instance whose undisturbed steps were written down, or a copy of it."""
        county, kept = cls(folder), json.loads((folder / UNDISTURBED).read_text(encoding="utf-8"))
        county.steps = [
            Step(**{**one, "arguments": tuple(one["arguments"]), "again": tuple(one["again"])}) for one in kept["steps"]
        ]
        county.track = {name: Undisturbed(**one) for name, one in kept["track"].items()}
        county.known_files = set(kept["known_files"])
        return county

    def copied(self, folder: Path) -> None:
        """The same instance once more in another folder, for a server of its own. The server of this one stops."""
        server.stop(self.settings)
        subprocess.run(["cp", "--archive", str(self.folder), str(folder)], check=True)

    def end(self) -> None:
        """Stop the server."""
        server.stop(self.settings)


def _kept(step: Step) -> str:
    return f"before {step.name}"


def _copy(connection: psycopg.Connection, source: str, target: str) -> None:
    """One database becomes another's double. This alone does not wait for the disk: what is struck always does."""
    _wait_for_disk(connection, "off")
    try:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(target)))
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(target), sql.Identifier(source)
            )
        )
    finally:
        _wait_for_disk(connection, "on")


def _wait_for_disk(connection: psycopg.Connection, setting: LiteralString) -> None:
    connection.execute(f"alter system set fsync = {setting}")
    connection.execute("select pg_reload_conf()")
