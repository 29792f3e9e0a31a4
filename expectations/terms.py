"""The words in which the suites are written: severities with their reason, parameters, whole-row conditions.

Suites are the same for every delivery of an extract. What differs from one delivery to the next (its id, its
last day, whether it is large enough for shares to mean anything) comes as suite parameters.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

from expectations.kinds import Because, Expectation, expect_column_values_to_not_be_null, unexpected_rows_expectation

SMALL = 20
"""Below this many rows a share says nothing: one clerk's bad morning is not a broken export."""

DELIVERY_ID: Any = {"$PARAMETER": "delivery_id"}
LAST_DAY: Any = {"$PARAMETER": "last_day"}
LAST_MOMENT: Any = {"$PARAMETER": "last_moment"}
IN_TEN_YEARS: Any = {"$PARAMETER": "in_ten_years"}
SOME: Any = {"$PARAMETER": "some"}
HALF: Any = {"$PARAMETER": "half"}
MOST: Any = {"$PARAMETER": "most"}

_SHARES: Mapping[str, float] = {"some": 1e-9, "half": 0.5, "most": 0.9}
_OLDEST = 130


def years_before(years: int) -> Any:
    """The day so many years before the delivery's last day.

    Raises:
        ValueError: further back than any parameter reaches.
    """
    if not 0 <= years <= _OLDEST:
        raise ValueError(f"no parameter reaches {years} years back")
    return {"$PARAMETER": f"years_before_{years}"}


def parameters(delivery_id: int, row_count: int, last_day: date) -> dict[str, Any]:
    """The values that a suite's parameters take for one delivery. Of `row_count` it matters whether it is `SMALL`."""
    return {
        "delivery_id": delivery_id,
        "last_day": last_day.isoformat(),
        "last_moment": f"{last_day.isoformat()} 23:59:59.999",
        "in_ten_years": (last_day + timedelta(days=3653)).isoformat(),
        **{name: share if row_count >= SMALL else 0.0 for name, share in _SHARES.items()},
        **{f"years_before_{n}": _years_before(last_day, n).isoformat() for n in range(_OLDEST + 1)},
    }


def critical(name: str, en: str, zh: str) -> Because:
    """Keyword arguments of an expectation whose failure holds the delivery or blocks the month."""
    return _because("critical", name, en, zh)


def warning(name: str, en: str, zh: str) -> Because:
    """Keyword arguments of an expectation whose failure goes into the quality report."""
    return _because("warning", name, en, zh)


def filled(column: str, en: str, zh: str) -> Expectation:
    """A column on which rules rest, blank in more than half of the rows: the export went wrong."""
    return expect_column_values_to_not_be_null(column=column, mostly=HALF, **critical("mostly_filled", en, zh))


def no_row_where(condition: str, because: Because, column: str | None = None) -> Expectation:
    """No row of the slice meets an SQL condition; `column` is what the report names.

    Only row numbers are selected: Great Expectations keeps up to 200 of the rows it finds.
    """
    return none_found("select row_number from {batch} where " + condition, because, column)  # noqa: S608 our own words


def none_found(query: str, because: Because, column: str | None = None) -> Expectation:
    """A query over `{batch}` finds nothing. It must select constants, counts or row numbers, never a cell."""
    meta = because["meta"] | ({"column": column} if column else {})
    # Great Expectations names the subquery that it puts there, unless the query joins; PostgreSQL 15 wants a name.
    named = query.replace("{batch}", "{batch} as batch") if re.search(r"\bjoin\b", query) else query
    return unexpected_rows_expectation(
        unexpected_rows_query=named, severity=because["severity"], notes=because["notes"], meta=meta
    )


def some_rows(en: str, zh: str) -> Expectation:
    """A list whose absentees are flagged has a row at least: a header alone would flag everybody."""
    return none_found("select 1 from {batch} having count(*) = 0", critical("some_rows", en, zh))


def _because(severity: Literal["critical", "warning"], name: str, en: str, zh: str) -> Because:
    return {"severity": severity, "notes": [en, zh], "meta": {"name": name}}


def _years_before(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year - years)
