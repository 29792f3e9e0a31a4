"""What became of a file, for the caller, and the sentences that tell its sender."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hearth.language import Words, one_line
from hearth.reading.catalogue import Wording
from hearth.reading.problems import worded

NOWHERE = Words("", "")
"""The place of what concerns the whole file."""


class Status(StrEnum):
    """What becomes of a file; see `deliveries.md`."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HELD = "held"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True)
class Message:
    """A sentence in both languages, on one line. It names places, headers and counts, never a personal cell."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "zh", one_line(self.zh))
        object.__setattr__(self, "en", one_line(self.en))


def message(wording: Wording, place: Words = NOWHERE, **facts: Any) -> Message:
    """A wording of the catalogue with what is known of the case."""
    return Message(*worded(wording, place, **facts))


def joined(messages: list[Message]) -> Message | None:
    """Several sentences as one message; None where there is none."""
    if not messages:
        return None
    return Message("".join(m.zh for m in messages), " ".join(m.en for m in messages))


@dataclass(frozen=True)
class DeliveryOutcome:
    """One file after a load. `is_new` is false for a file that had been registered before."""

    delivery_id: int
    source: str | None
    extract: str | None
    part: str
    month: str | None
    file_name: str
    status: str
    rows_read: int | None = None
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    message: str | None = None
    message_zh: str | None = None
    is_new: bool = True
