"""A backup restored into another folder is the same warehouse and goes on; what is damaged is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import hearth.gating
from hearth.building import build_month
from hearth.building.months import months_due
from hearth.building.parameters import load_parameters
from hearth.cli import main
from hearth.contracts import SOURCES
from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect, sa_url
from hearth.errors import DatabaseUnavailable, HearthError, InputError, NoRoomToSort, UsageError
from hearth.keeping import back_up, restore
from hearth.keeping.manifest import DUMP, MANIFEST, tables_of
from hearth.loading import load
from hearth.loading.load import load_source
from hearth.settings import PROJECT_ROOT, Settings, load_settings
from tests.integration.support import DEATHS, ask, deaths, one, passing_gate, write_csv

COUNTY = PROJECT_ROOT / "tests" / "acceptance"
JANUARY = "202501"
MODULE = "hearth.keeping.restoring"
ACCESS = """
    select nspname, relname, relkind::text, pg_get_userbyid(relowner), relrowsecurity, relispartition,
        array(select acl::text from unnest(relacl) as acl order by 1), reloptions
    from pg_class
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in ('raw', 'marts', 'ops', 'restricted')
    order by 1, 2
"""
RULES = """
    select 'function', oid::regprocedure::text, array(select acl::text from unnest(proacl) as acl order by 1)::text
    from pg_proc
    where pronamespace in ('ops'::regnamespace, 'restricted'::regnamespace)
    union all
    select 'policy', tablename || policyname, roles::text || coalesce(qual, '') from pg_policies
    union all
    select 'constraint', conrelid::regclass || conname, pg_get_constraintdef(oid)
    from pg_constraint
    where connamespace in ('raw'::regnamespace, 'ops'::regnamespace, 'restricted'::regnamespace)
    union all
    select 'trigger', tgrelid::regclass || tgname, '' from pg_trigger where not tgisinternal
    union all
    select 'sequence', schemaname || '.' || sequencename, last_value::text from pg_sequences
    where schemaname in ('ops', 'restricted')
    order by 1, 2, 3
"""
AT_WORK = ("ops.current_build", "ops.instance_facts")
"""Tables that a restore changes: nothing is at work, and the bootstrap has run."""


@pytest.fixture(scope="module")
def county(warehouse: Settings) -> Iterator[Settings]:
    """January of the acceptance county, published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearth.gating, "gate_month", passing_gate)
        patch.setattr(load, "gate_delivery", passing_gate)
        for source in SOURCES:
            load_source(warehouse, source.name, landing=COUNTY / "landing", months=[JANUARY])
        load_parameters(warehouse, COUNTY / "config" / "rule_parameters.csv")
        assert build_month(warehouse, JANUARY).status == "published"
        with connect(warehouse) as connection:  # its grants reach January's tables too, as after any upgrade
            connection.execute("delete from ops.instance_facts where name = 'bootstrap_fingerprint'")
        bootstrap(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def backup(county: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    target = tmp_path_factory.mktemp("backup") / "of today"
    back_up(county, target)
    return target


def test_a_backup_is_its_owners_and_names_nobody(
    county: Settings, backup: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert {path.stat().st_mode & 0o777 for path in backup.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (backup, backup / "secrets")} == {0o700}
    for _ in range(2):
        status = main(["backup", str(tmp_path / "b")], {"HEARTH_HOME": str(county.home)})
    printed = capfd.readouterr()
    assert status == 2
    assert "exists already" in printed.err or "已存在" in printed.err
    names = [name for (name,) in ask(county, "select distinct head_name from restricted.household_cards")]
    assert names and not [name for name in names if name in printed.out + printed.err]
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_restored_instance_is_the_same_and_goes_on(county: Settings, backup: Path, tmp_path: Path) -> None:
    other = load_settings({"HEARTH_HOME": str(tmp_path / "elsewhere" / "home")})
    restore(other, backup)
    other = load_settings({"HEARTH_HOME": str(other.home)})
    try:
        server.ensure_running(other)
        with connect(county) as ours, connect(other) as theirs:
            mine, restored = tables_of(ours), tables_of(theirs)
        assert {name for name in mine if mine[name] != restored.get(name)} <= set(AT_WORK)
        assert restored.keys() == mine.keys()
        assert ask(other, ACCESS) == ask(county, ACCESS)
        assert ask(other, RULES) == ask(county, RULES)
        assert ask(other, "select * from marts.household_history order by 1, 2", role="analyst") != []
        assert months_due(other) == []

        newest = one(other, "select max(delivery_id) from ops.deliveries")
        write_csv(tmp_path / "landing", "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, deaths(3))
        outcomes = load_source(other, "civil_affairs", landing=tmp_path / "landing")
        assert [outcome.delivery_id > newest for outcome in outcomes] == [True]
        facts = one(county, "select count(*) from marts.fct_household_month")
        assert build_month(other, JANUARY, force=True).household_count == facts
    finally:
        server.stop(other)


@pytest.mark.parametrize("damage", ["no manifest", "a byte", "a file less", "another key", "a path"])
def test_what_is_damaged_or_foreign_is_refused(backup: Path, tmp_path: Path, damage: str) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(backup, spoilt)
    if damage == "no manifest":
        (spoilt / MANIFEST).unlink()
    elif damage == "a byte":
        content = bytearray((spoilt / DUMP).read_bytes())
        content[len(content) // 2] ^= 1
        (spoilt / DUMP).write_bytes(content)
    elif damage == "a file less":
        (spoilt / DUMP).unlink()
    elif damage == "another key":
        text = (spoilt / MANIFEST).read_text("utf-8")
        (spoilt / MANIFEST).write_text(text.replace('"key_fingerprint": "', '"key_fingerprint": "0'), "utf-8")
    else:
        text = (spoilt / MANIFEST).read_text("utf-8")
        (spoilt / MANIFEST).write_text(text.replace('"secrets/', '"secrets/../../'), "utf-8")
    home = tmp_path / "home"
    with pytest.raises(InputError, match="spoilt"):
        restore(load_settings({"HEARTH_HOME": str(home)}), spoilt)
    assert not home.exists()


def test_a_folder_that_holds_something_is_left_alone(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="home"):
        restore(load_settings({"HEARTH_HOME": str(tmp_path / "home")}), backup)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["mine"]


def test_a_restore_that_has_no_room_to_sort_says_so(county: Settings, backup: Path, tmp_path: Path) -> None:
    with connect(county, autocommit=True) as connection:
        connection.execute("create database narrow template template0 encoding 'UTF8'")
        for limit in ("temp_file_limit = 0", "work_mem = '64kB'", "maintenance_work_mem = '64kB'"):
            connection.execute(f"alter database narrow set {limit}")
    target = f"postgresql://{address(county, 'narrow')}"
    other = load_settings({"HEARTH_HOME": str(tmp_path / "home"), "HEARTH_DATABASE_URL": target})
    with pytest.raises(NoRoomToSort, match="temp_file_limit"):
        restore(other, backup)
    assert one(other, "select count(*) from pg_namespace where nspname in ('raw', 'ops', 'hearth_restoring')") == 0


def test_a_restore_that_fails_or_was_cut_off_leaves_nothing_that_looks_whole(
    county: Settings, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(county, autocommit=True) as connection:
        connection.execute("drop database if exists spare")
        connection.execute("create database spare template template0 encoding 'UTF8'")
    target = f"postgresql://{address(county, 'spare')}"
    other = load_settings({"HEARTH_HOME": str(tmp_path / "home"), "HEARTH_DATABASE_URL": target})

    with monkeypatch.context() as patch:
        patch.setattr(f"{MODULE}._compare", fail)
        with pytest.raises(RuntimeError):
            restore(other, backup)
    assert list((tmp_path / "home").iterdir()) == []
    schemas = "select count(*) from pg_namespace where nspname in ('raw', 'ops', 'marts', 'hearth_restoring')"
    assert one(other, schemas) == 0

    with monkeypatch.context() as patch:  # killed: nothing is cleared
        patch.setattr(f"{MODULE}._compare", fail)
        patch.setattr(f"{MODULE}._clear", lambda _: None)
        with pytest.raises(RuntimeError):
            restore(other, backup)
    with pytest.raises(DatabaseUnavailable, match="cut off"):
        bootstrap(other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{MODULE}.bootstrap", lambda _: None)  # its roles' passwords are the county's server's
        restore(other, backup)
    with connect(county) as ours, connect(other) as theirs:
        mine, restored = tables_of(ours), tables_of(theirs)
    assert {name for name in mine if mine[name] != restored.get(name)} <= set(AT_WORK)
    with pytest.raises(HearthError, match="already"):
        restore(load_settings({"HEARTH_HOME": str(tmp_path / "third"), "HEARTH_DATABASE_URL": target}), backup)


def fail(*_: object) -> None:
    raise RuntimeError("cut off")


def address(settings: Settings, database: str) -> str:
    """The owner's login at another database of the same server."""
    return sa_url(settings).set(database=database).render_as_string(hide_password=False).partition("://")[2]
