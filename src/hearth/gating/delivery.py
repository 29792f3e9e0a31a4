"""The gate of a delivery: its slice, which nothing counts yet, against the contract and the department's suite."""

from __future__ import annotations

from datetime import UTC, date, datetime

from psycopg import sql

from expectations import suite, terms
from hearth.contracts.model import Extract, Source
from hearth.database.engine import connect
from hearth.gating.changes import Before, delivery_changes
from hearth.gating.records import record_delivery
from hearth.gating.result import GateResult, judge
from hearth.gating.validation import hold_against
from hearth.settings import Settings

SCHEMA = "raw"
ROLE = "loader"


def gate_delivery(
    settings: Settings,
    source: Source,
    extract: Extract,
    table: str,
    delivery_id: int,
    data_date: date | None = None,
    is_addition: bool = False,
    rows: int = 0,
    before: Before | None = None,
) -> GateResult:
    """Validate the committed, unattached slice `raw.<table>` and record what was found.

    `data_date` is the last day of the data month; dates are judged by it (by today where it is not given). Of an
    addition, which holds the rows that were faulty, shares say nothing, however many they are, and one of which no row
    is new, as of a workbook that was sent again, adds nothing that could be wrong. `rows` of the file,
    faulty ones included, are compared with those of its part `before`, where there were any.

    Raises:
        DatabaseUnavailable: the slice cannot be read or the results cannot be written.
        GateBroken: a critical expectation could not be evaluated.
    """
    slice_name = table.rpartition(".")[2]
    first_rows = _first_rows(settings, slice_name)
    if is_addition and not first_rows:
        return GateResult(passed=True)
    telling_rows = 0 if is_addition else first_rows
    parameters = terms.parameters(delivery_id, telling_rows, data_date or datetime.now(UTC).date())
    found = hold_against(settings, ROLE, SCHEMA, slice_name, suite(source, extract), parameters)
    if before is not None:
        found += delivery_changes(source.name, extract.name, extract.kind, rows, before)
    month = f"{data_date:%Y%m}" if data_date else None
    record_delivery(settings, delivery_id, month, source.name, extract.name, found)
    return judge(found)


def _first_rows(settings: Settings, table: str) -> int:
    """How many rows there are, as far as that matters."""
    rows = sql.SQL("select from {} limit {}").format(sql.Identifier(SCHEMA, table), sql.Literal(terms.SMALL))
    with connect(settings, ROLE) as connection:
        row = connection.execute(sql.SQL("select count(*) from ({}) as first_rows").format(rows)).fetchone()
    return int(row[0]) if row else 0
