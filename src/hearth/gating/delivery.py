"""The gate of a delivery: its slice, which nothing counts yet, against the contract and the department's suite."""

from __future__ import annotations

from datetime import UTC, date, datetime

from psycopg import sql

from hearth.contracts.model import Extract, Source
from hearth.database.engine import connect
from hearth.gating.changes import Before, delivery_changes
from hearth.gating.records import record_delivery
from hearth.gating.result import GateResult, judge
from hearth.gating.validation import gx, hold_against
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
    row_count = _row_count(settings, slice_name)
    if is_addition and not row_count:
        return GateResult(passed=True)
    gx()
    from expectations import suite, terms

    telling_rows = 0 if is_addition else row_count
    parameters = terms.parameters(delivery_id, telling_rows, data_date or datetime.now(UTC).date())
    found = hold_against(settings, ROLE, SCHEMA, slice_name, suite(source, extract), parameters)
    if before is not None:
        found += delivery_changes(source.name, extract.name, extract.kind, rows, before)
    month = f"{data_date:%Y%m}" if data_date else None
    record_delivery(settings, delivery_id, month, source.name, extract.name, found)
    return judge(found)


def _row_count(settings: Settings, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(SCHEMA, table))
    with connect(settings, ROLE) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
