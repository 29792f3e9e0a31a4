"""Loads that are cut off, killed, or meet each other: nothing of them counts, and the next one makes it good."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from hearth.database.engine import connect
from hearth.errors import Busy, DatabaseUnavailable
from hearth.gating import GateResult
from hearth.loading import load, registry
from hearth.loading.load import load_source
from hearth.loading.outcome import DeliveryOutcome
from hearth.settings import Settings
from tests.integration.support import (
    Loader,
    ask,
    deaths_csv,
    one,
    slices,
)

pytestmark = pytest.mark.usefixtures("every_gate_passes")


@pytest.mark.parametrize("step", ["gate_delivery", "let_count"])
def test_a_load_that_is_cut_off_leaves_nothing_that_counts(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def cut_off(*_: Any) -> None:
        raise KeyboardInterrupt

    deaths_csv(landing, "202501", 4)
    with monkeypatch.context() as patched:
        patched.setattr(load, step, cut_off)
        with pytest.raises(KeyboardInterrupt):
            load_all()
    assert len(slices(fresh)) == 1
    assert one(fresh, "select count(*) from ops.deliveries") == 0
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded) == ("accepted", 4)
    assert slices(fresh) == [f"civil_affairs__deaths__d{outcome.delivery_id}"]


def test_a_killed_process_holds_no_lock_and_its_slice_goes(fresh: Settings, landing: Path, load_all: Loader) -> None:
    deaths_csv(landing, "202501", 4)
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from hearth.loading import load
        from hearth.settings import load_settings

        load.gate_delivery = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        load.load_source(load_settings(), "civil_affairs", landing=Path(sys.argv[1]))
        """
    )
    environment = {**os.environ, **fresh.environment()}
    killed = subprocess.run([sys.executable, "-c", script, str(landing)], env=environment, check=False)
    assert killed.returncode == -9
    assert len(slices(fresh)) == 1
    [outcome] = load_all().values()
    assert (outcome.status, len(slices(fresh))) == ("accepted", 1)


def test_a_server_that_goes_away_is_told_in_our_words(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(settings: Settings, *_: Any) -> GateResult:
        ask(settings, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'")
        return GateResult(passed=True)

    deaths_csv(landing, "202501", 4)
    with monkeypatch.context() as patched:
        patched.setattr(load, "gate_delivery", cut)
        with pytest.raises(DatabaseUnavailable, match="civil_affairs"):
            load_all()
    [outcome] = load_all().values()
    assert outcome.status == "accepted"


def test_two_loads_of_one_source_follow_each_other(
    fresh: Settings, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in ("202501", "202502", "202503"):
        deaths_csv(landing, month, 5, died_on="2025-01-02")
    found: list[DeliveryOutcome] = []

    def run() -> None:
        found.extend(load_source(fresh, "civil_affairs", landing=landing))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.is_new for outcome in found) == [False] * 3 + [True] * 3
    assert one(fresh, "select count(*) from raw.civil_affairs__deaths") == 15


def test_a_load_that_waits_too_long_says_so(fresh: Settings) -> None:
    with (
        connect(fresh, "loader", autocommit=True) as mine,
        connect(fresh, "loader", autocommit=True) as other,
        registry.source_lock(mine, "water"),
        pytest.raises(Busy, match="water"),
        registry.source_lock(other, "water", wait_seconds=0),
    ):
        pytest.fail("two loads of one source at once")
