"""A county's own file laid over the contracts."""

from pathlib import Path

import pytest

from hearth.contracts import OPTIONAL, SOURCES, county_source, source, with_county
from hearth.contracts.model import Extract
from hearth.errors import InputError


@pytest.fixture
def county(tmp_path: Path):
    """Lays a county's file over the contracts and gives one extract of the result."""

    def laid_over(text: str, source_name: str = "education", extract_name: str = "pupils") -> Extract:
        file = tmp_path / "county.toml"
        file.write_text(text, encoding="utf-8")
        return source(source_name, with_county(file)).extract(extract_name)

    return laid_over


def test_without_a_file_the_contracts_are_as_they_are() -> None:
    assert with_county(None) is SOURCES


def test_numbers_are_replaced_and_the_rest_stays(county) -> None:
    pupils = county("[education.pupils]\nmax_age_days = 60\ntolerance = 0.05\n")
    assert (pupils.max_age_days, pupils.tolerance, pupils.drop_share) == (60, 0.05, 0.30)
    assert SOURCES[1].extract("pupils").max_age_days == 45


def test_zero_is_a_number(county) -> None:
    pupils = county("[education.pupils]\ntolerance = 0\ndrop_rows = 0\n")
    assert (pupils.tolerance, pupils.drop_rows) == (0, 0)


def test_aliases_and_values_are_added(county) -> None:
    pupils = county(
        '[education.pupils.aliases]\nregister_status = ["状态"]\n'
        '[education.pupils.values.register_status]\n"在册" = "在读"\n'
    )
    column = pupils.column("register_status")
    assert "状态" in column.aliases
    assert column.values["在册"] == "在读"
    assert column.values["在校"] == "在读"


def test_other_extracts_and_sources_are_untouched(county) -> None:
    assert county("[education.pupils]\nmax_age_days = 60\n", "water", "schemes") == source("water").extract("schemes")


def test_an_empty_file_changes_nothing(county) -> None:
    assert county("") == source("education").extract("pupils")


def test_a_source_of_some_counties_is_there_when_the_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "county.toml"
    file.write_text("[sources.employment]\nenabled = true\n[employment.workers]\nmax_age_days = 60\n", encoding="utf-8")
    assert with_county(file)[:-1] == SOURCES
    assert county_source("employment", file).extract("workers").max_age_days == 60


def test_a_source_that_is_off_keeps_its_numbers_for_later(tmp_path: Path) -> None:
    file = tmp_path / "county.toml"
    file.write_text("[sources.employment]\nenabled = false\n[employment.workers]\ndrop_rows = 5\n", encoding="utf-8")
    assert with_county(file) == SOURCES


@pytest.mark.parametrize("name", [optional.name for optional in OPTIONAL])
def test_a_source_that_is_off_is_told_how_to_switch_it_on(name: str) -> None:
    with pytest.raises(InputError, match=rf"\[sources.{name}\] enabled = true"):
        county_source(name, None)
    with pytest.raises(KeyError):
        county_source("weather", None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[employment.workers]\nmax_age_days = 1\n", "employment is not switched on"),
        ("[sources.water]\nenabled = false\n", "water has no switch; employment has"),
        ("[sources.employment]\n", "enabled"),
        ('[sources.employment]\nenabled = true\nsince = "2025"\n', "since"),
        ("sources = 3\n", "expected tables named"),
        ("[sources]\nemployment = true\n", "county file"),
        ("[weather.rain]\nmax_age_days = 1\n", "no such source: weather"),
        ("[water.wells]\nmax_age_days = 1\n", "water has no extract wells"),
        ('[water.schemes.aliases]\ndepth = ["深度"]\n', "schemes has no column depth"),
        ('[water.schemes.values.depth]\n"深" = "10"\n', "schemes has no column depth"),
        ("[water.schemes]\nmax_age = 60\n", "max_age"),
        ("[water.schemes]\nmax_age_days = 0\n", "max_age_days"),
        ("[water.schemes]\ntolerance = 5\n", "tolerance"),
        ("[water.schemes]\ndrop_rows = -1\n", "drop_rows"),
        ("water = 3\n", "expected tables named"),
        ("[water]\nschemes = 3\n", "county file"),
        ("[water.schemes\n", "not TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(county, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        county(text)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        with_county(tmp_path / "nowhere.toml")


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    file = tmp_path / "county.toml"
    file.write_bytes("# 县\n".encode("gb18030"))
    with pytest.raises(InputError, match="cannot be read"):
        with_county(file)
