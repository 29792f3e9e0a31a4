"""Who is told that a department is late: by real servers on this machine, once, and without holding anything up."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hearth.contracts import SOURCES
from hearth.database.engine import connect
from hearth.errors import InputError
from hearth.orchestration.lateness import late_departments, tell_of_late
from hearth.orchestration.readiness import announce, announce_late
from hearth.orchestration.transience import NotificationFailed
from hearth.settings import Settings
from tests.integration.support import ask
from tests.integration.test_readiness import deliver

DEADLINE = date(2025, 4, 15)
TODAY = DEADLINE + timedelta(days=3)


class Mailbox(socketserver.StreamRequestHandler):
    """As much of an SMTP server as takes a message in."""

    def handle(self) -> None:
        self._say("220 mailbox")
        data: list[str] | None = None
        for raw in self.rfile:
            line = raw.decode("utf-8").rstrip("\r\n")
            if data is not None:
                if line == ".":
                    self.server.messages.append("\n".join(data))  # type: ignore[attr-defined]
                    data = None
                    self._say("250 taken")
                else:
                    data.append(line)
            elif line.upper().startswith("DATA"):
                data = []
                self._say("354 go on")
            elif line.upper().startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Hook(BaseHTTPRequestHandler):
    """A webhook that answers what its server says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error."""


@contextmanager
def served(server: Any, **facts: Any) -> Iterator[Any]:
    """The server at work in a thread."""
    for name, value in facts.items():
        setattr(server, name, value)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def mailbox() -> Iterator[Any]:
    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox), messages=[]) as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Any]:
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Hook), bodies=[], answer=200) as server:
        yield server


@pytest.fixture
def late(warehouse: Settings) -> Iterator[Settings]:
    """March 2025, for which all have delivered but the water bureau, three days after its deadline."""
    for source in SOURCES:
        if source.name != "water":
            deliver(warehouse, source.name, "202503")
            announce(warehouse, source.name)
    announce_late(warehouse, TODAY)
    yield warehouse
    with connect(warehouse) as connection:
        for table in ("notifications", "month_readiness", "builds", "deliveries"):
            connection.execute(f"delete from ops.{table}")
        connection.execute("delete from ops.instance_facts where name like 'announced %'")


def configured(settings: Settings, folder: Path, text: str) -> Settings:
    """The settings with a county file of these lines."""
    file = folder / "county.toml"
    file.write_text(text, encoding="utf-8")
    return settings.model_copy(update={"county_file": file})


def by_both(settings: Settings, folder: Path, mailbox: Any, hook: Any) -> Settings:
    return configured(
        settings,
        folder,
        f"""
        [notify]
        email_to = ["data@county.invalid", "head@county.invalid"]
        smtp_port = {mailbox.server_address[1]}
        webhook = "http://127.0.0.1:{hook.server_address[1]}/robot?key=1"
        """,
    )


def kept(settings: Settings) -> list[tuple[Any, ...]]:
    return ask(settings, "select source, month, channel, days_late, is_sent, error from ops.notifications order by 3")


def test_nobody_is_told_unless_the_county_says_so(late: Settings, tmp_path: Path) -> None:
    assert tell_of_late(late, TODAY) == []
    assert tell_of_late(configured(late, tmp_path, "[deadlines]\nwater = 10\n"), TODAY) == []
    assert kept(late) == []


def test_both_channels_name_department_month_and_days(late: Settings, tmp_path: Path, mailbox: Any, hook: Any) -> None:
    line = "water 水利局 · 202503 · 3 days late 逾期 3 天 (deadline 截止 2025-04-15)"
    assert tell_of_late(by_both(late, tmp_path, mailbox, hook), TODAY) == [line]
    (message,), (body,) = mailbox.messages, hook.bodies
    assert "To: data@county.invalid, head@county.invalid" in message
    assert body["msgtype"] == "text" and line in body["text"]["content"]
    assert body["late"] == [{"source": "water", "month": "202503", "deadline": "2025-04-15", "days_late": 3}]
    assert kept(late) == [("water", "202503", channel, 3, True, None) for channel in ("email", "webhook")]


def test_a_department_is_told_of_once_and_again_after_a_week(
    late: Settings, tmp_path: Path, mailbox: Any, hook: Any
) -> None:
    settings = by_both(late, tmp_path, mailbox, hook)
    told = [len(tell_of_late(settings, TODAY + timedelta(days=days))) for days in (0, 0, 6, 7, 13, 14)]
    assert told == [1, 0, 0, 1, 0, 1]
    assert tell_of_late(settings, DEADLINE + timedelta(days=61)) == [], "nobody is reminded for ever"


def test_one_channel_that_fails_keeps_the_other_from_nothing_and_is_tried_again(
    late: Settings, tmp_path: Path, mailbox: Any, hook: Any
) -> None:
    hook.answer = 500
    settings = by_both(late, tmp_path, mailbox, hook)
    with pytest.raises(NotificationFailed, match="webhook: HTTP 500") as caught:
        tell_of_late(settings, TODAY)
    assert "key" not in str(caught.value), "the address holds a robot's key"
    assert [row[4:] for row in kept(late)] == [(True, None), (False, "HTTP 500")]
    hook.answer = 200
    assert len(tell_of_late(settings, TODAY)) == 1
    assert (len(mailbox.messages), len(hook.bodies)) == (1, 2)


def test_a_server_that_is_not_there_is_said_without_its_address(late: Settings, tmp_path: Path) -> None:
    settings = configured(late, tmp_path, '[notify]\nemail_to = ["a@b.invalid"]\nsmtp_port = 1\n')
    with pytest.raises(NotificationFailed, match="email: ConnectionRefusedError"):
        tell_of_late(settings, TODAY)


def test_who_has_delivered_since_is_late_no_longer(late: Settings) -> None:
    assert [item.source for item in late_departments(late, TODAY)] == ["water"]
    deliver(late, "water", "202503")
    announce(late, "water")
    assert late_departments(late, TODAY) == []


def test_a_month_for_which_nobody_delivered_is_late_too(late: Settings) -> None:
    found = late_departments(late, date(2025, 5, 16))
    assert {item.month for item in found} == {"202503", "202504"}
    assert sum(item.month == "202504" for item in found) == len(SOURCES)


def test_a_department_may_have_a_deadline_of_its_own(late: Settings, tmp_path: Path) -> None:
    settings = configured(late, tmp_path, "[deadlines]\nwater = 20\n")
    assert late_departments(settings, TODAY) == []
    assert [item.days for item in late_departments(settings, date(2025, 4, 21))] == [1]


@pytest.mark.parametrize(
    "text",
    [
        "[deadlines]\nwater = 30\n",
        "[deadlines]\nnobody = 10\n",
        "[notify]\nemail_too = []\n",
        '[notify]\nwebhook = "ftp://x"\n',
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str) -> None:
    from hearth.contracts import with_county

    file = tmp_path / "county.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="county file"):
        with_county(file)
