"""Ports on 127.0.0.1 that an instance chooses once and remembers.

A port stays the same for the life of the instance: it stands in bookmarks, BI tools and dbt's
profile. Another is chosen only when somebody else has taken it.
"""

from __future__ import annotations

import random
import socket

from hearth.errors import ServiceFailed
from hearth.language import said
from hearth.settings import Settings

LOCALHOST = "127.0.0.1"
CHOICE = range(20_000, 32_000)  # below the range from which Linux takes ports for outgoing connections


def remembered_port(settings: Settings, service: str) -> int | None:
    """The port this instance chose for `service`, or None before its first start."""
    try:
        return int((settings.run_dir / f"{service}.port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def choose_port(settings: Settings, service: str) -> int:
    """A port for `service` that is free now: the remembered one where possible, else a new one, remembered."""
    port = remembered_port(settings, service)
    if port is None or not is_free(port):
        port = _any_free()
        (settings.run_dir / f"{service}.port").write_text(f"{port}\n", encoding="ascii")
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def _any_free() -> int:
    for port in random.sample(CHOICE, 200):
        if is_free(port):
            return port
    raise ServiceFailed(
        said(
            "No free port was found on 127.0.0.1 between 20000 and 32000.",
            "127.0.0.1 上 20000 至 32000 之间没有空闲端口。",
        )
    )
