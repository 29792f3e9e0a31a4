"""Pieces that are made while those before are used."""

import threading
from collections.abc import Generator

import pytest

from hearth.loading.in_pieces import one_ahead

SECONDS = 10
"""As long as a thread may take to get its turn."""


class Pieces:
    """Four pieces, which of them were begun, and whether whoever makes them was told to end."""

    def __init__(self, broken: int = 4) -> None:
        self.begun = [threading.Event() for _ in range(4)]
        self.is_ended = False
        self.broken = broken

    def made(self) -> Generator[int, None, None]:
        try:
            for number, begun in enumerate(self.begun):
                begun.set()
                if number == self.broken:
                    raise ValueError(number)
                yield number
        finally:
            self.is_ended = True


def test_pieces_come_in_order_and_the_next_is_begun_meanwhile() -> None:
    pieces = Pieces()
    coming = one_ahead(pieces.made())
    for number in range(4):
        assert next(coming) == number
        if number < 3:
            assert pieces.begun[number + 1].wait(SECONDS)
    assert next(coming, None) is None
    assert pieces.is_ended


def test_a_fault_comes_through_where_it_is() -> None:
    coming = one_ahead(Pieces(broken=2).made())
    assert [next(coming), next(coming)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        next(coming)


def test_who_stops_in_the_middle_leaves_nobody_at_work() -> None:
    pieces, before = Pieces(), threading.active_count()
    coming = one_ahead(pieces.made())
    next(coming)
    coming.close()
    assert pieces.is_ended
    assert not pieces.begun[3].is_set()
    assert threading.active_count() == before
