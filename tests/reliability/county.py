"""A small county's way through an instance, step by step, and the warehouse before and after each undisturbed step."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect, sa_url
from hearth.settings import Settings, load_settings
from tests.reliability import remains

HEARTH = Path(sys.executable).with_name("hearth")
HOOK = Path(__file__).with_name("hook")
MONTHS = ("202501",)
HOUSEHOLDS = 100
ENDING_SECONDS = 120
NEVER_WRONG = (0, 1, 2, 3, 4, 5, 6, 7, 130)


@dataclass(frozen=True)
class Step:
    """A command of the journey. `again` are the exit codes that are right when it had been done already."""

    name: str
    arguments: tuple[str, ...]
    again: tuple[int, ...] = (0,)


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
    """An instance in a folder of its own with a synthetic county of a hundred households."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.home, self.temporary = folder / "home", folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.temporary.chmod(0o777)
        self.track: dict[str, Undisturbed] = {}
        self.known_files: set[str] = set()
        self.held: list[int] = []

    @property
    def settings(self) -> Settings:
        """The instance's settings."""
        return load_settings({"HEARTH_HOME": str(self.home)})

    def steps(self) -> list[Step]:
        """The journey: load, build month after month, decide on what was held, build what that changes."""
        landing, parameters = (
            str(self.folder / "county" / "landing"),
            str(self.folder / "county" / "config" / "rule_parameters.csv"),
        )
        first = tuple(
            Step(f"build {month}", ("build", "--month", month, "--parameters", parameters)) for month in MONTHS
        )
        decided = [
            Step(f"{verb} {number}", ("deliveries", verb, str(number), "--reason", "tried"), again=(0, 2))
            for number, verb in zip(self.held, ("release", "reject", "release", "reject"), strict=False)
        ]
        run = Step("run", ("run", "--direct", "--landing", landing, "--parameters", parameters))
        return [Step("load", ("load", "--landing", landing)), *first, *decided, run]

    def _find_held(self) -> None:
        with connect(self.settings) as connection:
            rows = connection.execute(
                "select delivery_id from ops.deliveries where status = 'held' order by 1"
            ).fetchall()
        self.held = [number for (number,) in rows]

    def prepare(self, tell: Callable[[str], None]) -> None:
        """Make the county and go the whole way once, keeping the warehouse as it is before each step."""
        self._must(["synth", str(self.folder / "county"), "--households", str(HOUSEHOLDS), "--months", str(len(MONTHS)),
                    "--seed", str(self.seed)])  # fmt: skip
        self._hold_two(self.folder / "county" / "landing")
        server.ensure_running(self.settings)
        bootstrap(self.settings)
        done: list[str] = []
        while (step := next((one for one in self.steps() if one.name not in done), None)) is not None:
            self._keep(step)
            counted = self.temporary / "statements"
            ended = self.run(step, count=counted)
            if ended.code != 0:
                raise AssertionError(f"undisturbed, {step.name} ended with {ended.code}: {ended.said}")
            statements = counted.stat().st_size
            counted.unlink()
            self.track[step.name] = Undisturbed(ended.seconds, statements, self.contents())
            done.append(step.name)
            if step.name == "load":
                self._find_held()
            tell(f"{step.name}: {ended.seconds:.1f} s, {statements} statements")
        self.known_files = remains.files(self.home, self.temporary)

    def _hold_two(self, landing: Path) -> None:
        """Two deliveries that must wait for a person: their names state counts that are not theirs."""
        for stem in ("特困人员供养名册", "残疾人两项补贴"):
            path = next((landing / "civil_affairs" / MONTHS[-1]).glob(f"{stem}*"))
            path.rename(path.with_name(f"{path.stem}_9人{path.suffix}"))

    def _must(self, arguments: Sequence[str]) -> None:
        ended = self._wait(self._start(arguments, {}), time.monotonic())
        if ended.code != 0:
            raise AssertionError(f"hearth {arguments[0]} ended with {ended.code}: {ended.said}")

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
        environment = {**kept, **hook, "HEARTH_HOME": str(self.home), "TMPDIR": str(self.temporary), "PYTHONPATH": path}
        with (self.folder / "said.txt").open("w", encoding="utf-8") as said:
            return subprocess.Popen(
                [str(HEARTH), *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, text=True,
            )  # fmt: skip

    def _wait(self, process: subprocess.Popen[str], began: float, patience: float = 900) -> Ended:
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = -1000
        return Ended(code, self.said(), time.monotonic() - began)

    def ended(self, process: subprocess.Popen[str], step: Step) -> Ended:
        """A command that lost its database must end by itself, in little more time than it would have taken anyway."""
        return self._wait(process, time.monotonic(), ENDING_SECONDS + 3 * self.track[step.name].seconds)

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
        try:
            lines = (self.home / "postgres" / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return None
        return int(lines[0]) if lines and psutil.pid_exists(int(lines[0])) else None

    # The warehouse

    def contents(self) -> dict[str, str]:
        """What it holds now."""
        server.ensure_running(self.settings)
        with connect(self.settings) as connection:
            return remains.contents(connection)

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

    def go_back(self, step: Step) -> None:
        """The warehouse as it was before the step."""
        with self._maintenance() as connection:
            _copy(connection, _kept(step), "hearth")

    @contextlib.contextmanager
    def _maintenance(self) -> Iterator[psycopg.Connection]:
        server.ensure_running(self.settings)
        target = sa_url(self.settings).set(database="postgres", drivername="postgresql")
        with psycopg.connect(target.render_as_string(hide_password=False), autocommit=True) as connection:
            yield connection

    def end(self) -> None:
        """Stop the server and remove the folder."""
        server.stop(self.settings)
        shutil.rmtree(self.folder, ignore_errors=True)


def _kept(step: Step) -> str:
    return f"before {step.name}"


def _copy(connection: psycopg.Connection, source: str, target: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(target)))
    connection.execute(
        sql.SQL("select pg_terminate_backend(pid) from pg_stat_activity where datname = {}").format(sql.Literal(source))
    )
    connection.execute(
        sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(target), sql.Identifier(source)
        )
    )


def as_json(track: dict[str, Undisturbed]) -> str:
    """The undisturbed steps with their figures."""
    return json.dumps(
        {name: [round(one.seconds, 2), one.statements] for name, one in track.items()}, ensure_ascii=False
    )
