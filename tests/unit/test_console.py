"""What a command prints to somebody who stops reading."""

from __future__ import annotations

import subprocess
import sys


def test_a_reader_who_stops_is_no_error_of_ours() -> None:
    program = "from hearth.cli.console import terminal\nfor _ in range(99_999): terminal().print('x')"
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    assert b"BrokenPipeError" in writer.stderr.read(), "the entry point gives it its exit status"
    writer.wait()
