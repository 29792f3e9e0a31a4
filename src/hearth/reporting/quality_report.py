"""The quality report: one page that opens anywhere, in English and Chinese, with counts and no personal value.

    ops.*, counts of restricted.quarantine by reason, counts of marts.* → tables → one HTML file

What it shows of a row is that it exists. Names of files and columns, codes and counts are all that is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import jinja2
import psycopg
from psycopg.rows import dict_row

from hearth.contracts import KNOWN
from hearth.database.engine import connect
from hearth.parsing.faults import FAULTS
from hearth.settings import Settings
from hearth.texts import BUILDS, LEVELS, STATES, STATUSES

FILE_NAME = "quality_report.html"
Row = dict[str, Any]

_MONTHS = """
select distinct on (month)
    to_char(month, 'YYYYMM') as month, status, message, message_zh, finished_at, household_count
from ops.builds
order by month, build_id desc
"""

_DELIVERIES = """
select
    month, source, extract, status, count(*) as files, sum(rows_read)::bigint as rows_read,
    sum(rows_loaded)::bigint as rows_loaded, sum(rows_quarantined)::bigint as rows_quarantined,
    sum(rows_duplicate)::bigint as rows_duplicate
from ops.deliveries
group by month, source, extract, status
"""

_NOT_ACCEPTED = """
select month, source, extract, status, file_name, message, message_zh
from ops.deliveries
where status <> 'accepted'
order by month, source, file_name
"""

_QUARANTINE = """
select
    deliveries.source, deliveries.extract, reason ->> 'header' as header, reason ->> 'code' as code,
    count(distinct quarantine.delivery_id) as deliveries, count(*) as rows
from restricted.quarantine
inner join ops.deliveries using (delivery_id)
cross join lateral jsonb_array_elements(quarantine.reasons) as reason
group by 1, 2, 3, 4
order by 6 desc, 1, 2, 3, 4
"""

_WARNINGS = """
select
    deliveries.source, deliveries.extract, by_column.key as column_name, by_code.key as code,
    count(*) as deliveries, sum((by_code.value #>> '{}')::bigint)::bigint as rows
from ops.deliveries
cross join lateral jsonb_each(deliveries.warnings) as by_column
cross join lateral jsonb_each(
    case when jsonb_typeof(by_column.value) = 'object' then by_column.value else '{}' end
) as by_code
where jsonb_typeof(deliveries.warnings) = 'object' and jsonb_typeof(by_code.value) = 'number'
group by 1, 2, 3, 4
order by 6 desc, 1, 2, 3, 4
"""

_MATCHES = """
select source, extract, month, matched, queued, tier_0, tier_1, tier_2, tier_3, tier_4, decided, dismissed
from ops.match_counts
order by month, source, extract
"""

_SUITES = """
with run as (
    select
        suite, scope, coalesce(delivery_id::text, month) as subject, checked_at,
        count(*) as expectations,
        count(*) filter (where not is_success and severity = 'critical') as critical,
        count(*) filter (where not is_success and severity <> 'critical') as warnings
    from ops.expectation_results
    group by suite, scope, subject, checked_at
)

select
    suite, min(scope) as scope, count(*) as runs, max(expectations) as expectations, sum(critical)::bigint as critical,
    sum(warnings)::bigint as warnings, max(checked_at) as checked_at
from run
group by suite
order by scope, suite
"""

_HISTORY = """
select
    suite, expectation, coalesce(column_name, '') as column_name, severity, reason, checked_at,
    coalesce(month, '') as month, delivery_id, is_success, unexpected_count, element_count
from ops.expectation_results
where (suite, expectation, coalesce(column_name, ''), severity) in (
    select suite, expectation, coalesce(column_name, ''), severity from ops.expectation_results where not is_success
)
order by suite, expectation, column_name, severity, checked_at
"""

_CHANGES = """
select month, scope, delivery_id, expectation, column_name, reason, observed
from ops.failed_expectations
where suite = 'sudden_changes'
order by month desc, scope desc, expectation, column_name, delivery_id
"""

_LEVELS = """
select to_char(month, 'YYYYMM') as month, risk_level, count(*) as households
from marts.fct_household_month
group by 1, 2
"""

_RULES = """
select to_char(month, 'YYYYMM') as month, rule_code, state, count(*) as households
from marts.fct_household_risk_signal
group by 1, 2, 3
"""


@dataclass(frozen=True)
class Figures:
    """Everything the page shows."""

    months: list[Row]
    deliveries: list[Row]
    not_accepted: list[Row]
    quarantine: list[Row]
    warnings: list[Row]
    matches: list[Row]
    suites: list[Row]
    failures: list[Row]
    changes: list[Row]
    rules: list[Row]


def write_report(settings: Settings) -> Path:
    """Write the report of everything so far to `artifacts/quality_report.html`, and say where it is.

    Raises:
        DatabaseUnavailable: there is no warehouse to report on.
    """
    with connect(settings, row_factory=dict_row) as connection:
        page = render(_figures(connection))
    path = settings.artifacts_dir / FILE_NAME
    waiting = path.with_suffix(".tmp")
    waiting.write_text(page, encoding="utf-8")
    waiting.replace(path)
    return path


def render(figures: Figures) -> str:
    """The page, complete in itself: no script, nothing fetched."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"count": _count, "share": _share, "source": _source_name, "extract": _extract_name}
    words = {"statuses": STATUSES, "levels": LEVELS, "states": STATES, "builds": BUILDS, "faults": FAULTS}
    made_at = datetime.now(UTC).astimezone()
    return environment.get_template("quality_report.html.j2").render(figures=figures, made_at=made_at, **words)


def _figures(connection: psycopg.Connection[Row]) -> Figures:
    def rows(query: str) -> list[Row]:
        return connection.execute(query).fetchall()

    published = connection.execute("select to_regclass('marts.fct_household_month') is not null as so").fetchone()
    has_marts = bool(published and published["so"])
    return Figures(
        months=_with_levels(rows(_MONTHS), rows(_LEVELS) if has_marts else []),
        deliveries=_by_status(rows(_DELIVERIES)),
        not_accepted=rows(_NOT_ACCEPTED),
        quarantine=rows(_QUARANTINE),
        warnings=rows(_WARNINGS),
        matches=rows(_MATCHES),
        suites=rows(_SUITES),
        failures=_histories(rows(_HISTORY)),
        changes=rows(_CHANGES),
        rules=_rules(rows(_RULES)) if has_marts else [],
    )


def _with_levels(months: Sequence[Row], levels: Sequence[Row]) -> list[Row]:
    counted = {(row["month"], row["risk_level"]): row["households"] for row in levels}
    return [{**row, **{level: counted.get((row["month"], level), 0) for level in LEVELS}} for row in months]


def _by_status(deliveries: Sequence[Row]) -> list[Row]:
    """One row per source and month, with its files by status, its accepted rows, and those held files keep apart."""
    place = itemgetter("month", "source")
    ordered = sorted(deliveries, key=lambda row: (row["month"] or "", row["source"] or ""))
    return [_of_one_month(list(group)) for _, group in groupby(ordered, key=place)]


def _of_one_month(group: Sequence[Row]) -> Row:
    sums = {
        name: sum(row[name] or 0 for row in group if row["status"] == "accepted")
        for name in ("rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate")
    }
    kept_apart = sum(row["rows_read"] or 0 for row in group if row["status"] in ("held", "waiting"))
    files = {status: sum(row["files"] for row in group if row["status"] == status) for status in STATUSES}
    return {"month": group[0]["month"], "source": group[0]["source"], **files, **sums, "kept_apart": kept_apart}


def _histories(results: Sequence[Row]) -> list[Row]:
    """Expectations that failed at least once, each with all its results in order of time."""
    key = itemgetter("suite", "expectation", "column_name", "severity")
    found = [(list(group)) for _, group in groupby(results, key=key)]
    rows = [
        {**group[-1], "history": group, "failed": sum(not one["is_success"] for one in group), "runs": len(group)}
        for group in found
    ]
    return sorted(rows, key=lambda row: (row["severity"] != "critical", -row["failed"], *key(row)))


def _rules(signals: Sequence[Row]) -> list[Row]:
    """One row per rule, with the households of each month by state."""
    months = sorted({row["month"] for row in signals})
    counted = {(row["rule_code"], row["month"], row["state"]): row["households"] for row in signals}
    return [
        {
            "rule_code": code,
            "months": [
                {"month": month, **{state: counted.get((code, month, state), 0) for state in STATES}}
                for month in months
            ],
        }
        for code in sorted({row["rule_code"] for row in signals})
    ]


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _source_name(name: str | None) -> str:
    """`医保局 · medical_insurance`."""
    titles = {source.name: source.title for source in KNOWN}
    return f"{titles[name]} · {name}" if name in titles else name or "–"


def _extract_name(name: str | None, source_name: str | None) -> str:
    for source in KNOWN:
        for extract in source.extracts:
            if (source.name, extract.name) == (source_name, name):
                return f"{extract.title} · {extract.name}"
    return name or "–"
