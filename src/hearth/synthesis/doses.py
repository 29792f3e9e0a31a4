"""How much of each fault a county gets, and the drawing of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hearth.errors import UsageError
from hearth.language import said
from hearth.synthesis.catalogue import BY_NAME, FAULTS
from hearth.synthesis.streams import Stream, stream

T = TypeVar("T")

MOST_FACTOR = 10
"""Beyond it nearly every fault has the largest share it can have."""


@dataclass(frozen=True)
class Doses:
    """A factor for every usual share of the catalogue, and shares set one by one, which no factor changes."""

    factor: float = 1.0
    own: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks what was asked for.

        Raises:
            UsageError: an unknown fault, a factor out of range, or a share that the fault cannot have.
        """
        _check_factor(self.factor, f"{self.factor:g}")
        for name, share in self.own.items():
            _check_share(name, share)

    @classmethod
    def of_texts(cls, factor: str, texts: Iterable[str]) -> "Doses":
        """Doses from a factor and `NAME=SHARE` texts, as they were typed.

        Raises:
            UsageError: a text is not of this form, or see above.
        """
        _check_factor(_number(factor), factor)
        own = {}
        for text in texts:
            name, _, share = text.partition("=")
            own[name.strip()] = _number(share)
            _check_share(name.strip(), own[name.strip()])
        return cls(_number(factor), own)

    def share(self, name: str, is_roster: bool = False) -> float:
        """The part that has the fault; on the roster another one, where the catalogue says so."""
        fault = BY_NAME[name]
        share = self.own.get(name, min(fault.most, fault.share * self.factor))
        return share * fault.on_roster if is_roster else share

    @property
    def has_none(self) -> bool:
        """Whether every fault is switched off."""
        return not any(self.share(fault.name) for fault in FAULTS)


def _number(text: str) -> float:
    """A number as it was typed; nan, which is no share, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _check_factor(factor: float, text: str) -> None:
    if not 0 <= factor <= MOST_FACTOR:  # which nan is not
        raise UsageError(
            said(
                f"--dirt {text}: a number from 0 to {MOST_FACTOR} is expected.",
                f"--dirt {text}：应为 0 到 {MOST_FACTOR} 之间的数。",
            )
        )


def _check_share(name: str, share: float) -> None:
    if name not in BY_NAME:
        raise UsageError(
            said(
                f"--fault {name}: there is no such fault; `hearth synth --list-faults` lists them all.",
                f"--fault {name}：没有这种错误；`hearth synth --list-faults` 会全部列出。",
            )
        )
    most = BY_NAME[name].most
    if not 0 <= share <= most:
        raise UsageError(
            said(
                f"--fault {name}: a share from 0 to {most:g} is expected, such as {name}={most / 10:g}.",
                f"--fault {name}：比例应为 0 到 {most:g} 之间的数，例如 {name}={most / 10:g}。",
            )
        )


Where = tuple[str, str, str]
"""Source, extract and month; empty where there is no such thing."""


class Tally:
    """What was planted where, and among how many: by fault, source, extract and month."""

    def __init__(self) -> None:
        """Nothing is planted yet."""
        self.counts: dict[tuple[str, Where], list[int]] = {}

    def add(self, fault: str, where: Where, planted: int, among: int) -> None:
        """Counts what one draw planted."""
        if among:
            count = self.counts.setdefault((fault, where), [0, 0])
            count[0] += planted
            count[1] += among


class Chance:
    """Draws the faults of one delivery, each from a stream of its own: dosing one shifts no other."""

    def __init__(self, seed: int, doses: Doses, tally: Tally, where: Where, *names: object) -> None:
        """`names` tell the delivery from others there."""
        self._names = "/".join(map(str, (seed, *where, *names)))
        self.doses, self.tally, self.where = doses, tally, where
        self._is_roster = where[1] == "members"
        self._streams: dict[str, Stream] = {}

    def stream(self, name: str) -> Stream:
        """The chance of one fault or purpose."""
        if name not in self._streams:
            self._streams[name] = stream(self._names, name)
        return self._streams[name]

    def share(self, name: str) -> float:
        """The part that has the fault here."""
        return self.doses.share(name, self._is_roster)

    def happens(self, name: str) -> bool:
        """Whether one thing has the fault."""
        happens = self.stream(name).random() < self.share(name)
        self.tally.add(name, self.where, int(happens), 1)
        return happens

    def drawn(self, name: str, items: Sequence[T]) -> list[T]:
        """Those of the items that have the fault, in their order."""
        return [items[place] for place in self.places(name, len(items))]

    def places(self, name: str, count: int) -> list[int]:
        """The places of those among `count` that have the fault: so many as the share says, evenly drawn."""
        share = self.share(name)
        if not (share and count):
            self.tally.add(name, self.where, 0, count)
            return []
        rng = self.stream(name)
        wanted = count * share
        chosen = min(count, int(wanted) + (rng.random() < wanted % 1))
        self.tally.add(name, self.where, chosen, count)
        return sorted(rng.sample(range(count), chosen))
