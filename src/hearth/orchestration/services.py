"""Long-lived processes of an instance, found again by later commands through a record of pid and start time.

A service is a session of its own: whatever it forks stays in the session, so that the children of a
killed service can be found and ended, and nothing else ever is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from hearth.settings import Settings

CLOCK_SLACK = 0.05  # the kernel counts start times in hundredths of a second


@dataclass(frozen=True)
class Service:
    """One long-lived process, by the name of its record and log."""

    settings: Settings
    name: str

    @property
    def log(self) -> Path:
        """What the process prints."""
        return self.settings.logs_dir / f"{self.name}.log"

    @property
    def _record(self) -> Path:
        return self.settings.run_dir / f"{self.name}.json"

    def process(self) -> psutil.Process | None:
        """The running process, or None; a pid that meanwhile belongs to another process does not count."""
        found = self._recorded()
        if found is None:
            return None
        pid, started = found
        try:
            process = psutil.Process(pid)
            is_same = abs(process.create_time() - started) < CLOCK_SLACK
            return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def is_current(self, version: str) -> bool:
        """Whether the process runs and was started as this version of program and settings."""
        return self.process() is not None and self._read().get("version") == version

    def start(self, command: Sequence[str], environ: Mapping[str, str], version: str = "") -> subprocess.Popen[bytes]:
        """Start the process, detached; anything left of a killed predecessor ends first."""
        self._end_session()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.settings.home,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started = psutil.Process(process.pid).create_time()
        record = {"pid": process.pid, "started": started, "version": version}
        self._record.write_text(json.dumps(record), encoding="utf-8")
        return process

    def stop(self, seconds: float = 20) -> bool:
        """End the process and its children, gently first. False when nothing was running."""
        process = self.process()
        if process is not None:
            _signalled(process, signal.SIGTERM)
            psutil.wait_procs([process], timeout=seconds)
        self._end_session()
        self._record.unlink(missing_ok=True)
        return process is not None

    def _recorded(self) -> tuple[int, float] | None:
        found = self._read()
        try:
            return int(found["pid"]), float(found["started"])
        except (KeyError, ValueError, TypeError):
            return None

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _end_session(self) -> None:
        members = self._session()
        for process in members:
            _signalled(process, signal.SIGKILL)
        psutil.wait_procs(members, timeout=10)

    def _session(self) -> list[psutil.Process]:
        found = self._recorded()
        if found is None:
            return []
        leader, started = found
        return [process for process in psutil.process_iter() if _belongs(process, leader, started)]


def _belongs(process: psutil.Process, leader: int, started: float) -> bool:
    try:
        return os.getsid(process.pid) == leader and process.create_time() >= started - CLOCK_SLACK
    except (OSError, psutil.Error):
        return False


def _signalled(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        pass
