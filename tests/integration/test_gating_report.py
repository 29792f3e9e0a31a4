"""The quality report on a real warehouse: every section is there, and not one cell of a delivery."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from lxml import html
from psycopg.types.json import Jsonb

from hearth.database.engine import connect
from hearth.reporting import quality_report
from hearth.settings import Settings

SECRET = "钱无此人"
SECRET_ID = "990101199001010000"
SECTIONS = ("months", "deliveries", "quarantine", "warnings", "matches", "expectations", "changes", "rules")
REASON = {
    "column": "settled_at",
    "header": "setl_time",
    "code": "future_date",
    "message_zh": "晚",
    "message_en": "Late.",
}


@pytest.fixture(scope="module")
def settings(warehouse: Settings) -> Iterator[Settings]:
    with connect(warehouse) as connection:
        _deliver(connection)
        _check(connection)
        _publish(connection)
    yield warehouse
    with connect(warehouse) as connection:
        connection.execute("drop table marts.fct_household_month, marts.fct_household_risk_signal")


def _deliver(connection: psycopg.Connection) -> None:
    connection.execute("alter table ops.deliveries disable trigger deliveries_reconcile")
    columns = (
        "delivery_id, source, extract, month, file_name, relative_path, sha256, status, rows_read, rows_loaded, "
        "rows_quarantined, message, message_zh, warnings"
    )
    insert = f"insert into ops.deliveries ({columns}) values ({', '.join(['%s'] * 14)})"
    place = "medical_insurance", "settlements", "202501"
    faults = Jsonb({"citizen_id": {"masked": 37}})
    digest = "0" * 64
    connection.execute(
        insert, (1, *place, "医保结算明细_202501.csv", "a", digest, "accepted", 1205, 1204, 1, None, None, faults)
    )
    connection.execute(
        insert, (2, *place, "<b>明细</b>.csv", "b", None, "rejected", None, 0, 0, "No header.", "没有表头。", None)
    )
    connection.execute(
        insert, (3, *place, "补报.csv", "c", "1" * 64, "held", 500, 0, 0, "Too few rows.", "行数过少。", None)
    )
    connection.execute("alter table ops.deliveries enable trigger deliveries_reconcile")
    connection.execute(
        "insert into restricted.quarantine (delivery_id, row_number, cells, reasons) values (1, 7, %s, %s)",
        (Jsonb([SECRET, SECRET_ID]), Jsonb([REASON])),
    )


def _check(connection: psycopg.Connection) -> None:
    for is_success, unexpected in ((True, 0), (False, 17)):
        connection.execute(
            "insert into ops.expectation_results (checked_at, scope, delivery_id, month, source, extract, suite, "
            "expectation, column_name, severity, is_success, reason, element_count, unexpected_count) values "
            "(now() + %s * interval '1 day', 'delivery', 1, '202501', 'medical_insurance', 'settlements', "
            "'medical_insurance__settlements', 'parts_add_up', 'total_yuan', 'warning', %s, 'Why. · 原因。', 1205, %s)",
            (unexpected, is_success, unexpected),
        )


def _publish(connection: psycopg.Connection) -> None:
    connection.execute("insert into ops.builds (month, status, household_count) values ('2025-01-01', 'published', 3)")
    connection.execute(
        "insert into ops.match_counts "
        "(source, extract, month, matched, queued, tier_0, tier_1, tier_2, tier_3, tier_4) "
        "values ('medical_insurance', 'settlements', '202501', 1183, 22, 0, 1100, 40, 3, 40)"
    )
    connection.execute(
        "create table marts.fct_household_month as select date '2025-01-01' as month, 'h' || n as household_key, "
        "case when n = 1 then 'red' else 'green' end as risk_level from generate_series(1, 3) as n"
    )
    connection.execute(
        "create table marts.fct_household_risk_signal as "
        "select date '2025-01-01' as month, 'h1' as household_key, 'MED02' as rule_code, 'flagged' as state"
    )


def text_of(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page).itertext()).split())


def test_report_shows_every_section(settings: Settings) -> None:
    path = quality_report.write_report(settings)
    assert path == settings.artifacts_dir / "quality_report.html"
    page = path.read_text(encoding="utf-8")
    assert set(SECTIONS) <= set(html.fromstring(page).xpath("//h2/@id"))
    text = text_of(page)
    for expected in (
        "已发布 · published 3 1 0 0 2",
        "医保局 · medical_insurance 1 1 0 1 0 0 1,205 1,204 1 0 500",
        "没有表头。 No header.",
        "setl_time future_date",
        "citizen_id masked",
        "1,183 22 98.2%",
        "parts_add_up total_yuan warning",
        "1 / 2 17 / 1,205",
        "MED02 1 0 0",
    ):
        assert expected in text, expected


def test_report_holds_no_cell(settings: Settings) -> None:
    page = quality_report.write_report(settings).read_text(encoding="utf-8")
    assert SECRET not in page
    assert SECRET_ID not in page


def test_report_is_one_file_that_fetches_nothing(settings: Settings) -> None:
    page = quality_report.write_report(settings).read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|<img|https?://|@import|url\(", page)


def test_what_senders_write_is_escaped(settings: Settings) -> None:
    page = quality_report.write_report(settings).read_text(encoding="utf-8")
    assert "<b>明细</b>" not in page
    assert "&lt;b&gt;明细" in page


def test_report_of_an_empty_warehouse(settings: Settings) -> None:
    figures = quality_report.Figures([], [], [], [], [], [], [], [], [], [])
    text = text_of(quality_report.render(figures))
    assert text.count("尚无") == 5
