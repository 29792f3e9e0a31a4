"""人社's ledger of workers: nothing without the county's file, two columns of the fact with it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.functional.instance import Instance
from tests.samples.employment import Worker, write_workers

SWITCH = "[sources.employment]\nenabled = true\n"
MONTHS = "202501,202503"
FORMS = ("跨省务工", "省内县外务工", "就近就业", "公岗", "灵活就业", "未就业")
MEMBERS = """
    select person_name, citizen_id, township_name, village_name, household_no
    from raw.registry__members inner join ops.deliveries using (delivery_id)
    where month = '202501' and citizen_id is not null and length(person_name) > 1
        and strpos(person_name, '?') = 0
    order by person_no
    limit 40
"""
FACT = """
    select household_no, employed_member_count, public_welfare_job_count, employment_data_date::text
    from marts.fct_household_month inner join restricted.households using (household_key)
    where month = to_date(:month, 'YYYYMM')
"""


@dataclass(frozen=True)
class County:
    """A county whose landing folder has an employment folder, loaded as it is by default."""

    instance: Instance
    landing: Path
    sample: Path
    employed: Counter[str]
    welfare: Counter[str]
    strays: list[tuple[str, str]]

    def run(self, *options: str | Path) -> None:
        """Load and build two months, the second too late for the ledger of the first."""
        parameters = self.sample / "config/rule_parameters.csv"
        self.instance.hearth(
            "run", "--landing", self.landing, "--parameters", parameters, "--months", MONTHS, "--direct", *options
        )

    def fact(self, month: str) -> dict[str, tuple[int | None, int | None, str | None]]:
        """By household number: members in work, in public-welfare posts, the ledger's date."""
        return {row[0]: tuple(row[1:]) for row in self.instance.rows(FACT, month=month)}


@pytest.fixture(scope="module")
def county(make_instance: Callable[[str], Instance], folder: Path) -> County:
    instance, sample = make_instance("employment"), folder / "county"
    instance.hearth("synth", sample, "--households", "120", "--months", "3", "--seed", "11", "--dirt", "0")
    landing = sample / "landing"
    instance.hearth("load", "--landing", landing, "--source", "registry", "--months", "202501")
    employed, welfare = _write_ledger(landing, instance)
    instance.hearth("load", "--landing", landing, "--source", "registry", "--months", "202501")
    strays = instance.rows("select relative_path, status from ops.deliveries where relative_path like 'employment/%'")
    return County(instance, landing, sample, employed, welfare, [tuple(row) for row in strays])


@pytest.fixture(scope="module")
def switched_on(county: County, folder: Path) -> County:
    """The same county after its file switched the source on."""
    file = folder / "county.toml"
    file.write_text(SWITCH, encoding="utf-8")
    county.instance.hearth("load", "--landing", county.landing, "--source", "employment", "--county", file)
    county.run()  # the county's file is remembered
    return county


def test_without_the_countys_file_the_folder_is_unrecognised(county: County) -> None:
    assert [status for _, status in county.strays] == ["unrecognised"]


def test_switched_on_its_workers_are_counted_under_their_households(switched_on: County) -> None:
    fact = switched_on.fact("202501")
    assert len(fact) > 100
    counted = {no: (employed, welfare) for no, (employed, welfare, _) in fact.items()}
    assert counted == {no: (switched_on.employed[no], switched_on.welfare[no]) for no in fact}
    assert {date for *_, date in fact.values()} == {"2025-01-31"}


def test_its_rows_are_linked_by_the_same_tiers(switched_on: County) -> None:
    (counts,) = switched_on.instance.rows(
        "select matched, queued, tier_1, tier_2, tier_3 from ops.match_counts where source = 'employment'"
    )
    assert tuple(counts) == (38, 1, 36, 1, 1)
    (delivery,) = switched_on.instance.rows(
        "select rows_read, rows_loaded, rows_quarantined from ops.deliveries"
        " where source = 'employment' and status = 'accepted'"
    )
    assert tuple(delivery) == (40, 39, 1)


def test_a_ledger_that_is_too_old_says_nothing_about_anybody(switched_on: County) -> None:
    fact = switched_on.fact("202503")
    assert set(fact.values()) == {(None, None, "2025-01-31")}


def _write_ledger(landing: Path, instance: Instance) -> tuple[Counter[str], Counter[str]]:
    """Forty members of the roster: one as a stranger, one under a code that is none, two under slips of the ID."""
    members = instance.rows(MEMBERS)
    assert len(members) == 40
    workers, employed, welfare = [], Counter[str](), Counter[str]()
    for place, (name, number, township, village, household_no) in enumerate(members):
        form = FORMS[place % len(FORMS)]
        if place == 0:
            name, number = "虚构陌生人", ""
        elif place == 1:
            form = "不详"
        elif place == 2:
            number = number[:17] + ("1" if number[17] != "1" else "2")
        elif place == 3:
            number = number[:14] + f"{(int(number[14:17]) + 500) % 1000:03d}" + number[17]
        holds_post = place % 10 == 4
        workers.append(Worker(name, number, township, village, form, holds_post))
        if place > 1:
            employed[household_no] += form != "未就业"
            welfare[household_no] += form == "公岗" or holds_post
    write_workers(landing / "employment/202501/农村劳动力务工就业台账_20250131_40人.xlsx", workers)
    return employed, welfare
