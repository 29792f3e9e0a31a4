"""What goes wrong around a load or a build, and what is left: a clean state, and a message that says what happened."""

import io
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.loading import load
from hearth.loading.caution import limited_memory
from hearth.loading.load import load_source
from hearth.settings import Settings
from tests.functional import damage
from tests.integration.conftest import SCHEMAS
from tests.integration.support import DEATHS, ask, deaths, passing_gate, slices, write_csv

JANUARY = "civil_affairs/202501/死亡人员信息_202501"


@pytest.fixture
def fresh(instance: Settings) -> Settings:
    with connect(instance) as connection:
        connection.execute(f"drop schema if exists {SCHEMAS} cascade")
    bootstrap(instance)
    return instance


@pytest.fixture(autouse=True)
def gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "gate_delivery", passing_gate)


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


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
