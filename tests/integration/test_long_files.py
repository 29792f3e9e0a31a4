"""A list long enough to be loaded in pieces: it counts as if it had been read whole, and leaves nothing behind."""

import logging
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hearth.loading import in_pieces, load
from hearth.settings import Settings
from tests.integration.support import (
    DEATHS,
    Loader,
    ask,
    begin_anew,
    deaths,
    slices,
    write_csv,
)
from tests.pieces import in_pieces_of

pytestmark = pytest.mark.usefixtures("every_gate_passes")


def long_csv(landing: Path, faulty: int) -> Path:
    """Deaths in many pieces, some faulty, some the repetition of a row of another piece."""
    rows = deaths(400)
    for n in range(faulty):
        rows[n * 9][2] = "某日"
    return write_csv(landing, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, [*rows, *rows[:20]])


def told_of(settings: Settings) -> list[list[tuple[Any, ...]]]:
    """All that the warehouse keeps of the one file, numbers of deliveries and times left out."""
    rows = "select row_number, to_jsonb(kept) - 'delivery_id' from {} as kept order by row_number"
    fate = "status, rows_read, rows_loaded, rows_quarantined, rows_duplicate, layout, warnings, message"
    return [
        ask(settings, rows.format("raw.civil_affairs__deaths")),
        ask(settings, rows.format("restricted.quarantine")),
        ask(settings, "select to_jsonb(kept) - 'delivery_id' from restricted.delivery_tops as kept"),
        ask(settings, f"select {fate} from ops.deliveries"),
    ]


@pytest.mark.parametrize("faulty", [3, 0, 44])
def test_a_long_file_counts_as_if_it_had_been_read_whole(
    fresh: Settings, landing: Path, load_all: Loader, faulty: int, caplog: pytest.LogCaptureFixture
) -> None:
    long_csv(landing, faulty)
    load_all()
    whole = told_of(fresh)
    begin_anew(fresh)
    caplog.set_level(logging.INFO)
    with in_pieces_of(2_000):
        [outcome] = load_all().values()
    assert outcome.status == ("accepted" if faulty < 44 else "rejected")
    assert (outcome.rows_duplicate, outcome.rows_quarantined) == ((20, faulty) if faulty < 44 else (0, 0))
    assert ("is read whole" in caplog.text) is (faulty == 44)
    assert told_of(fresh) == whole
    assert len(slices(fresh)) == (faulty < 44)
    steps = [step for (step,) in ask(fresh, "select step from ops.steps order by 1")]
    assert steps == (["copy", "gate", "parse", "read", "seal"] if faulty < 44 else ["parse", "read"])


def test_a_long_file_that_is_still_being_written_leaves_no_slice(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = long_csv(landing, 0)

    def and_then_it_grows(*arguments: Any) -> Any:
        loaded = load_pieces(*arguments)
        with path.open("a", encoding="utf-8") as file:
            file.write("虚构甲,,2025-01-05,医院\n")
        return loaded

    load_pieces = load.load_pieces
    monkeypatch.setattr(load, "load_pieces", and_then_it_grows)
    with in_pieces_of(2_000):
        assert load_all() == {}
    assert slices(fresh) == []
    monkeypatch.undo()
    [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded) == ("accepted", 401)


def test_a_piece_that_the_database_cannot_hold_lets_the_file_be_read_whole(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(*arguments: Any) -> str:
        next(arguments[-1])
        raise psycopg.errors.NumericValueOutOfRange

    long_csv(landing, 0)
    monkeypatch.setattr(in_pieces, "write_slice", overflow)
    before = threading.active_count()
    with in_pieces_of(2_000):
        [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded, len(slices(fresh))) == ("accepted", 400, 1)
    assert threading.active_count() == before


def test_a_fault_of_ours_in_a_piece_lets_the_file_be_read_whole(
    fresh: Settings, landing: Path, load_all: Loader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("虚构甲")

    long_csv(landing, 0)
    monkeypatch.setattr(in_pieces, "together", broken)
    with in_pieces_of(2_000):
        [outcome] = load_all().values()
    assert (outcome.status, outcome.rows_loaded, len(slices(fresh))) == ("accepted", 400, 1)
    assert "虚构甲" not in caplog.text
    assert "ValueError at test_long_files.py" in caplog.text
