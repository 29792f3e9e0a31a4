"""A county's own file (TOML): what differs from county to county, so that nobody edits the package.

[education.pupils]
max_age_days = 60
tolerance = 0.05

[education.pupils.aliases]
register_status = ["状态"]

[education.pupils.values.register_status]
在册 = "在读"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hearth.contracts.model import Column, Extract, Source
from hearth.errors import InputError

Share = Annotated[float, Field(ge=0, le=1)]


class ExtractOverlay(BaseModel):
    """What a county may say about one extract."""

    model_config = ConfigDict(extra="forbid")

    max_age_days: Annotated[int, Field(gt=0)] | None = None
    tolerance: Share | None = None
    drop_share: Share | None = None
    drop_rows: Annotated[int, Field(ge=0)] | None = None
    aliases: dict[str, tuple[str, ...]] = {}
    values: dict[str, dict[str, str]] = {}


CountyFile = Mapping[str, Mapping[str, ExtractOverlay]]


def read_county_file(path: Path) -> CountyFile:
    """The county's file, checked for shape.

    Raises:
        InputError: unreadable, no TOML, or an unknown setting.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"county file {path}: cannot be read ({type(error).__name__})") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"county file {path}: not TOML: {error}") from error
    try:
        return {
            source: {extract: ExtractOverlay.model_validate(said) for extract, said in extracts.items()}
            for source, extracts in tables.items()
        }
    except (ValidationError, AttributeError) as error:
        raise InputError(f"county file {path}: {_where(error)}") from error


def overlay(sources: tuple[Source, ...], county: CountyFile) -> tuple[Source, ...]:
    """The contracts with the county's words laid over them.

    Raises:
        InputError: the file names a source, extract or column that no contract has.
    """
    unknown = set(county) - {source.name for source in sources}
    if unknown:
        raise InputError(f"county file: no such source: {', '.join(sorted(unknown))}")
    return tuple(_overlaid_source(source, county.get(source.name, {})) for source in sources)


def _overlaid_source(source: Source, said: Mapping[str, ExtractOverlay]) -> Source:
    unknown = set(said) - {extract.name for extract in source.extracts}
    if unknown:
        raise InputError(f"county file: {source.name} has no extract {', '.join(sorted(unknown))}")
    return replace(
        source,
        extracts=tuple(
            _overlaid(extract, said[extract.name]) if extract.name in said else extract for extract in source.extracts
        ),
    )


def _overlaid(extract: Extract, said: ExtractOverlay) -> Extract:
    unknown = (set(said.aliases) | set(said.values)) - set(extract.names)
    if unknown:
        raise InputError(f"county file: {extract.name} has no column {', '.join(sorted(unknown))}")
    numbers = said.model_dump(exclude_none=True, exclude={"aliases", "values"})
    return replace(extract, columns=tuple(_aliased(column, said) for column in extract.columns), **numbers)


def _aliased(column: Column, said: ExtractOverlay) -> Column:
    return replace(
        column,
        aliases=column.aliases + said.aliases.get(column.name, ()),
        values={**column.values, **said.values.get(column.name, {})},
    )


def _where(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "expected tables named [source.extract]"
