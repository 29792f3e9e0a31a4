"""A closed month stays as it was published, what comes for it waits; and what was known on a day is known exactly."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import hearth.gating
from hearth.building import build_month, prepare, publish
from hearth.building.as_of import build_as_of
from hearth.building.closing import close_month, month_standings, reopen_month
from hearth.building.dbt import models_digest
from hearth.building.months import fingerprint, first_day, months_due
from hearth.building.parameters import current_parameters, load_parameters
from hearth.building.shape import marts_shape
from hearth.cli import main
from hearth.clock import ZONE
from hearth.contracts import SOURCES
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.errors import BuildFailed, InputError, MonthClosed, UsageError
from hearth.loading import load
from hearth.loading.decisions import reject, release
from hearth.loading.load import load_source
from hearth.orchestration.months import month_states
from hearth.reporting.as_of import notes
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask, begin_anew, one, passing_gate, slices

COUNTY = PROJECT_ROOT / "tests" / "acceptance"
PARAMETERS = COUNTY / "config" / "rule_parameters.csv"
JANUARY, FEBRUARY = "202501", "202502"
PUPILS = "education/202502/中小学在籍学生_20250228_更正.csv"
DEATHS = "civil_affairs/202501/死亡人员信息_20250131_更正.csv"
INCOME = "registry/202501/农户收支信息_20250131_更正.csv"
MARTS = (
    "fct_household_month",
    "fct_household_risk_signal",
    "agg_division_month",
    "agg_policy_indicator_month",
    "dim_parameter_month",
    "dim_rule_need_month",
)

Facts = dict[str, list[str]]


def marts(settings: Settings, month: str, schema: str = "marts") -> Facts:
    """Every row of every mart of the month, as it is written."""
    query = "select to_jsonb(mart)::text from {}.{} as mart where month = %s order by 1"
    return {name: [row for (row,) in ask(settings, query.format(schema, name), first_day(month))] for name in MARTS}


def command(settings: Settings, *words: str) -> int:
    return main(list(words), {"HEARTH_HOME": str(settings.home)})


def shortened(landing: Path, source: str, target: str, keep: Callable[[int], bool]) -> None:
    """A corrected file: the header and those of the rows whose number fits."""
    header, *rows = (landing / source).read_bytes().splitlines(keepends=True)
    kept = [row for number, row in enumerate(rows) if keep(number)]
    (landing / target).write_bytes(b"".join([header, *kept]))


@dataclass
class Story:
    """The county on its way: what was published at first, and when that was known."""

    settings: Settings
    landing: Path
    known_at: datetime
    first: dict[str, Facts]

    def load(self) -> dict[str, Any]:
        """Load every department; outcomes by path, as far as they are new."""
        found = [o for s in SOURCES for o in load_source(self.settings, s.name, landing=self.landing)]
        return {f"{o.source}/{o.month}/{o.file_name}": o for o in found if o.is_new}

    def now(self, month: str) -> Facts:
        return marts(self.settings, month)


@pytest.fixture(scope="module")
def story(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Two months of the acceptance county, published."""
    landing = tmp_path_factory.mktemp("closing") / "landing"
    for folder in (COUNTY / "landing").glob("*/20250[12]"):
        shutil.copytree(folder, landing / folder.parent.name / folder.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearth.gating, "gate_month", passing_gate)
        patch.setattr(load, "gate_delivery", passing_gate)
        with connect(warehouse) as connection:
            connection.execute("drop schema if exists as_of cascade")
        found = Story(warehouse, landing, datetime.now(ZONE), {})
        found.load()
        load_parameters(warehouse, PARAMETERS)
        for month in (JANUARY, FEBRUARY):
            assert build_month(warehouse, month).status == "published"
        found.known_at = datetime.now(ZONE)
        found.first = {month: found.now(month) for month in (JANUARY, FEBRUARY)}
        yield found


def test_only_a_published_month_that_is_up_to_date_can_be_closed(story: Story, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No file of 209901"):
        close_month(story.settings, "209901", decided_by="li", reason="done")
    with pytest.raises(UsageError, match="reason"):
        close_month(story.settings, FEBRUARY, decided_by="li", reason="  ")
    with pytest.raises(UsageError, match="not closed"):
        reopen_month(story.settings, FEBRUARY, decided_by="li", reason="why not")
    other = tmp_path / "other.csv"
    other.write_text("".join(PARAMETERS.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    load_parameters(story.settings, other)
    with pytest.raises(BuildFailed, match="have changed since it was published"):
        close_month(story.settings, FEBRUARY, decided_by="li", reason="done")
    load_parameters(story.settings, PARAMETERS)
    story.known_at = datetime.now(ZONE)
    assert month_standings(story.settings)[0].state == "open"


def test_a_closed_month_says_by_whom_and_why(story: Story, capfd: pytest.CaptureFixture[str]) -> None:
    words = ("month", "close", FEBRUARY, "--reason", "reported to the prefecture", "--by", "li")
    assert command(story.settings, *words) == 0
    shown = capfd.readouterr().out
    assert "still open before it: 202501" in shown
    assert command(story.settings, *words) == 2
    assert "was closed on" in capfd.readouterr().err
    assert command(story.settings, "month", "list", "--json") == 0
    listed = {row["month"]: row for row in json.loads(capfd.readouterr().out)}
    assert (listed[FEBRUARY]["state"], listed[FEBRUARY]["decided_by"]) == ("closed", "li")
    assert listed[FEBRUARY]["reason"] == "reported to the prefecture"
    assert listed[JANUARY]["state"] == "open"


def test_a_build_that_was_open_when_the_month_was_closed_publishes_nothing(story: Story) -> None:
    reopen_month(story.settings, FEBRUARY, decided_by="li", reason="one more build")
    build = prepare(story.settings, FEBRUARY, force=True)
    close_month(story.settings, FEBRUARY, decided_by="li", reason="done after all")
    with pytest.raises(MonthClosed, match="done after all"):
        publish(story.settings, build)
    assert prepare(story.settings, FEBRUARY, force=True).status == "closed"
    states = {state.month: state for state in month_states(story.settings)}
    assert (states[FEBRUARY].status, states[FEBRUARY].is_published) == ("published", True)


@pytest.fixture(scope="module")
def later(story: Story) -> dict[str, Any]:
    """Corrections for the closed month and for the one before it, other parameters, and a held file released."""
    shortened(story.landing, "education/202502/中小学在籍学生_202502_更正.csv", PUPILS, lambda n: n % 9 > 0)
    shortened(story.landing, "civil_affairs/202501/死亡人员信息_202501.csv", DEATHS, lambda n: n > 0)
    shortened(story.landing, "registry/202501/农户收支信息_20250131.csv", INCOME, lambda n: n % 10 > 0)
    half = "water/202502/农户饮水状况_20250228.csv"
    shortened(story.landing, "water/202502/农户饮水状况_202502.csv", half, lambda n: n % 2 > 0)
    outcomes = story.load()
    held = outcomes[half]
    assert held.status == "held"
    decided = release(story.settings, held.delivery_id, decided_by="wang", reason="half of the county moved")
    assert decided.status == "waiting"
    return outcomes


def test_what_comes_for_a_closed_month_waits_visibly(
    story: Story, later: dict[str, Any], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = later[PUPILS]
    assert (waiting.status, waiting.rows_loaded) == ("waiting", 0)
    assert waiting.message and "202502 is closed" in waiting.message
    assert waiting.message_zh and "202502 已封账" in waiting.message_zh
    assert f"education__pupils__d{waiting.delivery_id}" in slices(story.settings)
    counted = "select count(*) from raw.education__pupils where delivery_id = %s"
    assert one(story.settings, counted, waiting.delivery_id) == 0
    assert story.load() == {}, "a second load neither repeats nor drops it"
    assert command(story.settings, "deliveries", "list", "--status", "waiting", "--json") == 0
    assert len(json.loads(capfd.readouterr().out)) == 2
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert command(story.settings, "status") == 0
    shown = capfd.readouterr().out
    assert "202502 was closed on" in shown
    assert "files that wait for its reopening: 2" in shown


def test_a_list_of_events_that_shrinks_says_so(later: dict[str, Any]) -> None:
    shrunk = later[DEATHS]
    assert shrunk.status == "accepted"
    rows = shrunk.rows_loaded + shrunk.rows_quarantined
    assert f"has {rows} rows" in shrunk.message
    assert "1 fewer" in shrunk.message
    assert "少 1 行" in shrunk.message_zh


def test_nothing_reaches_a_closed_month(story: Story, later: dict[str, Any], tmp_path: Path) -> None:
    """Neither what counts for the month before, nor parameters, nor a build by force."""
    settings = story.settings
    richer = tmp_path / "richer.csv"
    richer.write_text(PARAMETERS.read_text(encoding="utf-8").replace(",8000,", ",9500,"), encoding="utf-8")
    before = current_parameters_of(settings)
    assert command(settings, "build", "--month", FEBRUARY, "--parameters", str(richer)) == 5
    assert current_parameters_of(settings) == before, "refused as a whole"
    load_parameters(settings, richer)
    county = tmp_path / "county.toml"
    county.write_text("[registry.income]\nmax_age_days = 20\n", encoding="utf-8")
    bootstrap(settings.model_copy(update={"county_file": county}))
    assert months_due(settings) == [JANUARY]
    assert build_month(settings, JANUARY).status == "published"
    assert story.now(JANUARY) != story.first[JANUARY]
    assert command(settings, "build", "--month", FEBRUARY, "--force") == 5
    assert build_month(settings, FEBRUARY).status == "closed"
    assert story.now(FEBRUARY) == story.first[FEBRUARY]
    february = next(one for one in month_standings(settings) if one.month == FEBRUARY)
    assert (february.state, february.waiting_files, february.is_changed) == ("closed", 2, True)


def current_parameters_of(settings: Settings) -> Any:
    with connect(settings, "transformer") as connection:
        return current_parameters(connection)


def test_a_reopening_takes_in_what_waited(
    story: Story, later: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    settings = story.settings
    (story.landing / PUPILS).unlink()  # its rows are kept, the file is not needed any more
    assert command(settings, "month", "reopen", FEBRUARY, "--reason", "a school was missing", "--by", "li") == 0
    assert "files that waited: 2" in capfd.readouterr().out
    taken = story.load()
    assert {o.status for o in taken.values()} == {"accepted"}
    assert PUPILS in taken
    assert "waited for the reopening" in str(taken[PUPILS].message)
    assert "is closed" not in str(taken[PUPILS].message)
    assert months_due(settings) == [FEBRUARY]
    assert build_month(settings, FEBRUARY).status == "published"
    assert story.now(FEBRUARY) != story.first[FEBRUARY]
    decisions = ask(settings, "select action, decided_by from ops.month_closings where month = %s order by 1", FEBRUARY)
    assert decisions[-1] == ("reopened", "li")
    replaced = ask(
        settings,
        "select rows_before > rows_now from ops.replaced_deliveries where replaced_by = %s",
        taken[PUPILS].delivery_id,
    )
    assert replaced[-1] == (True,)


@pytest.mark.parametrize("month", [JANUARY, FEBRUARY])
def test_what_was_known_between_is_known_exactly(
    story: Story, later: dict[str, Any], month: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Deliveries, decisions, parameters and kinds of file have changed since: row by row what was published then."""
    settings = story.settings
    now = story.now(month)
    assert now != story.first[month]
    assert command(settings, "build", "--month", month, "--as-of", story.known_at.isoformat()) == 0
    assert "It is what was published then" in capfd.readouterr().out
    assert marts(settings, month, "as_of") == story.first[month]
    assert story.now(month) == now, "nothing published changes"
    assert ask(settings, "select to_char(month, 'YYYYMM'), has_its_inputs, has_its_models from as_of.about") == [
        (month, True, True)
    ]
    assert one(settings, "select to_regnamespace('as_of_next') is null")
    assert ask(settings, "select count(*) > 0 from as_of.fct_household_month", role="analyst") == [(True,)]


def test_as_of_today_is_what_is_published_now(story: Story, later: dict[str, Any]) -> None:
    """By the rules of now, which it says when they are others than those of then."""
    with connect(story.settings) as connection:
        connection.execute("update ops.builds set models_digest = 'other' where models_digest = %s", (models_digest(),))
    found = build_as_of(story.settings, FEBRUARY, datetime.now(ZONE))
    assert marts(story.settings, FEBRUARY, "as_of") == story.now(FEBRUARY)
    assert found.different_now == 0
    assert all(known == published for _, known, published in [*found.levels, *found.rules])
    assert any("The rules are those of now, not of then" in line for line in notes(found))


def test_what_cannot_be_known_is_refused(
    story: Story, later: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    settings = story.settings
    with pytest.raises(UsageError, match="has not come yet"):
        build_as_of(settings, JANUARY, datetime.now(ZONE) + timedelta(hours=1))
    with pytest.raises(InputError, match="Nothing had been accepted for 202501"):
        build_as_of(settings, JANUARY, datetime(2020, 1, 1, tzinfo=ZONE))
    for words, status in (
        (("--as-of", "yesterday"), 2),
        (("--as-of", "2999-01-01"), 2),
        (("--as-of", "2020-01-01"), 3),
        (("--as-of", "2020-01-01", "--force"), 2),
    ):
        assert command(settings, "build", "--month", JANUARY, *words) == status
    former = one(
        settings,
        "select min(delivery_id) from ops.deliveries where extract = 'income' and month = %s and status = 'accepted'",
        JANUARY,
    )
    with connect(settings) as connection:
        connection.execute(f"alter table raw.registry__income detach partition raw.registry__income__d{former}")
    try:
        with pytest.raises(InputError, match=f"no longer kept .delivery {former}"):
            build_as_of(settings, JANUARY, story.known_at)
    finally:
        with connect(settings) as connection:
            connection.execute(
                f"alter table raw.registry__income attach partition raw.registry__income__d{former}"
                f" for values in ({former})"
            )


def test_a_waiting_file_can_be_rejected(story: Story, later: dict[str, Any]) -> None:
    settings = story.settings
    close_month(settings, FEBRUARY, decided_by="li", reason="done")
    again = "education/202502/中小学在籍学生_20250301_更正.csv"
    shortened(story.landing, "education/202502/中小学在籍学生_202502_更正.csv", again, lambda n: n % 7 > 0)
    waiting = story.load()[again]
    assert waiting.status == "waiting"
    with pytest.raises(UsageError, match="waits for the reopening"):
        release(settings, waiting.delivery_id, decided_by="li", reason="now")
    reject(settings, waiting.delivery_id, decided_by="li", reason="the wrong school year")
    assert f"education__pupils__d{waiting.delivery_id}" not in slices(settings)
    reopen_month(settings, FEBRUARY, decided_by="li", reason="nothing waits")
    assert story.load() == {}
    assert months_due(settings) == []


REACH = {
    ("registry", "members"): [JANUARY, FEBRUARY, "202503"],
    ("registry", "divisions"): [JANUARY, FEBRUARY, "202503"],
    ("medical_insurance", "enrolments"): [JANUARY, FEBRUARY, "202503"],
    ("civil_affairs", "deaths"): [JANUARY, FEBRUARY, "202503"],
    ("civil_affairs", "allowances"): [JANUARY, FEBRUARY, "202503"],
    ("registry", "income"): [JANUARY],
    ("education", "pupils"): [JANUARY],
    ("housing", "dwellings"): [JANUARY],
}
"""Which months a correction of January reaches, where each month has its own file of everything."""


@pytest.fixture(scope="module")
def months(instance: Settings) -> Settings:
    """Three months with a file of each kind, as if published; no rows."""
    begin_anew(instance)
    for source, extract in REACH:
        for month in ("202312", JANUARY, FEBRUARY, "202503"):
            deliver(instance, source, extract, month)
    with connect(instance) as connection:
        for month in ("202312", JANUARY, FEBRUARY, "202503"):
            connection.execute(
                "insert into ops.builds (month, fingerprint, marts_shape, status) values (%s, %s, %s, 'published')",
                (first_day(month), fingerprint(connection, month), marts_shape()),
            )
    return instance


def deliver(settings: Settings, source: str, extract: str, month: str, *, is_correction: bool = False) -> int:
    with connect(settings) as connection:
        row = connection.execute(
            """
            insert into ops.deliveries
                (delivery_id, source, extract, month, file_name, relative_path, sha256, status, rows_read, data_date,
                is_correction)
            select
                number, %(source)s, %(extract)s, %(month)s, 'file ' || number, 'file ' || number,
                encode(sha256(number::text::bytea), 'hex'), 'accepted', 0,
                (to_date(%(month)s, 'YYYYMM') + interval '1 month - 1 day')::date, %(is_correction)s
            from nextval('ops.delivery_ids') as number
            returning delivery_id
            """,
            {"source": source, "extract": extract, "month": month, "is_correction": is_correction},
        ).fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize(("source", "extract"), REACH)
def test_a_correction_reaches_the_months_that_use_it_and_no_others(months: Settings, source: str, extract: str) -> None:
    assert months_due(months) == []
    number = deliver(months, source, extract, JANUARY, is_correction=True)
    try:
        assert months_due(months) == REACH[source, extract]
        with connect(months, "transformer") as connection:
            connection.execute(
                "insert into ops.month_closings (month, action, decided_by, reason)"
                " values ('202501', 'closed', 'li', 'done')"
            )
        assert months_due(months) == [month for month in REACH[source, extract] if month != JANUARY]
    finally:
        with connect(months) as connection:
            connection.execute("delete from ops.month_closings")
            connection.execute("delete from ops.deliveries where delivery_id = %s", (number,))


def test_old_enrolments_reach_twelve_months(months: Settings) -> None:
    number = deliver(months, "medical_insurance", "enrolments", "202312", is_correction=True)
    try:
        assert months_due(months) == ["202312"]
    finally:
        with connect(months) as connection:
            connection.execute("delete from ops.deliveries where delivery_id = %s", (number,))
