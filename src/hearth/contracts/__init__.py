"""The contracts with the sources: the one place where a file's facts stand."""

from pathlib import Path

from hearth.contracts import civil_affairs, education, employment, housing, medical_insurance, registry, water
from hearth.contracts.county import overlay, read_county_file
from hearth.contracts.model import Source
from hearth.errors import InputError
from hearth.texts import text

SOURCES: tuple[Source, ...] = (
    registry.SOURCE,
    education.SOURCE,
    medical_insurance.SOURCE,
    housing.SOURCE,
    water.SOURCE,
    civil_affairs.SOURCE,
)
"""The six that every county has; a month waits for the answer of each."""

OPTIONAL: tuple[Source, ...] = (employment.SOURCE,)
"""Those that a county's own file switches on. What they bring counts when it is there, and no month waits for it."""

KNOWN: tuple[Source, ...] = (*SOURCES, *OPTIONAL)


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
    """The county's sources: the six and those it switched on, with its own numbers and aliases laid over them.

    Raises:
        InputError: the file cannot be read or names something that no contract has.
    """
    return SOURCES if path is None else overlay(KNOWN, read_county_file(path))


def county_source(name: str, path: Path | None) -> Source:
    """One source of the county's.

    Raises:
        InputError: the county's file is faulty, or does not switch the source on.
        KeyError: there is no such source.
    """
    sources = with_county(path)
    if name in {optional.name for optional in OPTIONAL} - {active.name for active in sources}:
        raise InputError(text("switched_off", source=name))
    return source(name, sources)


__all__ = ["KNOWN", "OPTIONAL", "SOURCES", "county_source", "source", "with_county"]
