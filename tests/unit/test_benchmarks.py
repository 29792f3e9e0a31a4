"""How the benchmarks run a lap, whatever the settings of whoever measures, and what they keep of it."""

import json
from pathlib import Path

import psutil
import pytest

from benchmarks.builds import exponent
from benchmarks.data import forget_others
from benchmarks.race import Contender, Lap, LapFailed, environment_of, middle, run_lap
from benchmarks.recording import newest, record
from hearth.errors import InputError


def test_a_lap_knows_nothing_of_the_countys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A county's database in the settings of whoever measures was where laps created their tables."""
    monkeypatch.setenv("HEARTH_DATABASE_URL", "postgresql://county/hearth")
    monkeypatch.setenv("HEARTH_COUNTY_FILE", "county.toml")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = environment_of(tmp_path)
    own = {name: value for name, value in environment.items() if name.startswith("HEARTH_")}
    assert own == {"HEARTH_HOME": str(tmp_path)}
    assert environment["LANG"] == "C.UTF-8"


def test_a_lap_that_fails_leaves_all_that_it_said(tmp_path: Path) -> None:
    home = tmp_path / "lap"
    with pytest.raises(LapFailed, match="nobody ended with 1") as failure:
        run_lap(Contender("nobody", "benchmarks.nobody", ()), home)
    assert str(tmp_path / "failed.log") in str(failure.value)
    assert "benchmarks.nobody" in (tmp_path / "failed.log").read_text(encoding="utf-8")


def test_who_interrupts_a_lap_leaves_nobody_at_work(tmp_path: Path) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    before = {child.pid for child in psutil.Process().children()}
    server = Contender("a server", "http.server", ("--bind", "127.0.0.1", "0"))
    with pytest.raises(KeyboardInterrupt):
        run_lap(server, tmp_path, interrupt)
    assert {child.pid for child in psutil.Process().children()} <= before


def test_a_county_of_another_version_is_made_anew(tmp_path: Path) -> None:
    forget_others(tmp_path)
    (tmp_path / "county-20000x1").mkdir()
    (tmp_path / "settlements-300000.csv").touch()
    (tmp_path / "month-40000").mkdir()
    forget_others(tmp_path)
    assert (tmp_path / "county-20000x1").exists()
    (tmp_path / "synthesis.sha256").write_text("another", encoding="ascii")
    forget_others(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"month-40000", "synthesis.sha256"}


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


def test_a_damaged_line_is_named_and_so_is_a_missing_file(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    with pytest.raises(InputError, match="no results"):
        newest(results)
    record("reads", "bench", {}, {}, results)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"benchmark": "reads"})[:9] + "\n")
    with pytest.raises(InputError, match="line 2 of"):
        newest(results)
