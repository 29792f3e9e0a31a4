"""Where an instance's settings come from, and which of them outlive a command."""

from pathlib import Path

import pytest

from hearth.errors import InputError, UsageError
from hearth.settings import PROJECT_ROOT, load_settings, remember


def test_without_anything_said_the_state_lies_in_the_project() -> None:
    assert load_settings({}).home == PROJECT_ROOT / ".hearth"


def test_an_empty_variable_says_nothing() -> None:
    assert load_settings({"HEARTH_HOME": "", "HEARTH_DATABASE_URL": ""}) == load_settings({})


def test_the_processs_own_environment_does_not_leak_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_DATABASE_URL", "postgresql://elsewhere/hearth")
    assert load_settings({}).is_embedded


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"HEARTH_HOME": "here"}, landing=Path("there"))
    assert (settings.home, settings.landing) == (tmp_path / "here", tmp_path / "there")


def test_later_commands_see_the_remembered_folders_until_told_otherwise(tmp_path: Path) -> None:
    environ = {"HEARTH_HOME": str(tmp_path / "home")}
    remember(load_settings(environ, landing=tmp_path / '交"付', county_file=tmp_path / "county.toml"))
    assert load_settings(environ).landing == tmp_path / '交"付'
    assert load_settings(environ, landing=tmp_path / "other").landing == tmp_path / "other"
    assert load_settings(environ, landing=tmp_path / "other").county_file == tmp_path / "county.toml"


def test_a_damaged_memory_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "instance.toml").write_text("landing = ", encoding="utf-8")
    with pytest.raises(InputError, match=r"instance\.toml is damaged"):
        load_settings({"HEARTH_HOME": str(tmp_path)})


@pytest.mark.parametrize("day", ["0", "29", "soon"])
def test_an_impossible_deadline_names_its_variable(day: str) -> None:
    with pytest.raises(UsageError, match="HEARTH_DEADLINE_DAY"):
        load_settings({"HEARTH_DEADLINE_DAY": day})


def test_secrets_are_nobody_elses(tmp_path: Path) -> None:
    assert load_settings({"HEARTH_HOME": str(tmp_path / "home")}).secrets_dir.stat().st_mode & 0o777 == 0o700


def test_a_long_lived_process_is_told_the_instance_and_not_the_folders(tmp_path: Path) -> None:
    environ = {"HEARTH_HOME": str(tmp_path), "HEARTH_LANDING": str(tmp_path / "landing")}
    assert load_settings(environ).environment() == {"HEARTH_HOME": str(tmp_path)}
