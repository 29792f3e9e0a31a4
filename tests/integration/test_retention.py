"""Old raw slices go, into a folder that proves them or for good; facts stay; what is missing is said and comes back."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

import hearth.gating
from hearth.building import build_month
from hearth.building.as_of import build_as_of
from hearth.building.closing import close_month, reopen_month
from hearth.building.months import inputs_of, months_due
from hearth.building.parameters import load_parameters
from hearth.cli import main
from hearth.contracts import SOURCES
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.errors import BuildFailed, DatabaseUnavailable, InputError, UsageError
from hearth.keeping import retention
from hearth.keeping.manifest import TableOf, tables_of
from hearth.keeping.retention import Word
from hearth.keeping.slice_files import MANIFEST, SliceFolder
from hearth.loading import load
from hearth.loading.history import now
from hearth.loading.load import load_source
from hearth.orchestration.checking import check_everything
from hearth.reporting.deliveries import delivery
from hearth.settings import Settings
from hearth.synthesis import synthesise
from tests.integration.support import ask, one, passing_gate

JANUARY, FEBRUARY, MARCH = "202501", "202502", "202503"
WORD = Word("tester", "the disk is small")
TOUCHED = ("ops.slice_moves",)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of a county."""
    county = tmp_path_factory.mktemp("county")
    synthesise(county / "county", households=100, months=3, seed=5, first_month=JANUARY)
    return county / "county" / "landing"


@pytest.fixture(scope="module")
def county(warehouse: Settings, landing: Path) -> Iterator[Settings]:
    """January and February published and closed, March loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearth.gating, "gate_month", passing_gate)
        patch.setattr(load, "gate_delivery", passing_gate)
        load_parameters(warehouse, landing.parent / "config" / "rule_parameters.csv")
        for source in SOURCES:
            load_source(warehouse, source.name, landing=landing)
        for month in (JANUARY, FEBRUARY):
            assert build_month(warehouse, month).status == "published"
        with connect(warehouse) as connection:  # grants reach the months' tables too, as after any upgrade
            connection.execute("delete from ops.instance_facts where name = 'bootstrap_fingerprint'")
        bootstrap(warehouse)
        assert retention.plan(warehouse, MARCH).goes == ()
        for month in (JANUARY, FEBRUARY):
            close_month(warehouse, month, decided_by="tester", reason="reported")
        yield warehouse


@pytest.fixture
def moved(county: Settings, tmp_path: Path) -> Iterator[Path]:
    """The folder to which everything that could go was moved; brought back in the end."""
    folder = tmp_path / "old"
    assert list(retention.move(county, MARCH, folder, WORD))
    yield folder
    list(retention.bring_back(county, folder, WORD))


def tables(settings: Settings) -> dict[str, TableOf]:
    """Everything that is kept, but for what retention writes down of itself."""
    with connect(settings) as connection:
        return {name: table for name, table in tables_of(connection).items() if name not in TOUCHED}


def test_only_what_no_open_or_later_month_rests_on_may_go(county: Settings) -> None:
    plan = retention.plan(county, MARCH)
    with connect(county) as connection:
        needed = {number for _, _, _, number, *_ in inputs_of(connection, MARCH)}
    assert {one.month for one in plan.goes} <= {JANUARY, FEBRUARY} and plan.open == ()
    assert not {one.delivery_id for one in plan.goes} & needed
    assert {one.delivery_id for one in plan.needed} <= needed
    gone = {(one.source, one.extract) for one in plan.goes}
    assert ("education", "pupils") in gone and ("registry", "income") in gone
    assert not gone & {("registry", "members"), ("medical_insurance", "settlements"), ("civil_affairs", "allowances")}
    january = retention.plan(county, FEBRUARY)
    assert {one.month for one in january.goes} <= {JANUARY}
    assert len(january.goes) < len(plan.goes)


def test_moved_slices_leave_everything_else_as_it_was_and_come_back_the_same(county: Settings, tmp_path: Path) -> None:
    before, due = tables(county), months_due(county)
    went = {f"raw.{one.table}" for one in retention.move(county, MARCH, tmp_path / "old", WORD)}
    after = tables(county)
    assert before.keys() - after.keys() == went and went
    assert {name for name in after if after[name] != before[name]} == set()
    assert months_due(county) == due == [MARCH]
    assert all(result.passed for result in check_everything(county, [JANUARY, FEBRUARY]))
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "old").iterdir()} == {0o600}
    assert len(list((tmp_path / "old").iterdir())) == len(went) + 1
    assert list(retention.move(county, MARCH, tmp_path / "old", WORD)) == []

    list(retention.bring_back(county, tmp_path / "old", WORD, frozenset([JANUARY])))
    assert {row["month"] for row in retention.gone(county)} == {FEBRUARY}
    list(retention.bring_back(county, tmp_path / "old", WORD))
    assert tables(county) == before
    assert retention.gone(county) == []
    assert one(county, "select count(*) from pg_class where relname = 'slice_read_back'") == 0


def test_what_is_missing_is_said_wherever_it_would_be_needed(county: Settings, moved: Path) -> None:
    with pytest.raises(BuildFailed, match=f"hearth retention return {moved}"):
        reopen_month(county, JANUARY, decided_by="tester", reason="a school was missing")
    with pytest.raises(InputError, match=f"no longer kept.*hearth retention return {moved}"):
        build_as_of(county, JANUARY, now(county))
    gone = retention.gone(county)[0]
    shown = delivery(county, gone["delivery_id"])
    assert shown["status"] == "accepted"
    assert str(moved) in shown["rows_gone"] and "tester: the disk is small" in shown["rows_gone"]
    with connect(county) as connection:  # somebody opened it by hand
        connection.execute(
            "insert into ops.month_closings (month, action, decided_by, reason) values (%s, 'reopened', 'x', 'x')",
            (JANUARY,),
        )
    try:
        with pytest.raises(BuildFailed, match=r"cannot be built.*What was published stays"):
            build_month(county, JANUARY, force=True)
    finally:
        with connect(county) as connection:
            connection.execute("delete from ops.month_closings where decided_by = 'x'")


@pytest.mark.parametrize("place", ["keep", "_write_manifest", "_prove"])
def test_a_move_that_was_cut_off_leaves_each_slice_whole_in_one_place(
    county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    before = tables(county)
    calls = iter(range(100))
    own = getattr(SliceFolder, place)

    def cut(self: SliceFolder, *arguments: object) -> object:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return own(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(SliceFolder, place, cut)
        with pytest.raises(KeyboardInterrupt):
            list(retention.move(county, MARCH, tmp_path / "old", WORD))
    gone = {row["delivery_id"] for row in retention.gone(county)}
    assert 0 < len(gone) < len(retention.plan(county, MARCH).goes)
    assert {name for name in before if name not in tables(county)} == {
        f"raw.{row['source']}__{row['extract']}__d{row['delivery_id']}" for row in retention.gone(county)
    }
    list(retention.move(county, MARCH, tmp_path / "old", WORD))
    assert retention.plan(county, MARCH).goes == ()
    list(retention.bring_back(county, tmp_path / "old", WORD))
    assert tables(county) == before


def test_a_damaged_or_foreign_folder_gives_nothing_back(county: Settings, moved: Path, tmp_path: Path) -> None:
    file = next(path for path in sorted(moved.iterdir()) if path.name != MANIFEST)
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    gone = retention.gone(county)
    with pytest.raises(InputError, match="not as it was written"):
        list(retention.bring_back(county, moved, WORD))
    number = int(file.name.rpartition("__d")[2].partition(".")[0])
    assert number in {row["delivery_id"] for row in retention.gone(county)}
    file.write_bytes(content)

    manifest = (moved / MANIFEST).read_text("utf-8")
    (moved / MANIFEST).write_text(manifest.replace('"key_fingerprint": "', '"key_fingerprint": "0'), "utf-8")
    with pytest.raises(UsageError, match="another instance"):
        list(retention.bring_back(county, moved, WORD))
    (moved / MANIFEST).write_text(manifest, "utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        list(retention.move(county, MARCH, tmp_path / "mine", WORD))
    with pytest.raises(UsageError, match=MANIFEST):
        list(retention.bring_back(county, tmp_path / "mine", WORD))
    assert len(gone) >= 1


def test_a_full_disk_is_told_and_leaves_the_rest_in_the_warehouse(
    county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(county)

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hearth.keeping.slice_files._write", full)
        with pytest.raises(DatabaseUnavailable, match="full"):
            list(retention.move(county, MARCH, tmp_path / "old", WORD))
    assert tables(county) == before and retention.gone(county) == []


def test_the_command_line_moves_lists_and_brings_back(
    county: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    home, folder = {"HEARTH_HOME": str(county.home)}, str(tmp_path / "old")
    assert main(["retention", "plan", "--before", MARCH], home) == 0
    assert "could go." in capsys.readouterr().out
    assert main(["retention", "move", "--before", MARCH, "--to", folder, "--reason", " "], home) == 2
    assert main(["retention", "move", "--before", MARCH, "--to", folder, "--reason", "small"], home) == 0
    assert f"rows moved to {folder}" in capsys.readouterr().out
    assert main(["retention", "list"], home) == 0
    assert folder in capsys.readouterr().out
    assert main(["retention", "return", folder, "--reason", "a question"], home) == 0
    assert main(["retention", "list"], home) == 0
    assert "All rows" in capsys.readouterr().out


def test_what_was_dropped_comes_back_from_the_departments_files(county: Settings, landing: Path) -> None:
    facts = "select md5(string_agg(to_jsonb(f)::text, '' order by household_key)) from marts.fct_household_month as f"
    published = ask(county, facts)
    went = list(retention.drop(county, FEBRUARY, WORD))
    assert went and {one.month for one in went} == {JANUARY}
    reopen_month(county, JANUARY, decided_by="tester", reason="dropped too early")
    with pytest.raises(BuildFailed, match="hearth reload --source"):
        build_month(county, JANUARY, force=True)
    for source in sorted({gone.source for gone in went}):
        load_source(county, source, landing=landing, months=[JANUARY], again_before=now(county))
    assert build_month(county, JANUARY).status == "published"
    assert ask(county, facts) == published
