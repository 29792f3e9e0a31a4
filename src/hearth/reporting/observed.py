"""What the views of `sql/041_observation.sql` say, for `hearth status`: counts, dates and names of files only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from hearth.clock import ZONE
from hearth.database.engine import connect
from hearth.settings import Settings

Row = dict[str, Any]
SLOWEST = 10

VIEWS = {
    "overview": "select * from ops.month_overview where %(month)s::text is null or month = %(month)s order by month",
    "arrivals": """
        select * from ops.month_arrivals where %(month)s::text is null or month = %(month)s
        order by month, source, extract, part
    """,
    "held": """
        select * from ops.held_deliveries where %(month)s::text is null or month = %(month)s
        order by month, source, delivery_id
    """,
    "freshness": "select * from ops.extract_freshness order by source, extract",
    "match_rates": """
        select * from ops.match_rates where %(month)s::text is null or month = %(month)s order by month, source, extract
    """,
    "run_times": """
        select * from ops.run_times where %(month)s::text is null or month = %(month)s order by month, kind desc, source
    """,
    "failed_expectations": """
        select * from ops.failed_expectations where %(month)s::text is null or month = %(month)s
        order by month, severity, suite <> 'sudden_changes', scope desc, suite, expectation, column_name, delivery_id
    """,
    "models": """
        select * from ops.model_results
        where (%(month)s::text is null or month = %(month)s) and (is_failed or place <= %(slowest)s)
        order by month, is_failed desc, place, model
    """,
}
"""Each part of the page by its name in the JSON; of the models those that failed and the slowest of each month."""


def observed(settings: Settings, month: str | None = None) -> dict[str, list[Row]]:
    """Every part of the page, of one month or of all."""
    with connect(settings, row_factory=dict_row) as connection:
        about = {"month": month, "slowest": SLOWEST}
        return {name: [_plain(row) for row in connection.execute(query, about)] for name, query in VIEWS.items()}


def warehouse_state(connection: psycopg.Connection[Any]) -> str:
    """`current`, `older` where the next start brings the views, `none` where nothing was ever set up."""
    has_ops, has_views = connection.execute(
        "select to_regclass('ops.deliveries') is not null, to_regclass('ops.month_overview') is not null"
    ).fetchone() or (False, False)
    return "current" if has_views else "older" if has_ops else "none"


def _plain(row: Row) -> Row:
    """As JSON can hold it: moments in the county's time zone, shares and seconds as numbers."""
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
