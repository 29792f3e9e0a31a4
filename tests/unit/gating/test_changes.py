"""What is a sudden change, and what is chance among few."""

import pytest

from expectations.changes import EVENTS, FLAGGED, HOUSEHOLDS, LISTED, MATCHES, UNKNOWN, Figures, Steady, moved

Pair = tuple[int, int]


@pytest.mark.parametrize(
    ("limit", "before", "now"),
    [
        pytest.param(FLAGGED, (40, 20_000), (400, 20_000), id="from 0.2 to 2 per cent"),
        pytest.param(FLAGGED, (400, 20_000), (40, 20_000), id="from 2 to 0.2 per cent"),
        pytest.param(FLAGGED, (0, 300), (10, 300), id="ten where there were none"),
        pytest.param(FLAGGED, (90, 300), (121, 300), id="more than ten points"),
        pytest.param(UNKNOWN, (0, 300), (300, 300), id="a list went stale"),
        pytest.param(UNKNOWN, (60, 1000), (130, 1000), id="unknown more than doubled"),
        pytest.param(MATCHES, (10, 1000), (61, 1000), id="five points more wait"),
        pytest.param(MATCHES, (61, 1000), (10, 1000), id="five points fewer wait"),
        pytest.param(MATCHES, (5, 1000), (26, 1000), id="the queue more than trebled"),
    ],
)
def test_sudden_shares(limit: Steady, before: Pair, now: Pair) -> None:
    assert not limit.is_met(Figures(*now), Figures(*before))


@pytest.mark.parametrize(
    ("limit", "before", "now"),
    [
        pytest.param(FLAGGED, (0, 3), (3, 3), id="a village of three households"),
        pytest.param(FLAGGED, (1, 300), (9, 300), id="eight households more"),
        pytest.param(FLAGGED, (90, 300), (120, 300), id="ten points exactly"),
        pytest.param(FLAGGED, (40, 20_000), (80, 20_000), id="doubled exactly"),
        pytest.param(FLAGGED, (40, 400), (80, 800), id="as many of twice as many"),
        pytest.param(UNKNOWN, (1000, 5000), (2000, 5000), id="twenty points exactly"),
        pytest.param(MATCHES, (0, 30), (19, 30), id="nineteen rows"),
        pytest.param(MATCHES, (10, 1000), (30, 1000), id="trebled exactly"),
    ],
)
def test_steady_shares(limit: Steady, before: Pair, now: Pair) -> None:
    assert limit.is_met(Figures(*now), Figures(*before))


@pytest.mark.parametrize(
    ("limit", "before", "now", "is_met"),
    [
        (HOUSEHOLDS, 1000, 1100, True),
        (HOUSEHOLDS, 1000, 1101, False),
        (HOUSEHOLDS, 1000, 899, False),
        (HOUSEHOLDS, 12, 3, True),
        (LISTED, 100, 120, True),
        (LISTED, 100, 121, False),
        (LISTED, 100, 79, False),
        (LISTED, 19, 0, True),
        (EVENTS, 100, 300, True),
        (EVENTS, 100, 301, False),
        (EVENTS, 100, 33, False),
        (EVENTS, 100, 34, True),
        (EVENTS, 0, 20, False),
    ],
)
def test_numbers(limit: Steady, before: int, now: int, is_met: bool) -> None:
    assert limit.is_met(Figures(now), Figures(before)) is is_met


def test_by_how_many_rows_a_share_moved() -> None:
    assert moved(Figures(30, 300), Figures(10, 200)) == 15
    assert moved(Figures(3, 0), Figures(0, 0)) == 0
