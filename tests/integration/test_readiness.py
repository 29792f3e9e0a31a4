"""When a month is announced: once everybody has answered, or the deadline passed, and again when its inputs change."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hearth.contracts import KNOWN, SOURCES
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.orchestration.readiness import announce, announce_late, months_ready
from hearth.settings import Settings

NAMES = [source.name for source in SOURCES]


@pytest.fixture
def ops(warehouse: Settings) -> Iterator[Settings]:
    """The warehouse without deliveries and answers."""
    yield warehouse
    with connect(warehouse) as connection:
        connection.execute("delete from ops.month_readiness")
        connection.execute("delete from ops.instance_facts where name like 'announced %'")
        connection.execute("delete from ops.builds")
        connection.execute("delete from ops.deliveries")


def deliver(settings: Settings, source: str, month: str, *, status: str = "accepted", name: str = "file") -> None:
    """Register a delivery without rows."""
    extract = next(found for found in KNOWN if found.name == source).extracts[0].name
    with connect(settings) as connection:
        connection.execute(
            """
            insert into ops.deliveries
                (delivery_id, source, extract, month, file_name, relative_path, sha256, status, rows_read, data_date)
            values (
                nextval('ops.delivery_ids'), %(source)s, %(extract)s, %(month)s, %(name)s, %(path)s,
                encode(sha256(convert_to(%(path)s, 'UTF8')), 'hex'), %(status)s, 0,
                to_date(%(month)s, 'YYYYMM') + interval '1 month - 1 day'
            )
            """,
            {
                "source": source,
                "extract": extract,
                "month": month,
                "name": name,
                "path": f"{source}/{month}/{name}",
                "status": status,
            },
        )


def answers(settings: Settings) -> dict[tuple[str, str], str]:
    with connect(settings) as connection:
        rows = connection.execute("select month, source, answer from ops.month_readiness").fetchall()
    return {(month, source): answer for month, source, answer in rows}


def test_the_last_department_to_answer_announces_the_month(ops: Settings) -> None:
    for name in NAMES:
        deliver(ops, name, "202501")
    assert [announce(ops, name) for name in NAMES] == [[]] * 5 + [["202501"]]
    assert [announce(ops, name) for name in NAMES] == [[]] * 6


def test_silence_is_an_answer_only_where_the_folder_is_complete(ops: Settings) -> None:
    deliver(ops, "registry", "202501")
    assert [announce(ops, name) for name in NAMES] == [[]] * 6
    assert answers(ops) == {("202501", "registry"): "delivered"}
    assert [announce(ops, name, ["202501"]) for name in NAMES][-1] == ["202501"]
    assert answers(ops)["202501", "water"] == "nothing"


@pytest.mark.parametrize(("status", "answer"), [("held", "delivered"), ("rejected", None)])
def test_a_held_file_is_an_answer_and_a_rejected_one_is_none(ops: Settings, status: str, answer: str | None) -> None:
    deliver(ops, "registry", "202501")
    deliver(ops, "water", "202501", status=status)
    announce(ops, "water")
    assert answers(ops).get(("202501", "water")) == answer


def test_a_delivery_replaces_the_silence_before_it_and_announces_the_month_again(ops: Settings) -> None:
    deliver(ops, "registry", "202501")
    for name in NAMES:
        announce(ops, name, ["202501"])
    deliver(ops, "water", "202501")
    assert announce(ops, "water") == ["202501"]
    assert answers(ops)["202501", "water"] == "delivered"


def test_a_correction_announces_its_month_and_the_later_ones_it_touches(ops: Settings) -> None:
    for month in ("202501", "202502"):
        deliver(ops, "registry", month)
        deliver(ops, "water", month)
    for name in NAMES:
        announce(ops, name, ["202501", "202502"])
    deliver(ops, "medical_insurance", "202501", name="late")
    assert announce(ops, "medical_insurance", ["202501", "202502"]) == ["202501", "202502"]


def test_after_the_deadline_a_month_goes_on_without_the_silent(ops: Settings) -> None:
    deliver(ops, "registry", "202512")
    announce(ops, "registry")
    assert announce_late(ops, date(2026, 1, ops.deadline_day)) == []
    assert announce_late(ops, date(2026, 1, ops.deadline_day + 1)) == ["202512"]
    assert answers(ops)["202512", "water"] == "deadline"
    assert answers(ops)["202512", "registry"] == "delivered"


@pytest.fixture
def with_employment(ops: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The warehouse of a county that has a source which not every county has."""
    file = tmp_path / "county.toml"
    file.write_text("[sources.employment]\nenabled = true\n", encoding="utf-8")
    settings = ops.model_copy(update={"county_file": file})
    bootstrap(settings)
    yield settings
    bootstrap(ops)


def test_no_month_waits_for_a_source_of_some_counties(with_employment: Settings) -> None:
    for name in NAMES:
        deliver(with_employment, name, "202501")
    assert [announce(with_employment, name) for name in NAMES][-1] == ["202501"]
    assert announce(with_employment, "employment") == []
    deliver(with_employment, "employment", "202501")
    assert announce(with_employment, "employment") == ["202501"], "what came late counts"
    assert answers(with_employment)["202501", "employment"] == "delivered"


def test_the_deadline_asks_nothing_of_a_source_of_some_counties(with_employment: Settings) -> None:
    deliver(with_employment, "registry", "202512")
    announce_late(with_employment, date(2026, 1, with_employment.deadline_day + 1))
    assert ("202512", "employment") not in answers(with_employment)


def test_what_a_source_delivered_counts_no_longer_once_it_is_off(with_employment: Settings) -> None:
    deliver(with_employment, "registry", "202501")
    for name in NAMES:
        announce(with_employment, name, ["202501"])
    deliver(with_employment, "employment", "202501")
    assert announce(with_employment, "employment") == ["202501"]
    bootstrap(with_employment.model_copy(update={"county_file": None}))
    assert announce(with_employment, "registry") == ["202501"]


def test_a_month_is_ready_until_it_was_built_from_what_there_is(ops: Settings) -> None:
    deliver(ops, "registry", "202501")
    for name in NAMES:
        announce(ops, name, ["202501"])
    assert months_ready(ops) == ["202501"]
    with connect(ops) as connection:
        from hearth.building.months import fingerprint
        from hearth.building.shape import marts_shape

        connection.execute(
            "insert into ops.builds (month, status, fingerprint, marts_shape)"
            " values ('2025-01-01', 'published', %s, %s)",
            (fingerprint(connection, "202501"), marts_shape()),
        )
    assert months_ready(ops) == []
