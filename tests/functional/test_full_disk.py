"""A month whose build has no room: it stays as it was published, the operator is told, and it is built with room."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.functional.instance import HEARTH, Instance
from tests.integration.support import disk_of, room

MONTH = "202501"


def test_a_build_without_room_is_told_and_the_month_stays(tmp_path: Path) -> None:
    """On a full disk dbt's log could not be written either, with four tracebacks; then the server was gone."""
    county = tmp_path / "county"
    with disk_of(tmp_path / "disk", megabytes=400) as disk:
        instance = Instance(disk / "home")
        instance.hearth("synth", county, "--households", "100", "--months", "1")
        parameters = county / "config" / "rule_parameters.csv"
        instance.hearth("run", "--direct", "--landing", county / "landing", "--parameters", parameters)
        published = instance.fact_rows()
        (disk / "ballast").write_bytes(bytes(room(disk) - 2_000_000))
        _build_tells(instance, (4, 7), "ake room", "腾出空间")
        (disk / "ballast").unlink()
        assert "published" in instance.hearth("build", "--month", MONTH, "--force")
        assert instance.fact_rows() == published
        _set(instance, "set temp_file_limit = 0", "set work_mem = '64kB'")
        _build_tells(instance, (5,), "Sorts and joins need", "排序和表连接所需")
        assert instance.fact_rows() == published
        _set(instance, "reset all")
        assert "published" in instance.hearth("build", "--month", MONTH, "--force")
        assert instance.fact_rows() == published
        instance.hearth("down")


def _build_tells(instance: Instance, codes: tuple[int, ...], english: str, chinese: str) -> None:
    for locale, words in (("C.UTF-8", english), ("zh_CN.UTF-8", chinese)):
        environment = {**os.environ, "HEARTH_HOME": str(instance.home), "LC_ALL": locale}
        command = [str(HEARTH), "build", "--month", MONTH, "--force"]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode in codes and "Traceback" not in ended.stderr, ended.stderr
        assert words in ended.stderr


def _set(instance: Instance, *settings: str) -> None:
    engine = create_engine(instance.url()).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in settings:
            connection.execute(text(f"alter role transformer {setting}"))
    engine.dispose()
