"""Streams of chance that can be repeated."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Stream(random.Random):
    """Draws by one multiplication: millions of small choices, whose evenness to the last bit matters to nobody."""

    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]
        """One of these."""
        return seq[int(self.random() * len(seq))]

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """A whole number below `start`, or from `start` to below `stop`."""
        if stop is None:
            return int(self.random() * start)
        return start + int(self.random() * (stop - start))


def stream(*names: object) -> Stream:
    """The stream of these names; the same names, the same stream."""
    return Stream("/".join(map(str, names)))
