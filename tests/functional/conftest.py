"""Instances that end with the tests that used them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.functional.instance import ACCEPTANCE, Instance


@pytest.fixture(scope="module")
def make_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Instance]]:
    """Make an instance in a folder of its own; all are taken down after the module."""
    made: list[Instance] = []

    def make(name: str) -> Instance:
        instance = Instance(tmp_path_factory.mktemp(name) / "home")
        made.append(instance)
        return instance

    yield make
    for instance in made:
        instance.hearth("down", expect=None)


@pytest.fixture(scope="session")
def direct_county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The acceptance county, loaded and published by one process; for tests that leave its months as they are."""
    instance = Instance(tmp_path_factory.mktemp("direct") / "home")
    parameters = ACCEPTANCE / "config" / "rule_parameters.csv"
    instance.hearth("run", "--landing", ACCEPTANCE / "landing", "--parameters", parameters, "--direct")
    yield instance
    instance.hearth("down", expect=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the module's files."""
    return tmp_path_factory.mktemp("files")
