"""A county's own file (TOML): what differs from county to county, so that nobody edits the package.

[education.pupils]
max_age_days = 60
tolerance = 0.05

[education.pupils.aliases]
register_status = ["状态"]

[education.pupils.values.register_status]
在册 = "在读"

[sources.employment]
enabled = true

[deadlines]
education = 20

[notify]
email_to = ["data@county.example"]
smtp_host = "mail.county.example"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hearth.contracts.model import Column, Extract, Source
from hearth.errors import InputError
from hearth.language import Words, why_not
from hearth.texts import text, words
from hearth.validity import expected, not_toml

SWITCHES, DEADLINES, NOTIFY = "sources", "deadlines", "notify"
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
DayOfMonth = Annotated[int, Field(ge=1, le=28)]


class ExtractOverlay(BaseModel):
    """What a county may say about one extract."""

    model_config = ConfigDict(extra="forbid")

    max_age_days: Positive | None = None
    tolerance: Share | None = None
    drop_share: Share | None = None
    drop_rows: Annotated[int, Field(ge=0)] | None = None
    max_megabytes: Positive | None = None
    max_columns: Positive | None = None
    max_cells: Positive | None = None
    aliases: dict[str, tuple[str, ...]] = {}
    values: dict[str, dict[str, str]] = {}


class Switch(BaseModel):
    """Whether the county has a source that not every county has."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool


class Notify(BaseModel):
    """Who is told that a department is late, and by which servers; nobody unless the file says so."""

    model_config = ConfigDict(extra="forbid")

    email_to: tuple[str, ...] = ()
    email_from: str = "hearth@localhost"
    smtp_host: str = "127.0.0.1"
    smtp_port: Annotated[int, Field(gt=0, lt=65536)] = 25
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    webhook: str | None = Field(default=None, pattern="^https?://")
    remind_after_days: Positive = 7


@dataclass(frozen=True)
class CountyFile:
    """The file: which optional sources there are, deadlines, who is told, and by source and extract what differs."""

    switches: Mapping[str, Switch]
    overlays: Mapping[str, Mapping[str, ExtractOverlay]]
    deadlines: Mapping[str, int] = field(default_factory=dict)
    notify: Notify = field(default_factory=Notify)

    def has(self, source: Source) -> bool:
        """Whether the county has the source."""
        return not source.is_optional or (source.name in self.switches and self.switches[source.name].enabled)


def read_county_file(path: Path) -> CountyFile:
    """The county's file, checked for shape.

    Raises:
        InputError: unreadable, no TOML, or an unknown setting.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = why_not(error) if isinstance(error, OSError) else text("no_utf8")
        raise InputError(text("county_file_unread", path=path, reason=reason)) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(text("county_file_no_toml", path=path, reason=not_toml(error))) from error
    try:
        deadlines = TypeAdapter(dict[str, DayOfMonth]).validate_python(tables.pop(DEADLINES, {}))
        notify = Notify.model_validate(tables.pop(NOTIFY, {}))
        return CountyFile(
            {name: Switch.model_validate(said) for name, said in tables.pop(SWITCHES, {}).items()},
            {
                source: {extract: ExtractOverlay.model_validate(said) for extract, said in extracts.items()}
                for source, extracts in tables.items()
            },
            deadlines,
            notify,
        )
    except (ValidationError, AttributeError) as error:
        where, fault = _fault(error)
        raise InputError(text("county_file_faulty", path=path, where=where, reason=fault)) from error


def overlay(sources: tuple[Source, ...], county: CountyFile) -> tuple[Source, ...]:
    """The sources that the county has, with its words laid over their contracts.

    Raises:
        InputError: the file names a source, extract or column that no contract has, or switches what has no switch.
    """
    _refuse_unknown_sources(sources, county)
    _refuse_wrong_switches(sources, county)
    return tuple(
        _overlaid_source(source, county.overlays.get(source.name, {})) for source in sources if county.has(source)
    )


def _refuse_unknown_sources(sources: tuple[Source, ...], county: CountyFile) -> None:
    unknown = {*county.overlays, *county.deadlines} - {source.name for source in sources}
    if unknown:
        raise InputError(text("county_no_source", names=", ".join(sorted(unknown))))


def _refuse_wrong_switches(sources: tuple[Source, ...], county: CountyFile) -> None:
    optional = {source.name for source in sources if source.is_optional}
    wrong = set(county.switches) - optional
    if wrong:
        names = {"wrong": ", ".join(sorted(wrong)), "optional": ", ".join(sorted(optional))}
        raise InputError(text("county_no_switch", table=SWITCHES, **names))
    forgotten = (optional & set(county.overlays)) - set(county.switches)
    if forgotten:
        raise InputError(text("county_not_switched_on", table=SWITCHES, source=min(forgotten)))


def _overlaid_source(source: Source, said: Mapping[str, ExtractOverlay]) -> Source:
    unknown = set(said) - {extract.name for extract in source.extracts}
    if unknown:
        raise InputError(text("county_no_extract", source=source.name, names=", ".join(sorted(unknown))))
    return replace(
        source,
        extracts=tuple(
            _overlaid(extract, said[extract.name]) if extract.name in said else extract for extract in source.extracts
        ),
    )


def _overlaid(extract: Extract, said: ExtractOverlay) -> Extract:
    unknown = (set(said.aliases) | set(said.values)) - set(extract.names)
    if unknown:
        raise InputError(text("county_no_column", extract=extract.name, names=", ".join(sorted(unknown))))
    numbers = said.model_dump(exclude_none=True, exclude={"aliases", "values"})
    return replace(extract, columns=tuple(_aliased(column, said) for column in extract.columns), **numbers)


def _aliased(column: Column, said: ExtractOverlay) -> Column:
    return replace(
        column,
        aliases=column.aliases + said.aliases.get(column.name, ()),
        values={**column.values, **said.values.get(column.name, {})},
    )


def _fault(error: Exception) -> tuple[str, Words]:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: ", expected(first)
    return "", words("county_tables")
