"""docker-compose.yml without an engine: each service's own command, environment and health check, as plain processes.

What differs from the containers stands in `Composed.put`: host names become ports of this machine, paths of the
volumes become folders, and PostgreSQL is the wheel's.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from hearth.database.account import server_account
from hearth.database.binaries import program_folder
from hearth.database.cluster import HERE

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
SECRETS = (
    "POSTGRES_PASSWORD",
    "HEARTH_WAREHOUSE_PASSWORD",
    "AIRFLOW_DATABASE_PASSWORD",
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_OPERATOR_PASSWORD",
    "AIRFLOW_VIEWER_PASSWORD",
    "AIRFLOW_API_SECRET",
    "AIRFLOW_JWT_SECRET",
)
Command = list[str]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Composed:
    """The services in a folder of their own, with ports and secrets of their own."""

    folder: Path
    postgres_port: int = field(default_factory=free_port)
    page_port: int = field(default_factory=free_port)
    logs_port: int = field(default_factory=free_port)
    given: dict[str, str] = field(default_factory=dict)
    running: dict[str, psutil.Popen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the folders of the volumes and what a person would write into docker/.env."""
        for name in ("state", "landing", "config"):
            (self.folder / name).mkdir()
        self.given |= {name: f"{secrets.token_hex(12)}a1" for name in SECRETS}
        self.given |= {
            "AIRFLOW_FERNET_KEY": urlsafe_b64encode(os.urandom(32)).decode(),
            "HEARTH_LANDING_FOLDER": str(self.folder / "landing"),
            "HEARTH_PARAMETERS_FILE": "/config/rule_parameters.csv",
            "HEARTH_PAGE_URL": self.page,
        }

    @property
    def page(self) -> str:
        """Where the page answers."""
        return f"http://127.0.0.1:{self.page_port}"

    @property
    def warehouse(self) -> str:
        """The warehouse's URL."""
        return self.environment("scheduler")["HEARTH_DATABASE_URL"]

    def put(self, text: str) -> str:
        """A value of the file as compose would read it, with this machine in place of the containers."""
        for there, here in (
            ("postgres:5432", f"127.0.0.1:{self.postgres_port}"),
            ("http://api-server:8080", self.page),
            ("/var/lib/hearth", str(self.folder / "state")),
            ("/opt/hearth", str(ROOT)),
        ):
            text = text.replace(there, here)
        text = VARIABLE.sub(self._value, text)
        return re.sub(r"^/(landing|config)\b", rf"{self.folder}/\1", text)

    def environment(self, service: str) -> dict[str, str]:
        """What the service's processes see: the file's variables and nothing of ours but the way to the programs."""
        said = {name: self.put(str(value)) for name, value in SERVICES[service]["environment"].items()}
        ports = {
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.page_port),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.logs_port),
        }
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "PYTHONPATH") if name in os.environ}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**kept, **ports, **said, "PATH": path, "NO_PROXY": "127.0.0.1,localhost"}

    def run(self, service: str, command: Command | None = None) -> str:
        """Run a service's command, or another one beside it, to its end; its output.

        Raises:
            AssertionError: it ended badly.
        """
        wanted = command or SERVICES[service]["command"]
        done = subprocess.run(
            wanted, cwd=ROOT, env=self.environment(service), capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{wanted} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def start(self, service: str) -> None:
        """Start a service that stays."""
        with (self.folder / f"{service}.log").open("wb") as log:
            self.running[service] = psutil.Popen(
                SERVICES[service]["command"],
                cwd=ROOT,
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_healthy(self, service: str, seconds: float = 180) -> None:
        """Ask the service's own health check until it is content.

        Raises:
            AssertionError: it never was, or the service ended.
        """
        deadline = time.monotonic() + seconds
        while not self.is_healthy(service):
            assert self.running[service].is_running(), f"{service} ended: {self.log(service)}"
            assert time.monotonic() < deadline, f"{service} is not healthy: {self.log(service)}"
            time.sleep(1)

    def stays_healthy(self, service: str) -> bool:
        """As an engine sees it, which gives a service up when its check has failed `retries` times running."""
        return any(self.is_healthy(service) for _ in range(SERVICES[service]["healthcheck"]["retries"]))

    def is_healthy(self, service: str) -> bool:
        """What the service's health check says now."""
        kind, *command = SERVICES[service]["healthcheck"]["test"]
        assert kind == "CMD"
        environment = self.environment(service) | {"PGPORT": str(self.postgres_port)}
        if service == "postgres":
            environment["PATH"] = f"{program_folder(server_account())}:{environment['PATH']}"
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=False)
        return done.returncode == 0

    def log(self, service: str) -> str:
        """The end of what the service printed."""
        return (self.folder / f"{service}.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def stop(self, service: str, seconds: float = 60) -> bool:
        """Stop as an engine does; whether the service ended by itself, with all its children."""
        process = self.running.pop(service)
        family = [process, *process.children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        _, left = psutil.wait_procs(family, timeout=seconds)
        for survivor in left:
            survivor.kill()
        return not left

    def _value(self, found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if self.given.get(name):
            return self.given[name]
        assert kind == "-", f"{name} must be set"
        return rest


@contextmanager
def postgres(composed: Composed) -> Iterator[None]:
    """The image's server: initialised with the file's arguments, by the file's script, then run with its command."""
    account = server_account()
    programs = program_folder(account)
    said = composed.environment("postgres")
    data = composed.folder / "postgres"
    data.mkdir(mode=0o700)
    account.own(data)
    _initdb(programs, data, said, account.popen_options())
    command = [
        str(programs / "postgres"),
        *SERVICES["postgres"]["command"][1:],
        *("-D", HERE, "-c", "listen_addresses=127.0.0.1", "-c", f"port={composed.postgres_port}"),
        *("-c", "unix_socket_directories="),
    ]
    with (composed.folder / "postgres.log").open("wb") as log:
        composed.running["postgres"] = psutil.Popen(
            command, cwd=data, stdout=log, stderr=log, start_new_session=True, **account.popen_options()
        )
    try:
        _until_it_answers(programs, composed)
        server = {"PGHOST": "127.0.0.1", "PGPORT": str(composed.postgres_port), "PGPASSWORD": said["POSTGRES_PASSWORD"]}
        path = {"PATH": f"{programs}:{said['PATH']}", "POSTGRES_USER": "postgres"}
        subprocess.run([ROOT / "docker/postgres/010_databases.sh"], env={**said, **server, **path}, check=True)
        yield
    finally:
        for name in reversed(list(composed.running)):
            composed.stop(name)


def _initdb(programs: Path, data: Path, said: Mapping[str, str], options: Mapping[str, Any]) -> None:
    password = os.memfd_create("password")
    os.write(password, said["POSTGRES_PASSWORD"].encode())
    if "user" in options:
        os.fchown(password, options["user"], options["group"])
    arguments = said["POSTGRES_INITDB_ARGS"].split()
    subprocess.run(
        [programs / "initdb", "-D", HERE, "--username=postgres", f"--pwfile=/proc/self/fd/{password}", *arguments],
        cwd=data,
        pass_fds=[password],
        stdout=subprocess.DEVNULL,
        check=True,
        **options,
    )
    os.close(password)


def _until_it_answers(programs: Path, composed: Composed) -> None:
    for _ in range(100):
        asked = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(composed.postgres_port)]
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"PostgreSQL does not start: {composed.log('postgres')}")
