"""What follows from a contract: raw columns, blanks that are faults, keys."""

import pytest

from hearth.contracts import KNOWN, SOURCES, source
from hearth.contracts.model import POSTGRES_TYPES, Column, Extract, ExtractKind, Kind, Stem, raw_table


def extract_of(*columns: Column, kind: ExtractKind = ExtractKind.SNAPSHOT, key: tuple[str, ...] = ()) -> Extract:
    return Extract("things", "台账", "Things", (Stem("台账"),), kind, columns, key=key)


def test_an_identifier_becomes_four_columns() -> None:
    column = Column("citizen_id", "身份证号", Kind.IDENTIFIER, "ID number")
    assert [(raw.name, raw.postgres_type) for raw in column.raw_columns()] == [
        ("citizen_id", "text"),
        ("citizen_id_17", "bigint"),
        ("citizen_id_born_on", "date"),
        ("citizen_id_fault", "text"),
    ]


def test_a_name_gains_the_key_it_is_compared_by() -> None:
    assert [raw.name for raw in Column("head_name", "户主", Kind.NAME, "Head").raw_columns()] == [
        "head_name",
        "head_name_key",
    ]


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.IDENTIFIER, Kind.NAME}))
def test_every_other_kind_is_one_column_of_its_type(kind: Kind) -> None:
    (raw,) = Column("x", "列", kind, "X").raw_columns()
    assert raw.postgres_type == POSTGRES_TYPES[kind]


def test_a_comment_names_the_header_with_its_group() -> None:
    column = Column("head_name", "姓名", Kind.NAME, "Head", group="户主")
    assert column.path == "户主/姓名"
    assert column.raw_columns()[0].comment == "Head · 户主/姓名"


@pytest.mark.parametrize("kind", [Kind.DATE, Kind.TIMESTAMP, Kind.AMOUNT])
def test_a_required_date_or_amount_of_an_event_must_be_filled(kind: Kind) -> None:
    column = Column("x", "列", kind, "X", required=True)
    assert extract_of(column, kind=ExtractKind.EVENT).blank_is_a_fault(column)
    assert not extract_of(column).blank_is_a_fault(column)


def test_a_date_of_an_event_that_is_not_required_may_be_blank() -> None:
    column = Column("x", "列", Kind.DATE, "X")
    assert not extract_of(column, kind=ExtractKind.EVENT).blank_is_a_fault(column)


def test_a_key_must_be_filled_unless_it_is_an_identifier() -> None:
    number, citizen_id = Column("no", "编号", Kind.KEY, "No"), Column("id", "身份证号", Kind.IDENTIFIER, "ID")
    extract = extract_of(number, citizen_id, key=("no", "id"))
    assert extract.blank_is_a_fault(number)
    assert not extract.blank_is_a_fault(citizen_id)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError, match="there is no source weather"):
        source("weather")
    with pytest.raises(KeyError, match="source water has no extract wells"):
        source("water").extract("wells")
    with pytest.raises(KeyError, match="extract schemes has no column depth"):
        source("water").extract("schemes").column("depth")


def test_raw_tables_are_named_by_source_and_extract() -> None:
    assert raw_table("water", "schemes") == "water__schemes"
    assert [name for _, name in source("water").raw_tables()] == [
        "water__schemes",
        "water__household_water",
        "water__quality_tests",
    ]


def test_names_ids_and_phones_are_marked_personal() -> None:
    for one in KNOWN:
        for extract in one.extracts:
            for column in extract.columns:
                if column.kind in (Kind.NAME, Kind.IDENTIFIER) or "电话" in column.header:
                    assert column.is_personal, f"{one.name}.{extract.name}.{column.name}"


def test_snapshots_that_rules_rest_on_grow_stale() -> None:
    ages = {
        f"{one.name}.{extract.name}": extract.max_age_days
        for one in SOURCES
        for extract in one.extracts
        if extract.kind is ExtractKind.SNAPSHOT
    }
    assert ages.pop("registry.divisions") is None
    assert ages.pop("water.schemes") == 400
    assert set(ages.values()) == {45}


def test_events_never_grow_stale() -> None:
    events = [extract for one in SOURCES for extract in one.extracts if extract.kind is ExtractKind.EVENT]
    assert all(extract.max_age_days is None and extract.key for extract in events)
