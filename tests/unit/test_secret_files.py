"""Files for their owner alone appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from hearth.secret_files import made_whole

NAME = "死亡人员信息_202501（退回）.xlsx"


def test_a_file_that_was_cut_off_while_it_was_written_is_not_there(tmp_path: Path) -> None:
    """A workbook for a sender stood there empty after a kill, and the next command left it as it was."""
    file = tmp_path / NAME
    child = os.fork()
    if child == 0:
        with made_whole(file) as writing:
            writing.write_text("half", encoding="utf-8")
            os._exit(9)
    os.waitpid(child, 0)
    assert not file.exists()
    with made_whole(file) as writing:
        writing.write_text("whole", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (file.read_text(encoding="utf-8"), stat.S_IMODE(file.stat().st_mode)) == ("whole", 0o600)


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), made_whole(tmp_path / NAME):
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []
