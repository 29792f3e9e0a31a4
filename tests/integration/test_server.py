"""The embedded server: started once, found again, started anew after whatever happened to it."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from hearth.database import cluster, server
from hearth.database.engine import airflow_url, connect, connect_airflow, sa_url, url
from hearth.errors import DatabaseUnavailable
from hearth.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("stopped_at_the_end")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Below a folder that nobody but its owner may enter, as a clone in root's home is."""
    private = tmp_path_factory.mktemp("private")
    private.chmod(0o700)
    return private / "家 home"


@pytest.fixture
def own(home: Path) -> Settings:
    settings = load_settings({"HEARTH_HOME": str(home)})
    server.ensure_running(settings)
    return settings


@pytest.fixture(scope="module")
def stopped_at_the_end(home: Path) -> Iterator[None]:
    yield
    for folder in home.parent.iterdir():
        server.stop(load_settings({"HEARTH_HOME": str(folder)}))


def postmaster(settings: Settings) -> psutil.Process:
    lock = cluster.data_folder(settings) / "postmaster.pid"
    return psutil.Process(int(lock.read_text(encoding="utf-8").splitlines()[0]))


def answers(settings: Settings) -> bool:
    with connect(settings) as connection:
        return connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("free", "limit"), [(10 << 30, "2GB"), (200 << 30, "25GB"), (100 << 40, "2147483647kB")], ids=str
)
def test_sorts_have_an_eighth_of_the_room_that_is_free_at_its_start(
    own: Settings, monkeypatch: pytest.MonkeyPatch, free: int, limit: str
) -> None:
    server.stop(own)
    monkeypatch.setattr(server.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    server.ensure_running(own)
    with connect(own) as connection:
        assert connection.execute("show temp_file_limit").fetchone() == (limit,)


def test_it_listens_on_this_machine_only_and_never_as_root(own: Settings) -> None:
    listening = [c.laddr.ip for c in postmaster(own).net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
    assert postmaster(own).uids().effective != 0


def test_nobody_gets_in_without_the_password(own: Settings) -> None:
    place = sa_url(own)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=place.host, port=place.port, user=place.username, dbname=place.database, password="guess")


def test_the_warehouse_and_airflow_have_a_database_each(own: Settings) -> None:
    with connect_airflow(own) as connection:
        assert connection.execute("select current_database()").fetchone() == ("airflow",)
    assert url(own).endswith("/hearth")
    assert airflow_url(own).endswith("/airflow")


def test_starting_what_runs_changes_nothing(own: Settings) -> None:
    before = postmaster(own).pid
    server.ensure_running(own)
    assert postmaster(own).pid == before


@pytest.mark.parametrize("whole", [False, True], ids=["postmaster", "all of it"])
def test_it_comes_back_after_a_kill(own: Settings, whole: bool) -> None:
    """A killed postmaster leaves its lock file, and for a while its backends."""
    before, number = postmaster(own), server.port(own)
    for process in [before, *(before.children() if whole else [])]:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs([before], timeout=5)
    server.ensure_running(own)
    assert answers(own)
    assert server.port(own) == number


def test_a_lock_file_with_somebody_elses_pid_is_no_obstacle(own: Settings) -> None:
    server.stop(own)
    (cluster.data_folder(own) / "postmaster.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    server.ensure_running(own)
    assert answers(own)
    assert psutil.pid_exists(os.getpid())


def test_another_port_is_chosen_and_kept_when_its_own_is_taken(own: Settings) -> None:
    number = server.port(own)
    server.stop(own)
    with socket.create_server(("127.0.0.1", number)):
        server.ensure_running(own)
        other = server.port(own)
        assert other != number
        assert answers(own)
    server.stop(own)
    server.ensure_running(own)
    assert server.port(own) == other


def test_a_moved_home_and_a_copy_beside_it_both_run(own: Settings, home: Path) -> None:
    server.stop(own)
    shutil.copytree(home, home.with_name("copy"))
    if os.geteuid() == 0:
        _give_away_like(cluster.data_folder(own), home.with_name("copy"))
    copy = load_settings({"HEARTH_HOME": str(home.with_name("copy"))})
    server.ensure_running(own)
    server.ensure_running(copy)
    assert server.port(copy) != server.port(own)
    assert answers(own)
    assert answers(copy)


def test_what_a_killed_first_start_left_is_swept_away(home: Path) -> None:
    fresh = load_settings({"HEARTH_HOME": str(home.with_name("fresh"))})
    (fresh.postgres_dir / "new-1" / "base").mkdir(parents=True)
    server.ensure_running(fresh)
    assert [folder.name for folder in fresh.postgres_dir.iterdir()] == ["data"]


def test_three_first_starts_at_once_make_one_server(home: Path) -> None:
    shared = load_settings({"HEARTH_HOME": str(home.with_name("shared"))})
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(server.ensure_running, [shared] * 3)) == [None] * 3
    assert answers(shared)


def test_a_stopped_server_is_told_in_our_words(own: Settings) -> None:
    server.stop(own)
    assert not server.is_running(own)
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        connect(own)


def _give_away_like(original: Path, copied_home: Path) -> None:
    """A copy made by root belongs to root; `cp -a` would have kept the owner."""
    facts = original.stat()
    data = copied_home / "postgres" / "data"
    for path in [data, *data.rglob("*")]:
        os.chown(path, facts.st_uid, facts.st_gid)
