"""Departments loaded side by side: what becomes of the processes when one of them, or the command, is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from multiprocessing import active_children
from pathlib import Path

import psutil
import pytest

from hearth.errors import ServiceFailed
from hearth.loading.departments import load_departments
from hearth.settings import Settings

SOURCES = ["registry", "water", "housing"]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """A landing folder with a file that takes its reader a while."""
    folder = tmp_path / "landing" / "registry" / "202501"
    folder.mkdir(parents=True)
    rows = "".join(f"{n},甲县\n" for n in range(300_000))
    (folder / "行政区划_202501.csv").write_text("区划代码,名称\n" + rows, encoding="utf-8")
    return tmp_path / "landing"


def test_a_killed_worker_is_told_of_every_department_it_left(warehouse: Settings, landing: Path) -> None:
    def kill(_: Sequence[str], __: int) -> None:
        for worker in active_children():
            worker.kill()

    results = dict(load_departments(warehouse, SOURCES, landing=landing, months=None, tick=kill))
    assert results.keys() == set(SOURCES)
    assert all(isinstance(result, ServiceFailed) for result in results.values())


@pytest.mark.parametrize("sources", [SOURCES, SOURCES[:1]], ids=["side by side", "alone"])
def test_the_files_are_counted_while_a_department_is_at_work(
    warehouse: Settings, landing: Path, sources: list[str]
) -> None:
    for source in SOURCES:
        (landing / source / "202501").mkdir(parents=True, exist_ok=True)
        (landing / source / "202501" / "说明.txt").write_text("甲", encoding="utf-8")
    told: list[int] = []
    for _ in load_departments(
        warehouse, sources, landing=landing, months=None, tick=lambda _, files: told.append(files)
    ):
        pass
    assert told[0] == 0
    assert told == sorted(told)
    assert max(told) > 0


def test_workers_end_with_the_command_that_started_them(warehouse: Settings, landing: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys, time
        from multiprocessing import active_children
        from pathlib import Path
        from hearth.loading.departments import load_departments
        from hearth.settings import load_settings

        def tell(*_):
            time.sleep(1)
            print(*[worker.pid for worker in active_children()], flush=True)
            time.sleep(60)

        if __name__ == "__main__":
            for _ in load_departments(load_settings(), {SOURCES}, landing=Path(sys.argv[1]), months=None, tick=tell):
                pass
        """
    )
    program = landing.parent / "program.py"
    program.write_text(script, encoding="utf-8")
    environment = {**os.environ, **warehouse.environment()}
    command = subprocess.Popen([sys.executable, str(program), str(landing)], env=environment, stdout=subprocess.PIPE)
    assert command.stdout is not None
    workers = [psutil.Process(int(pid)) for pid in command.stdout.readline().split()]
    assert len(workers) == 2
    command.send_signal(signal.SIGKILL)
    command.wait()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
