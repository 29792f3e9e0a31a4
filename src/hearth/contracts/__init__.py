"""The contracts with the six sources: the one place where a file's facts stand."""

from pathlib import Path

from hearth.contracts import civil_affairs, education, housing, medical_insurance, registry, water
from hearth.contracts.county import overlay, read_county_file
from hearth.contracts.model import Source

SOURCES: tuple[Source, ...] = (
    registry.SOURCE,
    education.SOURCE,
    medical_insurance.SOURCE,
    housing.SOURCE,
    water.SOURCE,
    civil_affairs.SOURCE,
)


def source(name: str, sources: tuple[Source, ...] = SOURCES) -> Source:
    """The source of that name.

    Raises:
        KeyError: there is no such source.
    """
    for candidate in sources:
        if candidate.name == name:
            return candidate
    raise KeyError(f"there is no source {name}")


def with_county(path: Path | None) -> tuple[Source, ...]:
    """The contracts with a county's own numbers and aliases laid over them; as they are without a file.

    Raises:
        InputError: the file cannot be read or names something that no contract has.
    """
    return SOURCES if path is None else overlay(SOURCES, read_county_file(path))


__all__ = ["SOURCES", "source", "with_county"]
