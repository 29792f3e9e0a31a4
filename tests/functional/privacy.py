"""Who is in a county, and where they must not be found."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from hearth.contracts import KNOWN
from hearth.contracts.model import Kind
from tests.functional.instance import Instance


def personal_values(instance: Instance) -> set[str]:
    """Every name, ID number, phone, household and person number that was loaded."""
    found: set[str] = set()
    for source in KNOWN:
        for extract, table in source.raw_tables():
            for column in extract.columns:
                if column.is_personal and column.kind in (Kind.NAME, Kind.IDENTIFIER, Kind.KEY, Kind.TEXT):
                    found |= {
                        value
                        for (value,) in instance.rows(
                            f"select distinct {column.name} from raw.{table} where {column.name} is not null"
                        )
                    }
    return {value for value in found if len(value) > 1 and value not in PLACE_HOLDERS}


PLACE_HOLDERS = {"村委会"}
"""What stands in a column for names and names nobody."""


def files_below(*folders: Path) -> Iterator[Path]:
    """Every file below the folders."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def leaks(texts: Iterable[tuple[str, str]], values: set[str]) -> list[str]:
    """Where a personal value stands: place and lengths, never the value itself."""
    places = pl.DataFrame(list(texts), schema=["place", "text"], orient="row")
    found = places.with_columns(found=pl.col("text").str.extract_many(sorted(values), overlapping=True).list.unique())
    return [
        f"{place}: values of {sorted(map(len, values_found))[:5]} characters"
        for place, values_found in found.select("place", "found").rows()
        if values_found
    ]
