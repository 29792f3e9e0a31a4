"""The bootstrap on a real PostgreSQL: idempotent, commented, and closed to those who have no business there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

from hearth import contracts
from hearth.contracts.model import Column, Kind
from hearth.database import bootstrap as bootstrap_module
from hearth.database.bootstrap import ContractChanged, bootstrap
from hearth.database.engine import connect
from hearth.keys import KEY_FILE, KeyMismatch
from hearth.settings import Settings
from tests.integration.support import ask, one

CATALOGUE = "select oid::text, relname, relacl::text from pg_class where relnamespace > 16383 order by 1"


def test_a_second_bootstrap_changes_nothing(warehouse: Settings) -> None:
    before = ask(warehouse, CATALOGUE), ask(warehouse, "select * from ops.instance_facts order by 1")
    bootstrap(warehouse)
    assert (ask(warehouse, CATALOGUE), ask(warehouse, "select * from ops.instance_facts order by 1")) == before


def test_the_sql_files_can_run_again(warehouse: Settings) -> None:
    before = ask(warehouse, CATALOGUE)
    with connect(warehouse) as connection:
        connection.execute("delete from ops.instance_facts where name = 'bootstrap_fingerprint'")
    bootstrap(warehouse)
    assert ask(warehouse, CATALOGUE) == before


def test_every_table_and_column_has_a_comment_in_both_languages(warehouse: Settings) -> None:
    missing = ask(
        warehouse,
        """
        select c.relname, a.attname
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped
        where c.relnamespace in ('ops'::regnamespace, 'restricted'::regnamespace, 'raw'::regnamespace)
            and c.relkind in ('r', 'p') and coalesce(col_description(c.oid, a.attnum), '') !~ '[a-zA-Z].* · .*'
        union all
        select c.relname, ''
        from pg_class as c
        where c.relnamespace in ('ops'::regnamespace, 'restricted'::regnamespace, 'raw'::regnamespace)
            and c.relkind in ('r', 'p', 'v', 'S') and c.relname !~ '_id_seq$'
            and coalesce(obj_description(c.oid), '') !~ '[a-zA-Z].* · .*[一-龥]'
        """,
    )
    assert missing == []


def test_there_is_a_raw_table_and_a_row_of_ops_for_each_extract(warehouse: Settings) -> None:
    wanted = _extracts(contracts.SOURCES)
    assert set(ask(warehouse, "select source, extract from ops.extracts")) == wanted
    parents = ask(
        warehouse, "select relname::text from pg_class where relkind = 'p' and relnamespace = 'raw'::regnamespace"
    )
    assert {name for (name,) in parents} == {f"{source}__{extract}" for source, extract in _extracts(contracts.KNOWN)}


def _extracts(sources: tuple[contracts.Source, ...]) -> set[tuple[str, str]]:
    return {(source.name, extract.name) for source in sources for extract in source.extracts}


def test_a_source_counts_while_the_countys_file_switches_it_on(warehouse: Settings, tmp_path: Path) -> None:
    county = tmp_path / "county.toml"
    county.write_text("[sources.employment]\nenabled = true\n", encoding="utf-8")
    query = "select extract from ops.extracts where source = 'employment'"
    bootstrap(warehouse.model_copy(update={"county_file": county}))
    assert ask(warehouse, query) == [("workers",)]
    bootstrap(warehouse)
    assert ask(warehouse, query) == []


def test_the_countys_numbers_reach_ops(warehouse: Settings, tmp_path: Path) -> None:
    county = tmp_path / "county.toml"
    county.write_text("[water.household_water]\nmax_age_days = 60\n", encoding="utf-8")
    query = "select max_age_days from ops.extracts where extract = 'household_water'"
    bootstrap(warehouse.model_copy(update={"county_file": county}))
    assert one(warehouse, query) == 60
    bootstrap(warehouse)
    assert one(warehouse, query) == 45


@pytest.fixture
def schemes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Column]]:
    """The columns of water.schemes, to be changed by the test."""
    columns = list(contracts.source("water").extract("schemes").columns)

    def changed(_: Path | None) -> tuple[contracts.Source, ...]:
        water = contracts.source("water")
        extracts = (replace(water.extracts[0], columns=tuple(columns)), *water.extracts[1:])
        return (replace(water, extracts=extracts),)

    monkeypatch.setattr(bootstrap_module, "with_county", changed)
    yield columns


def test_a_newer_contracts_column_is_added(instance: Settings, warehouse: Settings, schemes: list[Column]) -> None:
    schemes.append(Column("built_on", "建成日期", Kind.DATE, "Date of completion"))
    bootstrap(warehouse)
    assert ask(warehouse, "select built_on from raw.water__schemes") == []


def test_a_column_that_changes_its_type_is_refused(warehouse: Settings, schemes: list[Column]) -> None:
    schemes[-1] = replace(schemes[-1], kind=Kind.AMOUNT)
    with pytest.raises(ContractChanged, match=schemes[-1].name):
        bootstrap(warehouse)


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
@pytest.mark.parametrize(
    "table",
    [
        "raw.registry__members",
        "ops.deliveries",
        "ops.expectation_results",
        "restricted.households",
        "restricted.persons",
        "restricted.quarantine",
        "restricted.household_cards",
        "restricted.household_card",
    ],
)
def test_readers_of_marts_see_nothing_else(warehouse: Settings, role: str, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(warehouse, f"select * from {table}", role=role)


@pytest.mark.parametrize("role", ["analyst", "dashboard", "caseworker"])
def test_marts_made_later_are_readable_and_only_readable(warehouse: Settings, role: str) -> None:
    with connect(warehouse, "transformer") as connection:
        connection.execute("drop table if exists marts.trial")
        connection.execute("create table marts.trial as select 1 as number")
    assert ask(warehouse, "select number from marts.trial", role=role) == [(1,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(warehouse, "delete from marts.trial returning 1", role=role)


def test_the_owner_reads_what_the_transformer_makes(warehouse: Settings) -> None:
    with connect(warehouse, "transformer") as connection:
        connection.execute("drop table if exists marts.owned")
        connection.execute("create table marts.owned as select 1 as number")
    assert one(warehouse, "select number from marts.owned") == 1


def test_transformer_reads_raw_but_not_the_quarantine(warehouse: Settings) -> None:
    assert ask(warehouse, "select * from raw.registry__members", role="transformer") == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(warehouse, "select * from restricted.quarantine", role="transformer")


def test_a_caseworker_sees_the_cards_of_the_divisions_assigned_and_leaves_a_trace(warehouse: Settings) -> None:
    with connect(warehouse) as connection:
        connection.execute("insert into restricted.households values ('key1', 'number1'), ('key2', 'number2')")
        connection.execute(
            "insert into restricted.household_cards (household_key, household_no, month, village_code, township_code)"
            " values ('key1', 'number1', '2025-01-01', '990121101200', '990121101000'),"
            " ('key2', 'number2', '2025-01-01', '990121102200', '990121102000')"
        )
    cards = "select household_key from restricted.household_card where household_key >= 'key' order by 1"
    assert ask(warehouse, cards, role="caseworker") == []
    with connect(warehouse) as connection:
        connection.execute("insert into restricted.caseworker_divisions values ('caseworker', '990121101000')")
    assert ask(warehouse, cards, role="caseworker") == [("key1",)]
    assert ask(warehouse, f"select count(*) from ({cards}) as read", role="caseworker") == [(1,)]
    assert ask(
        warehouse, "select count(*) from restricted.household_card where household_key = 'key2'", role="caseworker"
    )
    assert ask(warehouse, "select role_name, household_key from restricted.read_log") == [("caseworker", "key1")] * 2
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(warehouse, "select * from restricted.household_cards", role="caseworker")


def test_a_condition_that_tells_what_it_saw_sees_only_cards_that_are_logged(warehouse: Settings) -> None:
    """A caseworker's own function, cheaper than any other condition, once ran before the log, on all cards."""
    with connect(warehouse) as connection:
        connection.execute("insert into restricted.households values ('key3', 'number3')")
        connection.execute(
            "insert into restricted.household_cards (household_key, household_no, month, village_code, township_code)"
            " values ('key3', 'number3', '2025-01-01', '990121103200', '990121103000')"
        )
        connection.execute("insert into restricted.caseworker_divisions values ('caseworker', '990121103000')")
    logged = "select household_key from restricted.read_log where read_id > %s order by 1"
    last = ask(warehouse, "select coalesce(max(read_id), 0) from restricted.read_log")[0][0]
    told: list[str] = []
    with connect(warehouse, "caseworker") as connection:
        connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        connection.execute(
            "create function pg_temp.leak(text) returns boolean language plpgsql cost 0.0000001"
            " as $$begin raise notice '%', $1; return false; end$$"
        )
        found = connection.execute("select count(*) from restricted.household_card where pg_temp.leak(household_key)")
        assert found.fetchone() == (0,)
    with connect(warehouse) as connection:
        assert "key3" in told
        assert [key for (key,) in connection.execute(logged, (last,))] == sorted(told)


def test_a_password_that_changed_is_set_again(warehouse: Settings) -> None:
    with connect(warehouse) as connection:
        connection.execute("alter role loader password 'another instance set this'")
    bootstrap(warehouse)
    assert ask(warehouse, "select current_user::text", role="loader") == [("loader",)]


def test_another_key_file_is_refused(warehouse: Settings) -> None:
    file = warehouse.secrets_dir / KEY_FILE
    mine = file.read_text(encoding="ascii")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("another key", encoding="ascii")
    try:
        with pytest.raises(KeyMismatch, match="backup"):
            bootstrap(warehouse)
    finally:
        file.write_text(mine, encoding="ascii")
    bootstrap(warehouse)


@pytest.mark.parametrize(
    ("one_name", "other", "is_equal", "is_compatible"),
    [
        ("张三丰", "张三丰", True, True),
        ("张?丰", "张三丰", True, True),
        ("?三", "张?", True, True),
        ("张三", "张四", False, True),
        ("张三丰", "张四风", False, False),
        ("张三", "张三丰", False, False),
        ("张?丰", "张三风", False, True),
        ("张?丰", "李三风", False, False),
        (None, "张三", None, None),
        ("张三", None, None, None),
    ],
)
def test_names(warehouse: Settings, one_name: str, other: str, is_equal: bool, is_compatible: bool) -> None:
    query = "select ops.names_equal(%s::text, %s::text), ops.names_compatible(%s::text, %s::text)"
    assert ask(warehouse, query, one_name, other, one_name, other) == [(is_equal, is_compatible)]
    assert ask(warehouse, query, other, one_name, other, one_name) == [(is_equal, is_compatible)]


@pytest.mark.parametrize(
    ("birth", "years", "expected"),
    [
        (date(2020, 2, 29), 1, date(2021, 3, 1)),
        (date(2020, 2, 29), 4, date(2024, 2, 29)),
        (date(2019, 8, 31), 6, date(2025, 8, 31)),
        (date(2000, 2, 29), 100, date(2100, 3, 1)),
    ],
)
def test_birthdays(warehouse: Settings, birth: date, years: int, expected: date) -> None:
    assert one(warehouse, "select ops.birthday(%s::date, %s)", birth, years) == expected


def _accepted(number: int, extract: str, part: str, month: str, name: str, name_date: str | None, again: bool) -> tuple:
    return (number, "civil_affairs", extract, part, month, name, f"{number}", f"{number:064d}", name_date, again)


def test_what_counts_for_a_month(warehouse: Settings) -> None:
    """Corrections first, then the date in the name, then the name; never the order of arrival."""
    rows = [
        _accepted(1, "allowances", "农村", "202501", "a", "20250105", False),
        _accepted(2, "allowances", "农村", "202501", "b", "202501", True),
        _accepted(3, "allowances", "农村", "202501", "c", "20250131", False),
        _accepted(4, "allowances", "城市", "202501", "d", None, False),
        _accepted(5, "allowances", "农村", "202503", "e", None, False),
        _accepted(6, "deaths", "", "202501", "f2", "202501", False),
        _accepted(7, "deaths", "", "202501", "f1", "202501", False),
        _accepted(8, "deaths", "", "202502", "g", None, False),
        _accepted(9, "deaths", "", "202504", "h", None, False),
    ]
    with connect(warehouse) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.deliveries (delivery_id, source, extract, part, month, file_name, relative_path, sha256,"
            " name_date, is_correction, status, rows_read, data_date) values"
            " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'accepted', 0, '2025-01-31')",
            rows,
        )
        ids = "select array_agg(delivery_id order by recency) from ops.{}('2025-{}-01') where extract = '{}'"

        def counted(function: str, month: str, extract: str) -> list[int]:
            return cursor.execute(ids.format(function, month, extract)).fetchone()[0]

        assert counted("counting_deliveries", "01", "allowances") == [4, 2]
        assert counted("counting_deliveries", "02", "allowances") == [4, 2]
        assert counted("counting_deliveries", "03", "allowances") == [4, 5]
        assert counted("winning_deliveries", "03", "allowances") == [4, 2, 5]
        assert counted("counting_deliveries", "03", "deaths") == [6, 8]
        stale = "select is_stale, age_days from ops.counting_deliveries('2025-{}-01') where delivery_id = 4"
        assert cursor.execute(stale.format("02")).fetchone() == (False, 28)
        assert cursor.execute(stale.format("03")).fetchone() == (True, 59)
        connection.rollback()
