"""What goes wrong around a load or a build, and what is left: a clean state, and a message that says what happened."""

import io
import itertools
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hearth.building import closing
from hearth.cli import main
from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.errors import DatabaseUnavailable
from hearth.keeping import back_up
from hearth.keeping.manifest import tables_of
from hearth.loading import slices as slices_module
from hearth.loading.caution import limited_memory
from hearth.loading.load import load_source
from hearth.settings import Settings, load_settings
from tests.functional import damage
from tests.integration.support import DEATHS, ask, deaths, disk_of, room, slices, write_csv

pytestmark = pytest.mark.usefixtures("every_gate_passes")
JANUARY = "civil_affairs/202501/死亡人员信息_202501"


def load_elsewhere(settings: Settings, landing: Path) -> "subprocess.CompletedProcess[str]":
    """A load in a process of its own, which the test outlives."""
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from hearth.gating import GateResult
        from hearth.loading import load
        from hearth.settings import load_settings

        load.gate_delivery = lambda *_: GateResult(passed=True)
        load.load_source(load_settings(), "civil_affairs", landing=Path(sys.argv[1]))
        """
    )
    return subprocess.run(
        [sys.executable, "-c", script, str(landing)],
        env={**os.environ, **settings.environment()},
        capture_output=True,
        text=True,
        check=False,
    )


def deadly() -> bytes:
    """A workbook of six kilobytes for which the library that reads workbooks asks for exabytes of memory and aborts."""
    rows = [list(DEATHS), *deaths(1)]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(damage.xlsx({"数据": rows}))) as whole, zipfile.ZipFile(out, "w") as spoilt:
        for name in whole.namelist():
            spoilt.writestr(name, whole.read(name).replace(b'r="A2"', b"r='ZZZZZZ99999999999999'"))
    return out.getvalue()


def test_a_file_that_kills_its_reader_is_refused_by_the_next_load(fresh: Settings, landing: Path) -> None:
    write_csv(landing, f"{JANUARY}_二.csv", DEATHS, deaths(3))
    (landing / f"{JANUARY}.xlsx").write_bytes(deadly())
    assert load_elsewhere(fresh, landing).returncode < 0
    assert ask(fresh, "select count(*) from ops.deliveries") == [(0,)]
    outcomes = {outcome.file_name[-6:]: outcome for outcome in load_source(fresh, "civil_affairs", landing=landing)}
    assert {name: outcome.status for name, outcome in outcomes.items()} == {"1.xlsx": "rejected", "_二.csv": "accepted"}
    assert "ended abnormally" in str(outcomes["1.xlsx"].message) and "异常终止" in str(outcomes["1.xlsx"].message_zh)
    assert len(slices(fresh)) == 1
    assert [outcome.is_new for outcome in load_source(fresh, "civil_affairs", landing=landing)] == [False, False]


def test_a_file_gets_no_more_memory_than_sound_ones_need(tmp_path: Path) -> None:
    """An old workbook whose chain of sectors bites its tail filled the machine's memory."""
    path = tmp_path / "a.xls"
    path.write_bytes(bytes(1000))
    with pytest.raises(MemoryError), limited_memory(path):
        bytearray(8 << 30)
    assert len(bytearray(1 << 20)) == 1 << 20


@pytest.mark.parametrize(("locale", "words"), [("C.UTF-8", "loaded by the next one"), ("zh_CN.UTF-8", "下次载入")])
def test_a_connection_lost_in_mid_copy_leaves_nothing_and_the_next_load_ends_the_work(
    fresh: Settings, landing: Path, monkeypatch: pytest.MonkeyPatch, locale: str, words: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    write_csv(landing, f"{JANUARY}.csv", DEATHS, deaths(300))
    monkeypatch.setattr(slices_module, "CHUNK_ROWS", 100)
    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Copy, "write", _cut_at_the_second_piece(fresh))
        with pytest.raises(DatabaseUnavailable, match="civil_affairs") as told:
            load_source(fresh, "civil_affairs", landing=landing)
    assert words in str(told.value) and "99010" not in str(told.value)
    assert slices(fresh) == []
    assert ask(fresh, "select count(*) from ops.deliveries") == [(0,)]
    [outcome] = load_source(fresh, "civil_affairs", landing=landing)
    assert (outcome.status, outcome.rows_loaded) == ("accepted", 300)


def _cut_at_the_second_piece(settings: Settings) -> Callable[[psycopg.Copy, Any], None]:
    write, pieces = psycopg.Copy.write, itertools.count(1)

    def cut(copy: psycopg.Copy, data: Any) -> None:
        if next(pieces) == 2:
            ask(settings, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'")
        write(copy, data)

    return cut


@pytest.mark.parametrize(("locale", "words"), [("C.UTF-8", "it was set back"), ("zh_CN.UTF-8", "时钟被调回")])
def test_a_clock_set_back_changes_nothing_about_what_counts_and_is_told(
    fresh: Settings,
    landing: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    locale: str,
    words: str,
) -> None:
    """What was registered before seems to come from next year; the correction counts all the same."""
    monkeypatch.setenv("LC_ALL", locale)
    write_csv(landing, f"{JANUARY}.csv", DEATHS, deaths(3))
    load_source(fresh, "civil_affairs", landing=landing)
    with connect(fresh) as connection:
        connection.execute("update ops.deliveries set registered_at = now() + interval '1 year'")
    write_csv(landing, f"{JANUARY}_更正.csv", DEATHS, deaths(5))
    assert main(["load", "--landing", str(landing), "--source", "civil_affairs"], fresh.environment()) == 0
    assert words in capsys.readouterr().err
    first, second = load_source(fresh, "civil_affairs", landing=landing)
    assert (first.is_new, second.is_new, second.status, second.rows_loaded) == (False, False, "accepted", 5)
    counting = "select delivery_id from ops.counting_deliveries('2025-01-01') where extract = 'deaths'"
    assert ask(fresh, counting) == [(second.delivery_id,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 MB of the test's own; only root can have one."""
    with disk_of(tmp_path / "disk", megabytes=160) as folder:
        yield folder


def test_a_full_disk_is_told_and_costs_nothing_once_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    settings = load_settings({"HEARTH_HOME": str(small_disk / "home")})
    landing = tmp_path / "landing"
    write_csv(landing, f"{JANUARY}.csv", DEATHS, deaths(3))
    server.ensure_running(settings)
    try:
        bootstrap(settings)
        load_source(settings, "civil_affairs", landing=landing)
        write_csv(
            landing, f"{JANUARY}_镇.csv", DEATHS, [[f"虚构{n}", *row[1:]] for n, row in enumerate(deaths(120_000))]
        )
        (small_disk / "ballast").write_bytes(bytes(room(small_disk) - 3_000_000))
        with pytest.raises(DatabaseUnavailable, match="disk is full"):
            load_source(settings, "civil_affairs", landing=landing)
        (small_disk / "ballast").unlink()
        server.ensure_running(settings)
        assert ask(settings, "select count(*) from raw.civil_affairs__deaths") == [(3,)]
        found = load_source(settings, "civil_affairs", landing=landing)
        assert sorted((o.is_new, o.status) for o in found) == [(False, "accepted"), (True, "accepted")]
        assert len(slices(settings)) == 2
    finally:
        server.stop(settings)


@pytest.mark.parametrize("left", [20_000, 400_000, 3_000_000])
def test_a_disk_that_fills_up_leaves_no_backup(
    fresh: Settings,
    landing: Path,
    small_disk: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    left: int,
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    write_csv(landing, f"{JANUARY}.csv", DEATHS, [[f"虚构{n}", *row[1:]] for n, row in enumerate(deaths(400_000))])
    load_source(fresh, "civil_affairs", landing=landing)
    with connect(fresh) as connection:
        before = tables_of(connection)
    (small_disk / "ballast").write_bytes(bytes(room(small_disk) - left))
    code = main(["backup", str(small_disk / "backup")], {"HEARTH_HOME": str(fresh.home)})
    said = capsys.readouterr().err
    assert code == 4 and "is full" in said and "Nothing was left" in said and "Traceback" not in said
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    with connect(fresh) as connection:
        assert tables_of(connection) == before
    (small_disk / "ballast").unlink()
    assert main(["backup", str(small_disk / "backup")], {"HEARTH_HOME": str(fresh.home)}) == 0


@pytest.mark.parametrize("left", [20_000, 25_000_000, 75_000_000])
def test_a_disk_that_fills_up_leaves_no_restored_instance(
    fresh: Settings,
    landing: Path,
    small_disk: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    left: int,
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    write_csv(landing, f"{JANUARY}.csv", DEATHS, [[f"虚构{n}", *row[1:]] for n, row in enumerate(deaths(400_000))])
    load_source(fresh, "civil_affairs", landing=landing)
    back_up(fresh, tmp_path / "backup")
    (small_disk / "ballast").write_bytes(bytes(room(small_disk) - left))
    code = main(["restore", str(tmp_path / "backup")], {"HEARTH_HOME": str(small_disk / "home")})
    said = capsys.readouterr().err
    assert code == 4 and "is full" in said and "Nothing was left" in said and "Traceback" not in said
    assert not (small_disk / "home").exists() or list((small_disk / "home").iterdir()) == []


@pytest.mark.parametrize(("locale", "words"), [("C.UTF-8", "the disk is read-only"), ("zh_CN.UTF-8", "磁盘为只读")])
def test_a_read_only_landing_folder_is_loaded_and_a_read_only_home_is_told(
    fresh: Settings,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    locale: str,
    words: str,
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    write_csv(small_disk / "landing", f"{JANUARY}.csv", DEATHS, deaths(3))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True, timeout=20)
    [outcome] = load_source(fresh, "civil_affairs", landing=small_disk / "landing")
    assert outcome.status == "accepted"
    home = {"HEARTH_HOME": str(small_disk / "home")}
    assert main(["load", "--landing", str(small_disk / "landing")], home) == 3
    said = capsys.readouterr().err
    assert words in said and str(small_disk) in said and len(said.splitlines()) == 1


@pytest.mark.parametrize(("locale", "words"), [("C.UTF-8", "run the command again"), ("zh_CN.UTF-8", "请再次运行")])
def test_a_database_that_goes_away_during_any_command_is_told_as_that(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], locale: str, words: str
) -> None:
    """It was told as an error of Hearth's own, with exit code 1, wherever no command looked out for it."""
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr(closing, "_waiting", lambda _: ask(fresh, "select pg_terminate_backend(pg_backend_pid())"))
    assert main(["month", "list"], fresh.environment()) == 4
    said = capsys.readouterr().err
    assert words in said and "57P01" in said and len(said.splitlines()) == 1
