"""Tells people that a department is late: which, for which month, by how many days.

By e-mail, by a webhook, or both, as the county's file says under `[notify]`; nobody is told without it. What went out
is kept in `ops.notifications`: a department is told of once, again every `remind_after_days` while it stays silent, and
the next morning where the server did not take it. Nothing waits for a notification.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from hearth.building.months import months_with_files
from hearth.contracts import SOURCES
from hearth.contracts.county import Notify, read_county_file
from hearth.database.engine import connect
from hearth.errors import InputError
from hearth.language import said, why_not
from hearth.orchestration.readiness import deadline, deadline_days, passed_deadlines
from hearth.orchestration.transience import NotificationFailed
from hearth.settings import Settings
from hearth.texts import text

SECONDS = 20
TOLD_FOR = timedelta(days=60)
"""Whoever is later than this is not reminded any more; `hearth status` still shows what is missing."""


@dataclass(frozen=True)
class Late:
    """A department that has delivered nothing for a month whose deadline has passed."""

    source: str
    title: str
    month: str
    deadline: date
    days: int

    @property
    def line(self) -> str:
        """`water 水利局 · 202503 · 5 days late 逾期 5 天 (deadline 截止 2025-04-15)`."""
        late = f"{self.days} days late 逾期 {self.days} 天"
        return f"{self.source} {self.title} · {self.month} · {late} (deadline 截止 {self.deadline})"


def late_departments(settings: Settings, today: date) -> list[Late]:
    """Who is late today, by month; also for the last month when nobody has delivered anything for it."""
    with connect(settings) as connection:
        months = months_with_files(connection)
        delivered = set(
            connection.execute("select month, source from ops.month_readiness where answer <> 'deadline'").fetchall()
        )
    days = deadline_days(settings)
    titles = {source.name: source.title for source in SOURCES}
    found = []
    for month, source in passed_deadlines(settings, _expected(months, today), today):
        last_day = deadline(month, days[source])
        if (month, source) not in delivered and today - last_day <= TOLD_FOR:
            found.append(Late(source, titles[source], month, last_day, (today - last_day).days))
    return found


def _expected(months: Collection[str], today: date) -> list[str]:
    """The months with files, and the one before today's: a county that delivered once delivers every month."""
    before = (today.replace(day=1) - timedelta(days=1)).strftime("%Y%m")
    return sorted({*months, before}) if months and min(months) < before else sorted(months)


def tell_of_late(settings: Settings, today: date) -> list[str]:
    """Notify by every channel that is configured; gives a line for each department told of.

    Raises:
        NotificationFailed: a server did not take it; what other channels sent is sent.
        InputError: the county's file is faulty, or names a password file that cannot be read.
    """
    notify = _configured(settings.county_file)
    late = late_departments(settings, today)
    told: set[str] = set()
    failures = []
    for channel, send in _channels(notify):
        due = _untold(settings, channel, late, notify.remind_after_days)
        if not due:
            continue
        error = _tried(send, notify, due)
        _record(settings, channel, due, error)
        if error:
            failures.append(f"{channel}: {error}")
        else:
            told.update(item.line for item in due)
    if failures:
        listed = "; ".join(failures)
        raise NotificationFailed(
            said(f"Nobody could be told of late departments by {listed}.", f"逾期通知未能发出：{listed}。")
        )
    return sorted(told)


def _configured(county_file: Path | None) -> Notify:
    """What the county's file says; the password's file is looked for beside it."""
    if county_file is None:
        return Notify()
    notify = read_county_file(county_file).notify
    if notify.smtp_password_file is None:
        return notify
    return notify.model_copy(update={"smtp_password_file": county_file.parent / notify.smtp_password_file})


def _channels(notify: Notify) -> Iterable[tuple[str, Callable[[Notify, list[Late]], None]]]:
    if notify.email_to:
        yield "email", _send_email
    if notify.webhook:
        yield "webhook", _post


def _tried(send: Callable[[Notify, list[Late]], None], notify: Notify, late: list[Late]) -> str:
    """Why it was not sent, without addresses or what the server said; empty when it was."""
    try:
        send(notify, late)
    except httpx.HTTPStatusError as error:
        return f"HTTP {error.response.status_code}"
    except smtplib.SMTPResponseException as error:
        return f"SMTP {error.smtp_code}"
    except (OSError, smtplib.SMTPException, httpx.HTTPError) as error:
        return type(error).__name__
    return ""


def _send_email(notify: Notify, late: list[Late]) -> None:
    message = EmailMessage()
    message["Subject"] = f"Hearth: {len(late)} late deliveries · 报送逾期 {len(late)} 项"
    message["From"] = notify.email_from
    message["To"] = ", ".join(notify.email_to)
    message.set_content(_text(late))
    secure = notify.smtp_security == "tls"
    server = (smtplib.SMTP_SSL if secure else smtplib.SMTP)(notify.smtp_host, notify.smtp_port, timeout=SECONDS)
    with server:
        if notify.smtp_security == "starttls":
            server.starttls()
        if notify.smtp_user:
            server.login(notify.smtp_user, _password(notify.smtp_password_file))
        server.send_message(message)


def _post(notify: Notify, late: list[Late]) -> None:
    """The shape that WeCom's and DingTalk's robots take, with the facts beside it for programs."""
    assert notify.webhook is not None
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs the address, which holds a robot's key
    facts = [
        {"source": item.source, "month": item.month, "deadline": item.deadline.isoformat(), "days_late": item.days}
        for item in late
    ]
    body: dict[str, Any] = {"msgtype": "text", "text": {"content": _text(late)}, "late": facts}
    httpx.post(notify.webhook, json=body, timeout=SECONDS).raise_for_status()


def _text(late: list[Late]) -> str:
    return "\n".join(
        [
            "No file has come from these departments; no month waits for them any longer.",
            "以下部门尚未报送，当月构建已不再等待：",
            "",
            *(item.line for item in late),
        ]
    )


def _password(file: Path | None) -> str:
    try:
        return file.read_text(encoding="utf-8").strip() if file else ""
    except OSError as error:
        raise InputError(text("county_file_unread", path="smtp_password_file", reason=why_not(error))) from None


def _untold(settings: Settings, channel: str, late: list[Late], remind_after_days: int) -> list[Late]:
    """Those that this channel has not told of, or so long ago that a reminder is due."""
    with connect(settings) as connection:
        told = {
            (source, month): days
            for source, month, days in connection.execute(
                "select source, month, max(days_late) from ops.notifications"
                " where channel = %s and is_sent group by source, month",
                (channel,),
            )
        }
    never = -remind_after_days
    return [item for item in late if item.days - told.get((item.source, item.month), never) >= remind_after_days]


def _record(settings: Settings, channel: str, late: list[Late], error: str) -> None:
    with connect(settings) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.notifications (source, month, channel, days_late, is_sent, error)"
            " values (%s, %s, %s, %s, %s, nullif(%s, ''))",
            [(item.source, item.month, channel, item.days, not error, error) for item in late],
        )
