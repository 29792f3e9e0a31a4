"""How the benchmarks run a lap, whatever the settings of whoever measures, and what they keep of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.builds import exponent
from benchmarks.data import forget_others
from benchmarks.race import Contender, Lap, LapFailed, middle, run_lap
from benchmarks.recording import newest, record
from benchmarks.running import Benchmark, alone_in, measure_all
from hearth.errors import InputError
from hearth.settings import PROJECT_ROOT


@pytest.fixture
def contender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Contender]:
    """Somebody who runs a few lines of Python."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def made(lines: str) -> Contender:
        (tmp_path / "somebody.py").write_text(lines, encoding="utf-8")
        return Contender("somebody", "somebody", ())

    return made


def test_a_lap_knows_nothing_of_the_countys_settings(
    contender: Callable[[str], Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A county's database in the settings of whoever measures was where laps created their tables."""
    monkeypatch.setenv("HEARTH_DATABASE_URL", "postgresql://county/hearth")
    monkeypatch.setenv("HEARTH_COUNTY_FILE", "county.toml")
    teller = contender(
        "import os\n"
        "from benchmarks.race import tell\n"
        "tell(1.5, known={name: value for name, value in os.environ.items() if name.startswith('HEARTH_')})\n"
    )
    lap = run_lap(teller, tmp_path / "home")
    assert (lap.seconds, lap.told) == (1.5, {"known": {"HEARTH_HOME": str(tmp_path / "home")}})


def test_a_lap_that_fails_leaves_all_that_it_said(contender: Callable[[str], Contender], tmp_path: Path) -> None:
    talker = contender(
        "import sys\nfor n in range(9): print('line', n)\nsys.stdout.buffer.write(b'\\xff\\n')\nsys.exit(3)"
    )
    with pytest.raises(LapFailed, match=r"somebody ended with 3: line 5(?s:.)*line 8") as failure:
        run_lap(talker, tmp_path)
    assert "line 4" not in str(failure.value) and "line 0" in failure.value.output


def test_who_interrupts_a_lap_leaves_nobody_at_work(contender: Callable[[str], Contender], tmp_path: Path) -> None:
    """Neither the lap nor what it started."""
    note = tmp_path / "pids"
    parent = contender(
        "import os, pathlib, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        "child.wait()\n"
    )

    def interrupt(_: object) -> None:
        if note.exists() and note.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_lap(parent, tmp_path, interrupt)
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in _running(note)], timeout=30)
    assert alive == []


def _running(note: Path) -> list[int]:
    return [int(pid) for pid in note.read_text().split() if psutil.pid_exists(int(pid))]


def test_a_benchmark_in_the_background_of_a_script_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """Where a shell has interruptions ignored, so did laps, and whoever waited for them waited to their end."""
    note = tmp_path / "pids"
    (tmp_path / "sleeper.py").write_text(
        f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\ntime.sleep(300)\n"
    )
    (tmp_path / "bench.py").write_text(
        "from pathlib import Path\n"
        "from benchmarks.race import Contender, run_lap\n"
        "from benchmarks.running import end_tidily\n"
        "end_tidily()\n"
        f"run_lap(Contender('sleeper', 'sleeper', ()), Path({str(tmp_path)!r}))\n"
    )
    bench = subprocess.Popen(
        [sys.executable, str(tmp_path / "bench.py")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(PROJECT_ROOT), str(tmp_path)))},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    deadline = time.monotonic() + 60
    while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    bench.terminate()
    assert bench.wait(30) == 128 + signal.SIGTERM
    assert _running(note) == []


def test_one_that_fails_or_finds_no_room_costs_itself_and_not_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Path) -> dict[str, Any]:
        raise OSError("no such thing")

    results = tmp_path / "results.jsonl"
    benchmarks = {
        "too large": Benchmark(lambda _: {}, gigabytes=1_000_000),
        "a failure": Benchmark(fails),
        "reads": Benchmark(lambda _: {"seconds": 1}),
    }
    assert measure_all(benchmarks, "bench", tmp_path, results) == ["too large", "a failure"]
    assert [(key, line["figures"]) for key, line in newest(results).items()] == [(("reads", "bench"), {"seconds": 1})]
    assert "OSError: no such thing" in (tmp_path / "a-failure.failed.log").read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert "too large is left out: it wants 1000000 GB of disk" in said and "a failure failed: no such thing" in said


def test_what_stands_need_not_be_free(tmp_path: Path) -> None:
    benchmark = Benchmark(lambda _: {}, gigabytes=1_000_000, standing=("month-*",))
    before = benchmark.wanting(tmp_path)
    (tmp_path / "month-40000").mkdir()
    with (tmp_path / "month-40000" / "table").open("wb") as file:
        file.truncate(500_000_000_000)  # takes no room itself
    assert before - benchmark.wanting(tmp_path) == pytest.approx(500, abs=5)


def test_two_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(SystemExit, match="another benchmark is at work"), alone_in(tmp_path):
        pytest.fail("two at once")
    with alone_in(tmp_path):
        pass


def test_what_other_code_made_is_made_anew_and_nothing_else_goes(tmp_path: Path) -> None:
    forget_others(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "county-1000000x1").symlink_to(tmp_path / "elsewhere")
    for name in ("county-20000x1", "landing-settlements-300000", "month-40000", "county-backup"):
        (tmp_path / name).mkdir()
    (tmp_path / "settlements-300000.csv").touch()
    before = {path.name for path in tmp_path.iterdir()}
    forget_others(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before
    (tmp_path / "made_by.sha256").write_text("others", encoding="ascii")
    forget_others(tmp_path)
    kept = {"month-40000", "county-backup", "elsewhere", "made_by.sha256"}
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_the_middle_lap_is_told_and_of_two_the_faster() -> None:
    laps = [Lap(seconds, seconds, 1) for seconds in (3.0, 1.0, 2.0)]
    assert [middle(laps)[name] for name in ("laps", "seconds", "fastest", "slowest")] == [3, 2.0, 1.0, 3.0]
    assert middle(laps[:2])["seconds"] == 1.0


def test_what_doubles_with_its_size_grows_with_the_power_of_one() -> None:
    assert exponent({500: 7.0, 1_000: 14.0, 2_000: 28.0}) == 1.0
    assert exponent({1_000: 10.0, 2_000: 40.0}) == 2.0


def test_the_newest_record_of_a_size_counts(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    for size, seconds in (("bench", 2), ("long", 9), ("bench", 1)):
        record("reads", size, {"at": "2025-01-01"}, {"seconds": seconds}, results)
    found = newest(results)
    assert {size: line["figures"] for (_, size), line in found.items()} == {
        "bench": {"seconds": 1},
        "long": {"seconds": 9},
    }


def test_a_damaged_line_is_named_and_costs_no_other(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    with pytest.raises(InputError, match="no results"):
        newest(results)
    results.write_text(json.dumps({"benchmark": "reads"})[:9], encoding="utf-8")
    record("reads", "bench", {}, {}, results)
    with pytest.raises(InputError, match="line 1 of"):
        newest(results)
    assert len(results.read_text(encoding="utf-8").splitlines()) == 2
