"""A short form of `make months`: three months in order, and three otherwise, each in a way of its own."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hearth.synthesis import synthesise
from tests.reliability.curve import drawing
from tests.reliability.months import WAYS, replay


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the server's own account can reach."""
    return tmp_path_factory.mktemp("months")


def test_however_a_months_files_come_its_facts_are_the_same(folder: Path) -> None:
    synthesise(folder / "county", households=100, months=len(WAYS), first_month="202412", seed=11)
    report = replay(folder / "county", folder, 11, len(WAYS))
    assert report["differences"] == []
    assert {month["way"] for month in report["otherwise"]} == set(WAYS)
    assert int(report["compared"]["marts.fct_household_month"].split()[0]) >= 300
    assert int(report["compared"]["marts.fct_household_risk_signal"].split()[0]) > 300
    words = list(ElementTree.fromstring(drawing(report)).itertext())
    assert {"202412", "202502", "load · 载入", "raw rows · 原始行"} <= set(words)
