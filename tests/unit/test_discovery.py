"""What lies in a landing folder and cannot be read as a file: found, told of, never opened, never followed."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hearth.contracts import SOURCES
from hearth.loading.discovery import Landed, discover, discover_strays, landed_months
from hearth.loading.listing import why_listed
from hearth.reading.problems import DeliveryProblem

NOBODY = 65_534
CIVIL_AFFAIRS = next(source for source in SOURCES if source.name == "civil_affairs")
NAMES = [source.name for source in SOURCES]
FILE = "死亡人员信息_202501.csv"


@pytest.fixture
def landing() -> Iterator[Path]:
    """A landing folder with a month, where every account may look."""
    top = Path(tempfile.mkdtemp())
    top.chmod(0o755)
    (top / "landing" / "civil_affairs" / "202501").mkdir(parents=True)
    yield top / "landing"
    shutil.rmtree(top)


@pytest.fixture
def month(landing: Path) -> Path:
    return landing / "civil_affairs" / "202501"


@contextmanager
def ordinary_account() -> Iterator[None]:
    """Root may read everything; whoever else runs the tests is an ordinary account already."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def found(landing: Path) -> list[Landed]:
    return discover(landing, CIVIL_AFFAIRS)


def refusal(landing: Path) -> DeliveryProblem:
    """Why the one thing in the folder, which is named like a delivery, cannot be read."""
    [file] = found(landing)
    assert file.name is not None
    with pytest.raises(DeliveryProblem) as problem:
        file.require_readable()
    return problem.value


def test_a_pipe_is_refused_and_not_waited_for(landing: Path, month: Path) -> None:
    os.mkfifo(month / FILE)
    problem = refusal(landing)
    assert problem.code == "not_a_file"
    assert "命名管道" in problem.zh
    assert "a named pipe" in problem.en


def test_a_socket_is_refused(landing: Path, month: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(month / "特困.csv"))
        (month / "特困.csv").rename(month / FILE)
        assert "a socket" in refusal(landing).en


def test_a_folder_named_like_a_file_is_refused_and_its_files_are_listed(landing: Path, month: Path) -> None:
    (month / FILE).mkdir()
    (month / FILE / "inside.csv").touch()
    folder, inside = found(landing)
    assert (folder.name is not None, inside.name) == (True, None)
    with pytest.raises(DeliveryProblem, match="a folder"):
        folder.require_readable()


def test_a_folder_that_simply_holds_files_is_none_of_them(landing: Path, month: Path) -> None:
    (month / "虚构镇" / "甲村").mkdir(parents=True)
    (month / "虚构镇" / FILE).touch()
    [file] = found(landing)
    assert file.relative_path == f"civil_affairs/202501/虚构镇/{FILE}"
    assert file.name is None


def test_a_link_is_followed_within_the_landing_folder_only(landing: Path, month: Path) -> None:
    secret = landing.parent / "secret.csv"
    secret.write_text("姓名\n", encoding="utf-8")
    (month / FILE).symlink_to(secret)
    assert refusal(landing).code == "leads_outside"
    (month / FILE).unlink()
    (landing / "kept.csv").write_text("姓名\n", encoding="utf-8")
    (month / FILE).symlink_to("../../kept.csv")
    [file] = found(landing)
    file.require_readable()
    assert file.digest()


@pytest.mark.parametrize("target", ["nowhere.csv", FILE, "/dev/null"])
def test_a_link_to_nowhere_to_itself_or_to_a_device_is_refused(landing: Path, month: Path, target: str) -> None:
    (month / FILE).symlink_to(target)
    assert refusal(landing).code == ("leads_outside" if target.startswith("/") else "leads_nowhere")


@pytest.mark.parametrize("place", ["civil_affairs/202502", "education", "civil_affairs/202501/虚构镇"])
def test_a_link_to_a_folder_is_listed_and_not_followed(landing: Path, place: str) -> None:
    outside = landing.parent / "outside" / "202501"
    outside.mkdir(parents=True)
    (outside / FILE).touch()
    (landing / place).symlink_to(outside)
    listed = [*found(landing), *discover_strays(landing, NAMES)]
    assert [file.relative_path for file in listed] == [place]
    assert "link to a folder" in why_listed(listed[0], None).en
    assert landed_months(landing, NAMES) == ["202501"]


def test_a_file_in_a_sources_place_is_a_stray(landing: Path) -> None:
    (landing / "water").touch()
    assert [file.relative_path for file in discover_strays(landing, NAMES)] == ["water"]


def test_a_file_without_permission_is_refused(landing: Path, month: Path) -> None:
    (month / FILE).touch(mode=0o000)
    with ordinary_account():
        assert refusal(landing).code == "no_permission"


@pytest.mark.parametrize("place", ["civil_affairs", "civil_affairs/202501"])
def test_a_folder_without_permission_is_listed(landing: Path, place: str) -> None:
    (landing / place).chmod(0o000)
    with ordinary_account():
        [folder] = found(landing)
        assert (folder.relative_path, folder.name) == (place, None)
        assert "permission denied" in why_listed(folder, CIVIL_AFFAIRS).en
    (landing / place).chmod(0o755)


def test_files_in_a_folder_that_can_be_listed_and_not_entered_are_refused(landing: Path, month: Path) -> None:
    (month / FILE).touch()
    month.chmod(0o744)
    with ordinary_account():
        assert refusal(landing).code == "no_permission"
    month.chmod(0o755)


def test_a_file_of_another_department_is_not_to_be_renamed(landing: Path, month: Path) -> None:
    (month / "中小学在籍学生_202501.csv").touch()
    [file] = found(landing)
    told = why_listed(file, CIVIL_AFFAIRS)
    assert "education/202501" in told.en
    assert "education/202501" in told.zh
    assert "Move it there" in told.en


def test_a_name_that_is_no_text_is_listed_with_what_it_may_have_been(landing: Path, month: Path) -> None:
    (month / os.fsdecode(FILE.encode("gb18030"))).touch()
    [file] = found(landing)
    assert file.name is None
    assert file.relative_path.encode().startswith(b"civil_affairs/202501/\\xcb\\xc0")
    told = why_listed(file, CIVIL_AFFAIRS)
    assert f"读作“{FILE}”" in told.zh
    assert f"reads “{FILE}”" in told.en


def test_a_line_break_in_a_name_breaks_no_line(landing: Path, month: Path) -> None:
    (month / "死亡人员信息_\n202501\x07.csv").touch()
    [file] = found(landing)
    assert file.file_name == r"死亡人员信息_\n202501\x07.csv"
    assert file.name is not None
    assert (file.name.part, file.name.name_date) == ("", "202501")


@pytest.mark.parametrize(
    ("meant_to_mislead", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202e", r"\u202e"),
        ("\u2066", r"\u2066"),
        ("\u061c", r"\u061c"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("\r", r"\r"),
    ],
)
def test_a_name_reaches_no_terminal_as_a_command(landing: Path, month: Path, meant_to_mislead: str, shown: str) -> None:
    (month / f"死亡人员信息_202501{meant_to_mislead}.csv").touch()
    [file] = found(landing)
    assert file.file_name == f"死亡人员信息_202501{shown}.csv"
    assert file.relative_path == f"civil_affairs/202501/{file.file_name}"
