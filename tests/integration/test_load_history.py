"""What `ops.load_runs` tells of loads that were cut off, and of two at once: each file is in one row."""

from pathlib import Path

import pytest

from hearth.loading.history import load_recorded
from hearth.loading.load import load_source
from hearth.settings import Settings
from tests.integration.support import DEATHS, ask, deaths, write_csv

COUNTED = "select sum(accepted), count(*) from ops.load_runs where source = 'civil_affairs' and outcome = 'done'"


@pytest.fixture
def landing(tmp_path: Path, fresh: Settings, every_gate_passes: None) -> Path:
    """Two files for an empty warehouse."""
    for rows, part in ((3, "甲镇"), (4, "乙镇")):
        write_csv(tmp_path, f"civil_affairs/202501/死亡人员信息_{part}.csv", DEATHS, deaths(rows))
    return tmp_path


def test_what_a_load_had_registered_when_it_was_cut_off_is_told_with_the_next_one(
    instance: Settings, landing: Path
) -> None:
    """A load that was killed left its files in no row."""
    load_source(instance, "civil_affairs", landing=landing)  # and killed before anything was noted
    with load_recorded(instance, "civil_affairs"):
        load_source(instance, "civil_affairs", landing=landing)
    assert ask(instance, COUNTED) == [(2, 1)]


def test_a_load_that_waited_for_another_does_not_tell_of_its_files_again(instance: Settings, landing: Path) -> None:
    with load_recorded(instance, "civil_affairs"), load_recorded(instance, "civil_affairs"):
        load_source(instance, "civil_affairs", landing=landing)
    assert ask(instance, COUNTED) == [(2, 1)]
    write_csv(landing, "civil_affairs/202501/死亡人员信息_丙镇.csv", DEATHS, deaths(5))
    with load_recorded(instance, "civil_affairs"):
        load_source(instance, "civil_affairs", landing=landing)
    assert ask(instance, COUNTED) == [(3, 2)]
