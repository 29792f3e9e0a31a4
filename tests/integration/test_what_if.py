"""A published month under other parameters: the households that would move are those that move when it is done."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

import hearth.gating
from hearth.building import build_month, prepare
from hearth.building.build import build_lock
from hearth.building.comparing import Changes, Movement
from hearth.building.parameters import GROUPS, laid_over, load_parameters, read_parameters
from hearth.building.whatif import what_if
from hearth.cli import main
from hearth.contracts import SOURCES
from hearth.database.engine import connect
from hearth.errors import BuildFailed
from hearth.loading.load import load_source
from hearth.reporting.what_if import as_json, print_changes, write_changes
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask, one, passing_gate

COUNTY = PROJECT_ROOT / "tests" / "acceptance"
PARAMETERS = COUNTY / "config" / "rule_parameters.csv"
PAGE = PROJECT_ROOT / "docs" / "how-to" / "try-other-parameters.md"
HEADER = ("parameter", "population_group", "division_code", "valid_from", "valid_to", "value", "unit")
EARLIER, NEWEST = "202501", "202502"
"""The newest month was built last and still stands in `intermediate`; the earlier one has to be built anew."""

TOWNSHIP = "990121103"
OTHERS = (
    ("income_line", "", "990121", "9000"),
    ("income_line", "", TOWNSHIP, "7000"),
    ("allowance_line", "", "990121", "6500"),
    ("out_of_pocket_year_to_date", "assisted", "990121", "2500"),
    ("single_admission", "other", "990121", "4000"),
    ("late_admission_months", "", "00", "0"),
    ("premium_standard", "", "990121", "300"),
    ("premium_subsidy_ratio", "monitored", "990121", "0.9"),
    ("compulsory_age_from", "", "00", "5"),
    ("compulsory_age_to", "", "990121", "18"),
    ("compulsory_cutoff", "", "990121", "12-31"),
    ("newborn_grace_days", "", "990121", "0"),
    ("tertiary_own_cost", "", "990121", "1000"),
    ("income_drop_share", "", "990121", "0.1"),
    ("water_litres_minimum", "", "990121", "50"),
    ("water_minutes_maximum", "", "990121", "5"),
    ("water_test_interval_days", "", "990121", "30"),
    ("clearing_months_minimum", "", "990121", "30"),
)

TABLES = """
    select format('%I.%I', nspname, relname)
    from pg_class
    inner join pg_namespace on relnamespace = pg_namespace.oid
    where
        relkind in ('r', 'v') and not relispartition and nspname !~ '^(pg_|information_schema|raw$|staging$)'
        or relkind = 'p' and nspname = 'marts'
    order by 1
"""


@pytest.fixture(scope="module")
def county(warehouse: Settings) -> Iterator[Settings]:
    """Two months of the acceptance county, published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearth.gating, "gate_month", passing_gate)
        for source in SOURCES:
            load_source(warehouse, source.name, landing=COUNTY / "landing", months=[EARLIER, NEWEST])
        load_parameters(warehouse, PARAMETERS)
        for month in (EARLIER, NEWEST):
            assert build_month(warehouse, month).status == "published"
        yield warehouse


def write(path: Path, rows: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def other(tmp_path: Path, *rows: tuple[str, str, str, str]) -> Path:
    """A parameter file without dates."""
    return write(tmp_path / "other.csv", [(name, group, code, "", "", value, "") for name, group, code, value in rows])


def fingerprints(settings: Settings) -> dict[str, Any]:
    """Every table with a digest of its rows, but for raw ones; a view of `ops` or `marts` is a table too."""
    with connect(settings) as connection:
        names = [name for (name,) in connection.execute(TABLES)]
        return {
            name: connection.execute(
                f"select md5(string_agg(one::text, '|' order by one::text)) from {name} as one"
            ).fetchall()  # type: ignore[call-overload]
            for name in names
            if name != "restricted.household_card"  # reading it is what it writes down
        }


def has_trial(settings: Settings) -> bool:
    return one(settings, "select to_regnamespace('what_if') is not null")


def facts(settings: Settings, month: str) -> dict[str, dict[str, Any]]:
    rows = ask(settings, "select to_jsonb(f) from marts.fct_household_month as f where month = %s", f"{month}01")
    return {fact["household_key"]: fact for (fact,) in rows}


def judgements(fact: dict[str, Any]) -> dict[str, str]:
    """What the month says of a household, by rule, level and category."""
    states = {name.removesuffix("_state").upper(): value for name, value in fact.items() if name.endswith("_state")}
    return {**states, "level": fact["risk_level"], "category": fact["suggested_category"] or "none"}


def moved(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    assert before.keys() == after.keys()
    return {
        (key, code, was, judgements(after[key])[code])
        for key, fact in before.items()
        for code, was in judgements(fact).items()
        if judgements(after[key])[code] != was
    }


def said(found: Changes) -> set[tuple[str, str, str, str]]:
    assert found.moves is not None
    return set(found.moves.select("household_key", "code", "value_before", "value_after").iter_rows())


def assert_lines_add_up(found: Changes) -> None:
    """The lines count what the moves name: households, their members, by township and in all."""
    assert found.moves is not None
    for line in found.lines:
        here = found.moves if line.township is None else found.moves.filter(pl.col("township_code") == line.township)
        mine = here.filter((pl.col("kind") == line.kind) & (pl.col("code") == line.code))
        for count, column in ((line.households, None), (line.members, "member_count")):
            assert count.after - count.before == count.entering - count.leaving
            if line.code != "any":
                entering = mine.filter(pl.col("value_after") == line.value)
                leaving = mine.filter(pl.col("value_before") == line.value)
                assert count.entering == (entering[column].sum() if column else entering.height)
                assert count.leaving == (leaving[column].sum() if column else leaving.height)
    for line in [line for line in found.lines if line.township is None]:
        below = [
            x for x in found.lines if x.township and (x.kind, x.code, x.value) == (line.kind, line.code, line.value)
        ]
        for counts in ("households", "members"):
            for side in ("before", "after", "entering", "leaving"):
                whole = getattr(getattr(line, counts), side)
                assert whole == sum(getattr(getattr(part, counts), side) for part in below), line


@pytest.fixture(scope="module")
def trial(county: Settings, tmp_path_factory: pytest.TempPathFactory) -> Changes:
    """One township's income line, tried on the newest month; every table is as it was before."""
    before = fingerprints(county)
    file = other(tmp_path_factory.mktemp("trial"), ("income_line", "", TOWNSHIP, "12000"))
    found = what_if(county, NEWEST, read_parameters(file), with_moves=True)
    assert fingerprints(county) == before
    assert not has_trial(county)
    return found


def test_a_township_of_its_own_line_moves_alone(county: Settings, trial: Changes) -> None:
    assert [(change.parameter, change.before, change.after) for change in trial.parameters] == [
        ("income_line", "8000", "12000")
    ]
    assert all(village.startswith(TOWNSHIP) for change in trial.parameters for village in change.villages)
    assert {line.township for line in trial.lines if line.is_changed} == {None, TOWNSHIP + "000"}
    assert_lines_add_up(trial)
    assert trial.moves is not None
    assert {"INC01", "level", "category"} <= set(trial.moves["code"]) <= {"INC01", "CIV04", "level", "category"}
    poor = one(
        county,
        "select count(*) from marts.fct_household_month where month = %s and township_code = %s"
        " and income_per_capita >= 8000 and income_per_capita < 12000",
        f"{NEWEST}01",
        TOWNSHIP + "000",
    )
    flagged = flagged_by("INC01", trial)
    assert (flagged.entering, flagged.leaving) == (poor, 0)


def flagged_by(rule: str, found: Changes) -> Movement:
    """Households a rule flags, in all."""
    return next(x.households for x in found.lines if (x.township, x.code, x.value) == (None, rule, "flagged"))


def test_what_is_in_force_changes_nothing_once_a_build_has_let_go(county: Settings, tmp_path: Path) -> None:
    rows = read_parameters(
        other(tmp_path, ("income_line", "", "990121000000", "8000.0"), ("income_line", "", "990122", "1"))
    )
    with ThreadPoolExecutor() as pool:
        with build_lock(county):
            answer = pool.submit(what_if, county, NEWEST, rows)
            with pytest.raises(TimeoutError):
                answer.result(timeout=1)
            assert not has_trial(county)
        found = answer.result()
    assert found.parameters == []
    assert [line for line in found.lines if line.is_changed] == []
    assert [(idle.division, idle.english) for idle in found.without_effect] == [
        ("990121000000", "this value is in force there already"),
        ("990122", "no household of the month lives in 990122"),
    ]


def test_what_changes_nothing_says_why(county: Settings, tmp_path: Path) -> None:
    """Of a row: its dates, a smaller division's row. Of a parameter: nobody whom it is for, no list, nobody between."""
    tried = [
        ("income_line", "", "990121", "2026-01-01", "", "9000", ""),
        ("tertiary_own_cost", "", "990121", "", "", "900000", ""),
        ("allowance_line", "", "990121", "", "", "5000", ""),
        ("allowance_line", "", TOWNSHIP, "", "", "5400", ""),
        ("single_admission", "other", "990121", "", "", "10000.001", ""),
    ]
    found = what_if(county, NEWEST, read_parameters(write(tmp_path / "idle.csv", tried)))
    why = {(idle.parameter, idle.division): idle.english for idle in found.without_effect}
    assert "leaves out the month's last day, 2025-02-28" in why["income_line", "990121"]
    assert why["allowance_line", TOWNSHIP] == "this value is in force there already"
    assert "no household" in why["single_admission", None]
    assert all(re.search("[\u4e00-\u9fff]", idle.chinese) for idle in found.without_effect)


def test_every_parameter_has_a_chinese_name(county: Settings) -> None:
    names = ask(county, "select name, ops.parameter_zh(name) from unnest(%s::text[]) as name", list(GROUPS))
    assert all(re.fullmatch("[\u4e00-\u9fff]+", chinese) for _, chinese in names)
    assert len({chinese for _, chinese in names}) == len(GROUPS)


def test_the_whole_file_is_tried_without_the_rows_in_force(county: Settings, tmp_path: Path) -> None:
    rows = read_parameters(other(tmp_path, ("income_line", "", "990121", "8000")))
    found = what_if(county, NEWEST, rows, replace=True)
    assert ("allowance_line", "5400", None) in {(c.parameter, c.before, c.after) for c in found.parameters}
    unknown = {x.code for x in found.lines if x.township is None and x.value == "unknown" and x.households.entering}
    assert {"CIV02", "MED02", "MED04"} <= unknown
    assert "INC01" not in {line.code for line in found.lines if line.is_changed}


def test_a_wanted_row_replaces_the_rows_in_force_whatever_their_periods() -> None:
    def row(division: str, start: str, end: str | None, value: str) -> Any:
        until = date.fromisoformat(end) if end else None
        return ("income_line", "", division, date.fromisoformat(start), until, value, "", "")

    current = [
        row("990121", "2020-01-01", "2025-02-28", "1"),
        row("990121", "2025-03-01", None, "2"),
        row("990121101", "2025-03-01", None, "3"),
    ]
    wanted = row("990121000000", "1949-10-01", None, "9")
    assert laid_over(current, [wanted], date(2025, 3, 31)) == [current[2], wanted]
    ended = row("990121", "1949-10-01", "2025-03-30", "9")
    assert laid_over(current, [ended], date(2025, 3, 31)) == [*current, ended], "not valid on the day: tries nothing"


def test_a_killed_trial_changes_nothing_and_is_cleared_away(county: Settings, trial: Changes, tmp_path: Path) -> None:
    """Killed while it builds the earlier month apart; the next one finds nothing in its way."""
    before = fingerprints(county)
    file = other(tmp_path, ("income_line", "", TOWNSHIP, "12000"))
    words = ["whatif", "--parameters", str(file), "--month", EARLIER]
    killed = subprocess.Popen(
        [str(Path(sys.executable).with_name("hearth")), *words],
        env={**os.environ, "HEARTH_HOME": str(county.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not one(county, "select to_regclass('what_if.int_spine_persons') is not null"):
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert has_trial(county)
    found = what_if(county, NEWEST, read_parameters(file))
    assert not has_trial(county)
    assert fingerprints(county) == before
    assert flagged_by("INC01", found) == flagged_by("INC01", trial)


def test_the_page_is_followed_literally(
    county: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of docs/how-to/try-other-parameters.md, with its file, for its month."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    text = PAGE.read_text(encoding="utf-8")
    content, commands = (
        [body for said, body in re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if said == kind]
        for kind in ("csv", "bash")
    )
    Path("other.csv").write_text(content[0], encoding="utf-8")
    shutil.copyfile(PARAMETERS, "next_year.csv")
    for command in commands:
        assert main(command.split()[1:], {"HEARTH_HOME": str(county.home)}) == 0
    shown = capfd.readouterr().out
    assert "INC01 flagged" in shown
    assert "云岭镇" in shown
    assert "MED01" not in shown, "nobody moves there"
    assert shown.count("nothing would change") == 1, "next year's file is this year's"
    book = Path("trial.xlsx")
    assert book.stat().st_mode & 0o077 == 0
    parameters, changes, households = (pl.read_excel(book, sheet_id=number, engine="openpyxl") for number in (1, 2, 3))
    assert (parameters.row(0)[0], *parameters.row(0)[2:4]) == ("income_line", "8000", "7500")
    words = {column.split()[-1]: column for column in changes.columns}
    flagged = changes.filter(pl.col(words["code"]) == "INC01", pl.col(words["value"]) == "flagged")
    leaving = flagged.filter(pl.col(words["township_code"]).is_null())[words["households_leaving"]].item()
    assert leaving == flagged[words["households_leaving"]].sum() / 2 > 0
    assert households.filter(pl.col("规则 code") == "INC01").height == leaving
    assert main(commands[-1].split()[1:], {"HEARTH_HOME": str(county.home)}) == 3
    assert "exists already" in capfd.readouterr().err


def test_people_and_programs_get_the_same(
    trial: Changes, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    print_changes(Console(width=160), trial, show_all=False)
    shown = capfd.readouterr().out
    assert "INC01 收入低于监测线 命中" in shown
    assert trial.townships[TOWNSHIP + "000"] in shown
    answer = json.loads(json.dumps(as_json(trial, show_all=True), ensure_ascii=False))
    entering = flagged_by("INC01", trial).entering
    line = next(x for x in answer["total"] if (x["code"], x["value"]) == ("INC01", "flagged"))
    assert line["households"]["entering"] == entering
    assert "MED01" in {x["code"] for x in answer["total"]}
    assert "MED01" not in {x["code"] for x in as_json(trial, show_all=False)["total"]}
    written = write_changes(trial, tmp_path / "trial.csv", show_all=False)
    changes, households = (pl.read_csv(file, infer_schema=False) for file in written)
    assert set(changes.filter(code="INC01")["title"]) == {"收入低于监测线"}
    assert households.filter(code="INC01", value_after="flagged").height == entering


@pytest.mark.parametrize(
    ("arguments", "content", "status", "message"),
    [
        (["--month", "202513"], "income_line,,990121,,,1,\n", 2, "is not a month"),
        (["--month", "202501,202502"], "income_line,,990121,,,1,\n", 2, "one month"),
        (["--month", "202507"], "income_line,,990121,,,1,\n", 3, "No file of 202507"),
        (["--month", NEWEST], "income_lime,,990121,,,1,\n", 3, "line 2: parameter"),
        (["--month", NEWEST], "", 3, "holds no parameter"),
        (["--month", NEWEST, "--output", "trial.pdf"], "income_line,,990121,,,1,\n", 2, ".xlsx or .csv"),
        (["--month", NEWEST, "--output", "nowhere/trial.csv"], "income_line,,990121,,,1,\n", 3, "no folder"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    county: Settings,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    content: str,
    status: int,
    message: str,
) -> None:
    file = tmp_path / "other.csv"
    file.write_text(",".join(HEADER) + "\n" + content, encoding="utf-8")
    environ = {"HEARTH_HOME": str(county.home)}
    assert main(["whatif", "--parameters", str(file), *arguments], environ) == status
    assert message in capfd.readouterr().err


@pytest.mark.parametrize("words", [("build",), ("explain", "a-key"), ("whatif", "--parameters", "other.csv")])
def test_a_month_that_was_never_loaded_is_the_same_error_everywhere(
    county: Settings,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    other(tmp_path, ("income_line", "", "990121", "9000"))
    assert main([*words, "--month", "209901"], {"HEARTH_HOME": str(county.home)}) == 3
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    capfd.readouterr()
    assert main([*words, "--month", "209901"], {"HEARTH_HOME": str(county.home), "LC_ALL": "zh_CN.UTF-8"}) == 3
    told = capfd.readouterr().err
    assert "209901 尚未发布" in told or "209901 从未载入任何文件" in told


def test_a_month_published_by_other_rules_is_not_compared(county: Settings, tmp_path: Path) -> None:
    rows = read_parameters(other(tmp_path, ("income_line", "", "990121", "9000")))
    with connect(county) as connection:
        connection.execute("update ops.builds set models_digest = models_digest || '-' where month = '2025-02-01'")
    try:
        with pytest.raises(BuildFailed, match="--force"):
            what_if(county, NEWEST, rows)
    finally:
        with connect(county) as connection:
            connection.execute("update ops.builds set models_digest = rtrim(models_digest, '-')")


@contextmanager
def between_two_steps_of_a_build(county: Settings, month: str) -> Iterator[None]:
    """A scheduled build that has been opened; it is still open, and the current one, afterwards."""
    build = prepare(county, month, force=True)
    yield
    open_build = (
        "select build_id from ops.current_build inner join ops.builds using (build_id) where status = 'building'"
    )
    assert ask(county, open_build) == [(build.build_id,)]
    with connect(county) as connection:
        connection.execute("update ops.builds set status = 'failed' where status = 'building'")


def test_who_would_move_is_who_moves_when_it_is_done(county: Settings, tmp_path: Path) -> None:
    """Every parameter another one, tried, then put in force and built: household by household the same."""
    rows = read_parameters(other(tmp_path, *OTHERS))
    trials = {NEWEST: what_if(county, NEWEST, rows, with_moves=True)}
    with between_two_steps_of_a_build(county, EARLIER):
        trials[EARLIER] = what_if(county, EARLIER, rows, with_moves=True)
    before = {month: facts(county, month) for month in trials}
    replaced = {(name, group, code) for name, group, code, _ in OTHERS}
    with PARAMETERS.open(encoding="utf-8", newline="") as file:
        kept = [row for row in list(csv.reader(file))[1:] if tuple(row[:3]) not in replaced]
    wanted = [(name, group, code, "", "", value, "") for name, group, code, value in OTHERS]
    load_parameters(county, write(tmp_path / "whole.csv", [*kept, *wanted]))
    with pytest.raises(BuildFailed, match="have changed since it was published"):
        what_if(county, NEWEST, rows)
    with connect(county, "transformer") as connection:
        connection.execute("create schema what_if")
    for month, found in trials.items():
        assert build_month(county, month).status == "published"
        after = facts(county, month)
        assert said(found) == moved(before[month], after)
        assert_lines_add_up(found)
        counted = {
            (line.code, line.value): line.households.after
            for line in found.lines
            if line.township is None and line.kind != "level"
        }
        assert counted["any", "flagged"] == sum(fact["flagged_count"] > 0 for fact in after.values())
        assert counted["any", "suggested"] == sum(fact["suggested_category"] is not None for fact in after.values())
        assert found.members == sum(fact["member_count"] for fact in after.values())
    assert len({code for _, code, *_ in said(trials[NEWEST])}) > 12, "most rules have somebody at the boundary"
    assert not has_trial(county), "a build clears away what a killed trial left"
