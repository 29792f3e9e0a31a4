"""Every extract has a suite that speaks of its own columns, with a reason in both languages."""

import subprocess
import sys
import textwrap
from datetime import date
from typing import Any

import pytest

from expectations import marts, suite, terms
from expectations.kinds import Expectation, Suite
from hearth.contracts import SOURCES
from hearth.contracts.model import Extract, Source
from hearth.gating.result import GateBroken
from hearth.gating.validation import stock_suite

EXTRACTS = [
    pytest.param(source, extract, id=f"{source.name}.{extract.name}")
    for source in SOURCES
    for extract in source.extracts
]
RULES = ("EDU01", "MED01", "HOU01", "WAT01", "INC01")
MONTH = marts.Month(date(2025, 2, 1), RULES)


def columns_of(expectation: Expectation) -> set[str]:
    kwargs = expectation["kwargs"]
    single = kwargs.get("column") or expectation["meta"].get("column")
    return {single} if single else set(kwargs.get("column_list", ()))


def stored(written: Suite) -> dict[str, Any]:
    return stock_suite(written).to_json_dict()


@pytest.mark.parametrize(("source", "extract"), EXTRACTS)
def test_suite_names_columns_of_the_raw_table(source: Source, extract: Extract) -> None:
    raw = {"delivery_id", "row_number"} | {column.name for column in extract.raw_columns}
    for expectation in suite(source, extract).expectations:
        assert columns_of(expectation) <= raw


@pytest.mark.parametrize(("source", "extract"), EXTRACTS)
def test_great_expectations_stores_a_suite_as_it_is_written(source: Source, extract: Extract) -> None:
    written = suite(source, extract)
    assert stored(written)["expectations"] == written.expectations


def test_great_expectations_stores_a_months_suites_as_they_are_written() -> None:
    for written in marts.suites(MONTH).values():
        assert stored(written)["expectations"] == written.expectations


@pytest.mark.parametrize("change", [{"type": "expect_nothing_known"}, {"severity": "bad"}])
def test_what_great_expectations_does_not_know_is_not_left_out(change: dict[str, str]) -> None:
    known = terms.some_rows("Why.", "为何。")
    other: Any = known | change
    with pytest.raises(GateBroken, match="does not know"):
        stock_suite(Suite("other", [known, other]))


def test_suites_are_made_and_gates_imported_without_great_expectations() -> None:
    asked = """
        import sys
        from datetime import date

        import hearth.gating
        from expectations import marts, suite
        from hearth.contracts import KNOWN

        suites = [suite(source, extract) for source in KNOWN for extract in source.extracts]
        suites += marts.suites(marts.Month(date(2025, 2, 1), ("EDU01",))).values()
        sys.exit("great_expectations" in sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(asked)], check=True)


@pytest.mark.parametrize(("source", "extract"), EXTRACTS)
def test_every_expectation_says_why_in_both_languages(source: Source, extract: Extract) -> None:
    for expectation in suite(source, extract).expectations:
        en, zh = expectation["notes"]
        assert en.isascii()
        assert en.endswith(".")
        assert any("一" <= character <= "鿿" for character in zh)
        assert expectation["meta"]["name"]
        assert expectation["severity"] in ("critical", "warning")


@pytest.mark.parametrize(("source", "extract"), EXTRACTS)
def test_queries_select_no_cell(source: Source, extract: Extract) -> None:
    """Great Expectations keeps up to 200 of the rows that a query finds."""
    for expectation in suite(source, extract).expectations:
        query = expectation["kwargs"].get("unexpected_rows_query")
        assert query is None or query.startswith(("select row_number from {batch}", "select 1 from "))


@pytest.mark.parametrize(("source", "extract"), EXTRACTS)
def test_no_expectation_stands_twice(source: Source, extract: Extract) -> None:
    named = [(e["meta"]["name"], *sorted(columns_of(e))) for e in suite(source, extract).expectations]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_departments_speak_of_extracts_that_exist(source: Source) -> None:
    from importlib import import_module

    own = import_module(f"expectations.{source.name}").BY_EXTRACT
    assert set(own) <= {extract.name for extract in source.extracts}


def test_baseline_follows_the_contract() -> None:
    from hearth.contracts import source

    education = source("education")
    named = {(e["meta"]["name"], *columns_of(e)) for e in suite(education, education.extract("pupils")).expectations}
    assert {
        ("row_number_unique", "row_number"),
        ("rows_of_this_delivery", "delivery_id"),
        ("key_present", "pupil_no"),
        ("code_in_list", "register_status"),
        ("identifiers_half_valid", "citizen_id_fault"),
        ("names_mostly_filled", "person_name"),
        ("amount_in_range", "aid_yuan"),
    } <= named
    assert ("identifiers_half_valid", "guardian_citizen_id_fault") not in named, "only required columns may hold a file"


def test_small_deliveries_are_not_judged_by_shares() -> None:
    small = terms.parameters(7, terms.SMALL - 1, date(2025, 1, 31))
    large = terms.parameters(7, terms.SMALL, date(2025, 1, 31))
    assert (small["half"], small["most"]) == (0.0, 0.0)
    assert (large["half"], large["most"]) == (0.5, 0.9)


def test_years_are_counted_from_a_leap_day() -> None:
    values = terms.parameters(7, 100, date(2024, 2, 29))
    assert values["years_before_3"] == "2021-02-28"
    with pytest.raises(ValueError, match="no parameter"):
        terms.years_before(500)


def test_month_suites_say_why_in_both_languages() -> None:
    for found in marts.suites(MONTH).values():
        for expectation in found.expectations:
            en, zh = expectation["notes"]
            assert en.isascii()
            assert any("一" <= character <= "鿿" for character in zh)
            query = expectation["kwargs"].get("unexpected_rows_query", "select 1 from ")
            assert query.startswith("select 1 from ")
