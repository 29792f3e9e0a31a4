"""Long-lived processes: found again, replaced when killed, and never mistaken for somebody else's."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hearth.orchestration.services import Service
from hearth.settings import load_settings

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = [sys.executable, "-c", "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = Service(load_settings({"HEARTH_HOME": str(tmp_path / "home")}), "sleeper")
    yield found
    found.stop(1)


def test_a_later_command_finds_the_process(service: Service) -> None:
    started = service.start(SLEEPER, os.environ)
    again = Service(service.settings, service.name).process()
    assert again is not None
    assert again.pid == started.pid
    assert service.stop()
    assert service.process() is None
    assert not service.stop()


def test_a_killed_process_is_noticed(service: Service) -> None:
    started = service.start(SLEEPER, os.environ)
    started.kill()
    started.wait()
    assert service.process() is None


def test_children_of_a_killed_process_end_before_it_is_replaced(service: Service) -> None:
    first = service.start(PARENT, os.environ)
    child = _only_child(first)
    first.kill()
    first.wait()
    assert child.is_running()
    service.start(SLEEPER, os.environ)
    child.wait(5)


def test_somebody_elses_process_under_the_recorded_number_is_left_alone(service: Service) -> None:
    with subprocess.Popen(SLEEPER) as other:
        record = {"pid": other.pid, "started": psutil.Process(other.pid).create_time() - 100}
        (service.settings.run_dir / "sleeper.json").write_text(json.dumps(record), encoding="utf-8")
        assert service.process() is None
        assert not service.stop(1)
        assert other.poll() is None
        other.kill()


def test_a_damaged_record_counts_as_none(service: Service) -> None:
    (service.settings.run_dir / "sleeper.json").write_text("{", encoding="utf-8")
    assert service.process() is None


def _only_child(process: subprocess.Popen[bytes]) -> psutil.Process:
    for _ in range(100):
        children = psutil.Process(process.pid).children()
        if children:
            return children[0]
        time.sleep(0.05)
    raise AssertionError("the process has no child")
