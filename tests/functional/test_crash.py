"""A build that is killed on its way, and one whose server stops at once: the month is built again, as it was before.

The short form of `make crash` (tests/reliability) for builds; tests/integration/test_crash.py has loads.
"""

import os
import signal
import subprocess
import time

import pytest

from hearth.database.engine import connect
from hearth.settings import load_settings
from tests.functional.instance import HEARTH, Instance
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
    assert "published" in direct_county.hearth("build", "--month", "202501")
    assert contents(direct_county) == before
