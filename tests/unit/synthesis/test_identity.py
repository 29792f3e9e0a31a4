"""The tiers, as the fictional county's truth reads them."""

import datetime as dt

import pytest

from hearth.synthesis.identity import Resolver, SpinePerson, Trace, names_compatible, read_identifier

BIRTH = dt.date(1967, 1, 13)
NUMBER = "990121196701138074"
OTHER = "99012119730616586X"
VILLAGE = "990121101200"


def person(no: str, name: str, number: str, birth: dt.date = BIRTH) -> SpinePerson:
    digits = {number} - {""}
    return SpinePerson(no, f"H{no}", VILLAGE, name, {name}, birth, digits, {number[:17]} - {""})


@pytest.fixture
def resolver() -> Resolver:
    spine = {"1": person("1", "徐玲国", NUMBER), "2": person("2", "江芳", OTHER, dt.date(1973, 6, 16))}
    return Resolver(spine, {"H1": {"徐玲国"}, "H2": {"江芳"}})


def trace(number: str, name: str = "徐玲国", village: str = "", **more: str) -> Trace:
    return Trace(read_identifier(number), name, None, village, **more)


@pytest.mark.parametrize(
    ("record", "tier"),
    [
        (trace("", "徐玲某", household_no="H1"), 0),
        (trace(NUMBER), 1),
        (trace(NUMBER, "徐?国"), 1),
        (trace(NUMBER[:17] + "0"), 2),
        (trace("990121196701138992", village=VILLAGE), 3),
        (trace("990121********8074", village=VILLAGE), 5),
        (trace(OTHER, village=VILLAGE), 5),
        (trace(NUMBER, "王五"), 5),
    ],
)
def test_tiers(resolver: Resolver, record: Trace, tier: int) -> None:
    assert resolver.resolve(record).tier == tier


def test_a_department_number_links_where_its_direct_links_agree(resolver: Resolver) -> None:
    masked = trace("990121********8074", insured_no="51")
    resolver.learn_insured_numbers([trace(NUMBER, insured_no="51")], [trace(NUMBER, insured_no="51")])
    assert resolver.resolve(masked).tier == 4
    both = [trace(NUMBER, insured_no="51"), trace(OTHER, "江芳", insured_no="51")]
    resolver.learn_insured_numbers(both, both)
    assert resolver.resolve(masked).tier == 5


@pytest.mark.parametrize(
    ("one", "other", "compatible"),
    [
        ("江芳䶮", "江芳?", True),
        ("江芳", "江方", True),
        ("江芳", "汪方", False),
        ("江芳", "江芳芳", False),
        ("", "", False),
    ],
)
def test_names(one: str, other: str, compatible: bool) -> None:
    assert names_compatible(one, other) is compatible
