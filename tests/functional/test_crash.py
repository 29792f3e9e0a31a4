"""A build that is killed on its way, and one whose server stops at once: the month is built again, as it was before.

The short form of `make crash` (tests/reliability) for builds; tests/integration/test_crash.py has loads.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hearth.database.engine import connect
from hearth.settings import load_settings
from tests.functional.instance import HEARTH, Instance
from tests.integration.support import DEATHS, deaths, write_csv
from tests.reliability import remains

MONTH = "202502"
COUNTS_BUILDS = "months"


def contents(instance: Instance) -> dict[str, str]:
    """Everything but how often months were published."""
    with connect(load_settings({"HEARTH_HOME": str(instance.home)})) as connection:
        found = remains.contents(connection)
    return {name: digest for name, digest in found.items() if name != COUNTS_BUILDS}


def begun(instance: Instance, *command: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "HEARTH_HOME": str(instance.home)}
    return subprocess.Popen(
        [str(HEARTH), *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def killed_when(instance: Instance, step: str) -> int:
    """Begin a forced build and kill it once it is in that step; its exit code."""
    process = begun(instance, "build", "--month", MONTH, "--force")
    under_way = (
        "select count(*) from ops.current_build inner join ops.builds using (build_id) where status = 'building'"
    )
    transformed = f"{under_way} and exists (select from ops.steps where steps.build_id = builds.build_id)"
    while process.poll() is None and not instance.rows(transformed if step == "gate" else under_way)[0][0]:
        time.sleep(0.1)
    process.kill()
    return process.wait()


def twice_at_once(instance: Instance, *arguments: str) -> list[str]:
    """Two processes of one command side by side, both of which end well; what they printed."""
    environment = {**os.environ, "HEARTH_HOME": str(instance.home)}
    with ThreadPoolExecutor() as threads:
        ended = list(threads.map(lambda _: subprocess.run([str(HEARTH), *arguments], env=environment, check=False,
                                                          capture_output=True, text=True), range(2)))  # fmt: skip
    assert [one.returncode for one in ended] == [0, 0], ended
    return [one.stdout for one in ended]


def test_two_builds_of_one_month_at_once_take_turns(direct_county: Instance) -> None:
    before = contents(direct_county)
    said = twice_at_once(direct_county, "build", "--month", MONTH, "--force")
    assert all(f"{MONTH} published" in words for words in said)
    assert contents(direct_county) == before
    last_two = "select started_at, finished_at, status from ops.builds order by build_id desc limit 2"
    (later, _, _), (_, ended, _) = found = direct_county.rows(last_two)
    assert [status for *_, status in found] == ["published", "published"] and ended <= later


def test_two_loads_of_one_folder_at_once_register_it_once(
    make_instance: Callable[[str], Instance], folder: Path
) -> None:
    instance, landing = make_instance("two_loads"), folder / "landing"
    write_csv(landing, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, deaths(30))
    twice_at_once(instance, "load", "--landing", str(landing), "--source", "civil_affairs")
    assert instance.rows("select status, count(*) from ops.deliveries group by 1") == [("accepted", 1)]
    assert instance.rows("select count(*) from raw.civil_affairs__deaths") == [(30,)]


@pytest.mark.parametrize("step", ["transform", "gate"])
def test_a_month_whose_build_was_killed_is_built_again_and_is_the_same(direct_county: Instance, step: str) -> None:
    before = contents(direct_county)
    assert killed_when(direct_county, step) == -9
    assert contents(direct_county) == before
    if step == "gate":
        os.kill(int((direct_county.home / "postgres/data/postmaster.pid").read_text(encoding="utf-8").split()[0]), 3)
    assert "published" in direct_county.hearth("build", "--month", MONTH)
    assert contents(direct_county) == before
    assert direct_county.rows("select count(*) from ops.builds where status = 'building'") == [(0,)]


def test_an_interrupted_backfill_begins_no_other_month(direct_county: Instance) -> None:
    """dbt hands an interrupt over as a failure of its own: the month was called failed, and the next one begun."""
    before = contents(direct_county)
    builds = direct_county.rows("select count(*) from ops.builds")[0][0]
    process = begun(direct_county, "backfill", "--from", "202501", "--to", "202503", "--force", "--direct")
    at_work = "select count(*) from pg_stat_activity where application_name = 'dbt' and state = 'active'"
    while process.poll() is None and not direct_county.rows(at_work)[0][0]:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert direct_county.rows("select count(*) from ops.builds")[0][0] == builds + 1
    newest = "select status, message from ops.builds order by build_id desc limit 1"
    assert [tuple(row) for row in direct_county.rows(newest)] == [("failed", "interrupted")]
    assert "published" in direct_county.hearth("build", "--month", "202501")
    assert contents(direct_county) == before
