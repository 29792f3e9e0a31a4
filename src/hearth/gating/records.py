"""Where the results of the gates are kept: `ops.expectation_results`, with history."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg.types.json import Jsonb

from hearth.database.engine import connect
from hearth.gating.result import Finding
from hearth.settings import Settings

_INSERT = """
insert into ops.expectation_results (
    scope, delivery_id, month, source, extract, suite, expectation, column_name,
    severity, is_success, reason, element_count, unexpected_count, observed
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def record_delivery(
    settings: Settings, delivery_id: int, month: str | None, source: str, extract: str, found: Iterable[Finding]
) -> None:
    """Write the results of a delivery's gate. They stay when the delivery itself is not registered afterwards."""
    _record(settings, "loader", ("delivery", delivery_id, month), found, (source, extract))


def record_month(settings: Settings, month: str, found: Iterable[Finding]) -> None:
    """Write the results of a month's gate."""
    _record(settings, "transformer", ("month", None, month), found)


def _record(
    settings: Settings,
    role: str,
    about: tuple[object, ...],
    found: Iterable[Finding],
    of: tuple[str | None, str | None] = (None, None),
) -> None:
    rows = [(*about, *_place(finding, *of), *_cells(finding)) for finding in found]
    with connect(settings, role) as connection, connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)


def _place(finding: Finding, source: str | None, extract: str | None) -> tuple[str | None, str | None]:
    """What the whole check is about, or else what this finding is."""
    return source or finding.source, extract or finding.extract


def _cells(finding: Finding) -> tuple[object, ...]:
    return (
        finding.suite,
        finding.expectation,
        finding.column,
        finding.severity,
        finding.is_success,
        finding.reason,
        finding.element_count,
        finding.unexpected_count,
        None if finding.observed is None else Jsonb(finding.observed),
    )
