"""The command line on its own: help everywhere, and one clear line for whatever is wrong."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

HEARTH = Path(sys.executable).with_name("hearth")
COMMANDS = (
    ("run",), ("load",), ("build",), ("check",), ("status",), ("synth",), ("up",), ("down",), ("sql",), ("url",),
    ("deliveries",), ("deliveries", "list"), ("deliveries", "show"), ("deliveries", "release"),
    ("deliveries", "reject"), ("explain",),
)  # fmt: skip


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HEARTH_", "AIRFLOW"))}
    return {**inherited, "HEARTH_HOME": str(tmp_path / "home")}


def hearth(environ: Mapping[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(HEARTH), *map(str, arguments)],
        env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def complaint(environ: Mapping[str, str], status: int, *arguments: str | Path) -> str:
    """What a command that fails says, after making sure that it says it well."""
    done = hearth(environ, *arguments)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(environ: dict[str, str], command: Sequence[str]) -> None:
    done = hearth(environ, *command, "--help")
    assert done.returncode == 0
    assert f"Usage: hearth {' '.join(command)}" in done.stdout


def test_the_list_of_commands_is_complete_and_says_what_exit_statuses_mean(environ: dict[str, str]) -> None:
    shown = hearth(environ, "--help").stdout
    assert all(command[0] in shown for command in COMMANDS)
    assert "Exit status" in shown


def test_help_is_quick(environ: dict[str, str]) -> None:
    """The user's time of the process, which does not depend on who else uses the machine."""
    hearth(environ, "--help")
    before = os.times().children_user
    began = time.monotonic()
    hearth(environ, "--help")
    assert min(os.times().children_user - before, time.monotonic() - began) < 0.5


def test_an_unknown_option_is_wrong_usage(environ: dict[str, str]) -> None:
    assert "--colour" in complaint(environ, 2, "status", "--colour")


def test_an_unknown_command_is_wrong_usage(environ: dict[str, str]) -> None:
    assert "burn" in complaint(environ, 2, "burn")


@pytest.mark.parametrize("months", ["2025", "202513", "spring", "202501;202502", ","])
def test_a_month_that_is_none(environ: dict[str, str], tmp_path: Path, months: str) -> None:
    assert "202501" in complaint(environ, 2, "run", "--landing", tmp_path, "--months", months)


def test_a_landing_folder_that_is_not_there(environ: dict[str, str], tmp_path: Path) -> None:
    assert "nowhere" in complaint(environ, 3, "run", "--landing", tmp_path / "nowhere")
    assert "nowhere" in complaint(environ, 3, "load", "--landing", tmp_path / "nowhere")


def test_a_landing_folder_without_deliveries(environ: dict[str, str], tmp_path: Path) -> None:
    assert "no deliveries" in complaint(environ, 3, "run", "--landing", tmp_path)


def test_no_landing_folder_at_all(environ: dict[str, str]) -> None:
    assert "--landing" in complaint(environ, 3, "run")


def test_a_month_nobody_delivered(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "landing" / "registry" / "202501").mkdir(parents=True)
    assert "202507" in complaint(environ, 3, "run", "--landing", tmp_path / "landing", "--months", "202507")


def test_faulty_parameter_and_county_files_are_found_before_anything_starts(
    environ: dict[str, str], tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    (landing / "registry" / "202501").mkdir(parents=True)
    faulty = tmp_path / "faulty"
    faulty.write_text("income_line = [", encoding="utf-8")
    complaint(environ, 3, "run", "--landing", landing, "--parameters", faulty)
    complaint(environ, 3, "run", "--landing", landing, "--county", faulty)
    complaint(environ, 3, "run", "--landing", landing, "--county", tmp_path / "nowhere.toml")
    assert not (tmp_path / "home" / "postgres").exists()


def test_a_file_where_the_home_should_be(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    assert "home" in complaint(environ, 1, "up", "--database-only")


def test_an_unknown_source(environ: dict[str, str], tmp_path: Path) -> None:
    assert "medical_insurance" in complaint(environ, 2, "load", "--landing", tmp_path, "--source", "medicine")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--status", "lost", "accepted"), ("--source", "medicine", "medical_insurance"), ("--month", "202513", "202501")],
)
def test_a_filter_of_deliveries_that_fits_nothing(environ: dict[str, str], option: str, value: str, said: str) -> None:
    assert said in complaint(environ, 2, "deliveries", "list", option, value)


def test_url_before_the_first_start_says_so_and_starts_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    assert "never started" in complaint(environ, 4, "url")
    assert not (tmp_path / "home" / "postgres").exists()


def test_an_unknown_role(environ: dict[str, str]) -> None:
    assert "caseworker" in complaint(environ, 2, "url", "--role", "mayor")


def test_status_of_what_never_ran(environ: dict[str, str]) -> None:
    done = hearth(environ, "status")
    assert done.returncode == 0
    assert "down" in done.stdout
    found = json.loads(hearth(environ, "status", "--json", "--month", "202501").stdout)
    assert not found["database"]["is_running"]
    assert found["database"]["reason"] in done.stdout.replace("\n", " ")
    assert [found[name] for name in ("warehouse", "overview", "arrivals", "failed_expectations")] == [None, [], [], []]


@pytest.mark.parametrize("month", ["2025", "202513", "202501,202502"])
def test_status_of_no_single_month(environ: dict[str, str], month: str) -> None:
    assert "month" in complaint(environ, 2, "status", "--month", month)


def test_down_when_nothing_runs(environ: dict[str, str]) -> None:
    assert hearth(environ, "down").stdout == "nothing was running\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nonsense", "is not a URL"),
        ("mysql://user:sesame@127.0.0.1/hearth", "PostgreSQL"),
        ("postgresql://user:sesame@127.0.0.1:1/hearth", "does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    environ: dict[str, str], given: str, said: str
) -> None:
    message = complaint({**environ, "HEARTH_DATABASE_URL": given}, 4, "deliveries", "list")
    assert said in message
    assert "sesame" not in message


def test_synth_does_not_write_over_something(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("", encoding="utf-8")
    assert "not an empty folder" in complaint(environ, 3, "synth", tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--households", "5", "100 to 1,000,000"),
        ("--months", "0", "1 to 60"),
        ("--months", "x", "1 to 60"),
        ("--seed", "-1", "from 0"),
        ("--counties", "30", "at least 100"),
        ("--first-month", "202513", "202501"),
        ("--first-month", "209911", "209912"),
        ("--dirt", "inf", "0 to 10"),
        ("--fault", "password", "0 to 1"),
        ("--fault", "nope=1", "--list-faults"),
        ("--layout", "odd", "gb18030"),
    ],
)
def test_synth_with_what_cannot_be(
    environ: dict[str, str], tmp_path: Path, option: str, value: str, allowed: str
) -> None:
    message = complaint(environ, 2, "synth", tmp_path / "county", option, value)
    assert allowed in message
    assert len(message.splitlines()) == 1
    assert not (tmp_path / "county").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_synth_where_the_account_may_not_write(environ: dict[str, str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "not allowed" in complaint(environ, 3, "synth", tmp_path / "county", "--households", "100")


def test_synth_says_in_chinese_what_is_allowed(environ: dict[str, str], tmp_path: Path) -> None:
    chinese = {**environ, "LC_ALL": "zh_CN.UTF-8"}
    assert "应为 100 到 1000000 之间的整数" in complaint(chinese, 2, "synth", tmp_path / "county", "--households", "5")


def test_synth_into_what_is_no_folder(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept", encoding="utf-8")
    assert "is a file" in complaint(environ, 3, "synth", tmp_path / "mine")
    assert "cannot be written" in complaint(environ, 3, "synth", tmp_path / "mine" / "county", "--households", "100")
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "kept"
