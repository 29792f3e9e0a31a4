"""What a command prints to somebody who stops reading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hearth.cli import console
from hearth.cli.entry import BROKEN_PIPE
from hearth.language import speaking


def test_a_reader_who_stops_is_no_error_of_ours() -> None:
    program = "from hearth.cli.console import terminal\nfor _ in range(99_999): terminal().print('x')"
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    assert b"BrokenPipeError" in writer.stderr.read(), "the entry point gives it its exit status"
    writer.wait()


@pytest.mark.parametrize(
    ("files", "told"),
    [(None, "building 202501 · 0 s"), (0, "building 202501 · reading the first files · 0 s"),
     (1, "building 202501 · 1 file done · 0 s"), (2, "building 202501 · 2 files done · 0 s")],
)  # fmt: skip
def test_the_moving_line_says_nothing_of_files_that_were_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: int | None, told: str
) -> None:
    monkeypatch.setattr(console, "SECONDS_BETWEEN_LINES", -1)
    lines = console.Lines(console.terminal())
    with speaking(chinese=False):
        lines.tick("building 202501", files)
    assert capsys.readouterr().out == told + "\n"


def test_nobody_reads_on_is_one_exit_status_for_what_is_echoed_too() -> None:
    hearth = Path(sys.executable).with_name("hearth")
    with subprocess.Popen([hearth, "synth", "--list-faults"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.close()
        assert writer.stderr
        assert writer.stderr.read() == b""
    assert writer.returncode == BROKEN_PIPE
