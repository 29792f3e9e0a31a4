"""Airflow's processes: the page with its interfaces (`api-server`) and the scheduler, without `standalone`.

Both listen on 127.0.0.1 only, outlive the command that started them, and are replaced when they were
killed. The DAGs are read once at start: no third process watches a folder that changes only with a
new version of Hearth.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

from hearth.contracts import with_county
from hearth.database.engine import airflow_url, connect_airflow
from hearth.errors import ServiceFailed
from hearth.locking import instance_lock
from hearth.orchestration.airflow_environment import DAGS_FOLDER, PAGE, airflow_program, environment, instance_variables
from hearth.orchestration.client import AirflowClient, Site
from hearth.orchestration.services import Service
from hearth.ports import choose_port, remembered_port
from hearth.settings import PROJECT_ROOT, Settings
from hearth.texts import text

PROGRAM_FOLDERS = (PROJECT_ROOT / "src", PROJECT_ROOT / "expectations", DAGS_FOLDER)
HEALTHY_SECONDS = 120

Notice = Callable[[str], None]


def _silent(_: str) -> None:
    """No notices are wanted."""


def up(settings: Settings, notice: Notice = _silent) -> None:
    """Make sure that Airflow runs with the DAGs as they are now; the warehouse's server must be up.

    Raises:
        ServiceFailed: it cannot be started, or does not become healthy.
    """
    with instance_lock(settings, "airflow", timeout=HEALTHY_SECONDS * 2):
        if remembered_port(settings, PAGE) is None or not _page(settings).process():
            choose_port(settings, PAGE)
        _prepare(settings, notice)
        _start_missing(settings, notice)
        _wait_until_healthy(settings)


def down(settings: Settings) -> bool:
    """Stop Airflow. False when it was not running."""
    with instance_lock(settings, "airflow"):
        return any([_scheduler(settings).stop(), _page(settings).stop()])


def is_running(settings: Settings) -> bool:
    """Whether both processes exist and answer."""
    if not has_processes(settings):
        return False
    with AirflowClient(Site.of(settings)) as client:
        return client.is_healthy()


def has_processes(settings: Settings) -> bool:
    """Whether both processes exist, busy or not."""
    return bool(_page(settings).process() and _scheduler(settings).process())


def _page(settings: Settings) -> Service:
    return Service(settings, "airflow-page")


def _scheduler(settings: Settings) -> Service:
    return Service(settings, "airflow-scheduler")


def _commands(settings: Settings) -> list[tuple[Service, list[str]]]:
    airflow = airflow_program()
    return [
        (_page(settings), [airflow, "api-server", "--apps", "all"]),
        (_scheduler(settings), [airflow, "scheduler", "--skip-serve-logs"]),
    ]


def _start_missing(settings: Settings, notice: Notice) -> None:
    """Start what does not run, and anew what runs old code: tasks are forks of the scheduler and would inherit it."""
    wanted = _version(settings)
    missing = [(service, command) for service, command in _commands(settings) if not service.is_current(wanted)]
    if missing:
        notice(text("starting_airflow"))
    for service, command in missing:
        service.stop()
        if service.name == _scheduler(settings).name:
            _forget_dead_scheduler(settings)
        service.start(command, environment(settings), wanted)


def _version(settings: Settings) -> str:
    """What the processes were started from: the program's files and the settings that they were given."""
    digest = hashlib.sha256(json.dumps(sorted(instance_variables(settings).items())).encode())
    for folder in PROGRAM_FOLDERS:
        for file in sorted(folder.rglob("*.py")):
            facts = file.stat()
            digest.update(f"{file} {facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest()


def _prepare(settings: Settings, notice: Notice) -> None:
    """Bring Airflow's database to this version and hand it the DAGs, once per version of either and set of sources."""
    settings.airflow_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = settings.airflow_home / "prepared"
    wanted = _fingerprint(settings)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    notice(text("preparing_airflow"))
    _run_setup(settings)
    stamp.write_text(wanted, encoding="ascii")


def _fingerprint(settings: Settings) -> str:
    sources = ",".join(source.name for source in with_county(settings.county_file))
    digest = hashlib.sha256(f"{version('apache-airflow')} {airflow_url(settings)} {sources}".encode())
    for file in sorted(DAGS_FOLDER.rglob("*.py")):
        digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()


def _run_setup(settings: Settings) -> None:
    log = settings.logs_dir / "airflow-setup.log"
    with log.open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "hearth.orchestration.airflow_setup"],
            cwd=settings.home,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode != 0:
        raise ServiceFailed(text("airflow_unprepared", log=log))


def _forget_dead_scheduler(settings: Settings) -> None:
    """Tell Airflow that the killed scheduler is dead: it would wait for a sign of life before taking up its tasks."""
    with connect_airflow(settings) as connection:
        connection.execute("update job set state = 'failed' where job_type = 'SchedulerJob' and state = 'running'")


def _wait_until_healthy(settings: Settings) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    with AirflowClient(Site.of(settings)) as client:
        while not client.is_healthy():
            _require_alive(settings)
            if time.monotonic() > deadline:
                raise ServiceFailed(text("airflow_unhealthy", logs=settings.logs_dir))
            time.sleep(0.25)


def _require_alive(settings: Settings) -> None:
    for service in (_page(settings), _scheduler(settings)):
        if service.process() is None:
            raise ServiceFailed(text("airflow_ended", log=service.log))
