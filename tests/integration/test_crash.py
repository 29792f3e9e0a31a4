"""Loads that are killed at statements drawn at random, and the servers under them: the next load makes it all good.

The short form of `make crash` (tests/reliability): loads and decisions of one department. `tests/functional` has a
build.
"""

import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hearth.database import server
from hearth.database.engine import connect
from hearth.loading.load import load_source
from hearth.settings import Settings
from tests.integration.support import DEATHS, POVERTY, ask, begin_anew, deaths, poverty, write_csv
from tests.reliability import remains
from tests.reliability.county import HOOK

pytestmark = pytest.mark.usefixtures("every_gate_passes")

SEED = 20250101
POINTS = 2

LOAD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from hearth.errors import HearthError
    from hearth.gating import GateResult
    from hearth.loading import load
    from hearth.settings import load_settings

    load.gate_delivery = lambda *_: GateResult(passed=True)
    try:
        load.load_source(load_settings(), "civil_affairs", landing=Path(sys.argv[1]))
    except HearthError as error:
        sys.exit(error.exit_code)
    """
)


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Files for three fates: accepted with a row in quarantine, held because of its name's count, rejected."""
    folder = tmp_path / "landing"
    faulty = ["虚构丙", "", "2025-02-30", "医院"]
    write_csv(folder, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, [*deaths(20), faulty])
    write_csv(folder, "civil_affairs/202501/特困人员供养名册_202501_9人.csv", POVERTY, poverty(30))
    write_csv(folder, "civil_affairs/202502/死亡人员信息_202502.csv", DEATHS[:2], [row[:2] for row in deaths(3)])
    return folder


def load_until(settings: Settings, landing: Path, hook: str) -> int:
    """Load in a process with the hook; its exit code."""
    path = os.pathsep.join((str(HOOK), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, **settings.environment(), "HEARTH_CRASH": hook, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-c", LOAD, str(landing)], env=environment, check=False).returncode


def contents(settings: Settings) -> dict[str, str]:
    with connect(settings) as connection:
        return remains.contents(connection)


@pytest.mark.parametrize("victim", ["process", "server"])
def test_a_load_that_was_killed_ends_as_if_nothing_had_been(
    instance: Settings, landing: Path, tmp_path: Path, victim: str
) -> None:
    begin_anew(instance)
    assert load_until(instance, landing, f"nobody:0:{tmp_path / 'all'}") == 0
    expected, statements = contents(instance), (tmp_path / "all").stat().st_size
    fates = dict(ask(instance, "select status, count(*) from ops.deliveries group by 1"))
    assert fates == {"accepted": 1, "held": 1, "rejected": 1}
    for at in random.Random(SEED).sample(range(1, statements + 1), POINTS):
        begin_anew(instance)
        who = victim if victim == "process" else str(instance.postgres_dir / "data" / "postmaster.pid")
        code = load_until(instance, landing, f"{who}:{at}:{tmp_path / str(at)}")
        server.ensure_running(instance)
        was_at_its_end = victim == "server" and at == statements and code == 0
        assert was_at_its_end or code == (-9 if victim == "process" else 4), f"statement {at} of {statements}"
        load_source(instance, "civil_affairs", landing=landing)
        assert contents(instance) == expected, f"killed at statement {at} of {statements}"


def test_what_is_compared_sees_a_row_that_is_missing_and_what_nobody_owns(
    instance: Settings, landing: Path, tmp_path: Path
) -> None:
    begin_anew(instance)
    load_source(instance, "civil_affairs", landing=landing)
    whole = contents(instance)
    with connect(instance) as connection:
        connection.execute("delete from restricted.quarantine")
        connection.execute("create table marts.fct_household_month__next ()")
        assert {name for name, digest in remains.contents(connection).items() if whole.get(name) != digest} == {
            "restricted.quarantine",
            "marts.fct_household_month__next",
        }
        strays = remains.left_over(connection, instance.home, tmp_path, remains.files(instance.home, tmp_path))
        assert "relation marts.fct_household_month__next" in strays
        connection.rollback()
