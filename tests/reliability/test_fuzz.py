"""The short form of `make fuzz`: a hundred spoilt files, every promise kept."""

import pytest

from tests.reliability.fuzz import verdicts
from tests.reliability.judging import Verdict
from tests.reliability.spoiling import WAYS, case

SEED, CASES = 7, 100


@pytest.fixture(scope="module")
def judged() -> list[Verdict]:
    """The cases, each read in a process of its own that may be ended."""
    return list(verdicts(SEED, range(CASES), processes=1))


def test_every_spoilt_file_ends_with_a_status_and_a_message(judged: list[Verdict]) -> None:
    assert len(judged) == CASES
    assert {one.status for one in judged} <= {"accepted", "held", "rejected"}
    assert [f"case {one.number} ({one.way}): {one.findings}" for one in judged if one.findings] == []


def test_files_are_spoilt_in_many_ways_and_not_all_refused(judged: list[Verdict]) -> None:
    assert len({one.way for one in judged}) > len(WAYS) / 2
    assert {"accepted", "rejected"} <= {one.status for one in judged}
    assert any(one.touched for one in judged if one.status == "accepted")


def test_a_case_is_made_again_from_its_number() -> None:
    for number in range(0, 40, 4):
        assert case(SEED, number).spoilt.data == case(SEED, number).spoilt.data
