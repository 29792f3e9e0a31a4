"""Logs that are put aside or deleted, and those that stay."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hearth.orchestration.log_rotation import GENERATIONS, KEPT, LARGEST, rotate
from hearth.settings import Settings


def test_a_large_log_is_put_aside_while_its_service_goes_on_writing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    log = settings.logs_dir / "airflow-page.log"
    (settings.logs_dir / "small.log").write_text("short", encoding="utf-8")
    with log.open("ab") as service:
        for number in range(GENERATIONS + 2):
            service.write(f"{number}".encode() * (LARGEST + 1))
            service.flush()
            rotate(settings)
        service.write(b"after")
    assert log.read_bytes() == b"after"
    kept = sorted(settings.logs_dir.glob("airflow-page.log.*"))
    assert [file.read_bytes()[:1] for file in kept] == [b"6", b"5", b"4", b"3", b"2"]
    assert (settings.logs_dir / "small.log").read_text(encoding="utf-8") == "short"


def test_old_logs_of_tasks_go_with_the_folders_they_leave_empty(tmp_path: Path) -> None:
    settings, now = Settings(home=tmp_path), datetime.now(UTC)
    folder = settings.airflow_home / "logs"
    old, fresh = folder / "dag_id=a/run_id=1/attempt=1.log", folder / "dag_id=a/run_id=2/attempt=1.log"
    for file, age in ((old, KEPT + timedelta(days=1)), (fresh, KEPT - timedelta(days=1))):
        file.parent.mkdir(parents=True)
        file.write_text("said", encoding="utf-8")
        moment = (now - age).timestamp()
        os.utime(file, (moment, moment))
    waiting = folder / "dag_id=b"
    waiting.mkdir()
    assert "1 old ones deleted" in rotate(settings, now)
    assert not old.parent.exists()
    assert fresh.exists()
    assert waiting.is_dir(), "a folder that a task has just made"
