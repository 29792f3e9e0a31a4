"""Days, months and moments in every spelling."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearth.contracts.model import Kind
from hearth.parsing.dates import read_dates

Cells = Callable[..., pl.DataFrame]
LATEST = date(2025, 1, 31)

SPELLINGS: dict[str, Callable[[date], str]] = {
    "iso": lambda d: d.isoformat(),
    "compact": lambda d: f"{d:%Y%m%d}",
    "slashes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "dots": lambda d: f"{d.year}.{d.month:02d}.{d.day:02d}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "chinese, padded, full width": lambda d: f"{d.year}年 {d.month:02d} 月{d.day:02d}号",
    "with midnight": lambda d: f"{d} 00:00:00",
    "with time": lambda d: f"{d.year}/{d.month}/{d.day} 9:05",
    "iso with time": lambda d: f"{d}T09:05:07.250+08:00",
    "chinese with time": lambda d: f"{d.year}年{d.month}月{d.day}日9时5分7秒",
    "excel": lambda d: str((d - date(1899, 12, 30)).days),
    "excel with zero": lambda d: f"{(d - date(1899, 12, 30)).days}.0",
    "excel with time": lambda d: f"{(d - date(1899, 12, 30)).days}.75",
    "text formula": lambda d: f'="{d}"',
    "blanks around": lambda d: f"\u3000{d} \t",
    "float compact": lambda d: f"{d:%Y%m%d}.0",
}


@given(st.dates(date(1930, 1, 1), date(2100, 12, 31)), st.sampled_from(sorted(SPELLINGS)))
def test_every_day_survives_every_spelling(day: date, spelling: str) -> None:
    cell = pl.DataFrame({"text": [SPELLINGS[spelling](day)], "is_number": [False]})
    assert read_dates(cell, Kind.DATE, None).row(0) == (day, None)


@given(
    st.datetimes(datetime.fromisoformat("1930-01-01"), datetime.fromisoformat("2100-12-31")).map(
        lambda d: d.replace(microsecond=0)
    )
)
def test_every_moment_survives(moment: datetime) -> None:
    texts = [
        f"{moment}",
        f"{moment:%Y%m%d%H%M%S}",
        f"{moment:%Y/%m/%d %H:%M:%S}",
        moment.isoformat(),
        f"{moment:%Y%m%d %H:%M:%S}",
    ]
    read = read_dates(pl.DataFrame({"text": texts, "is_number": False}), Kind.TIMESTAMP, None)
    assert read["value"].to_list() == [moment] * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "202501",
        "2025-01",
        "2025年1月",
        "2025年01月份",
        "2025.01",
        "2025/1",
        "2025.1",
        "20250117",
        "2025-01-17",
        "2025年1月17日",
        "45674",
        "202501.0",
        "２０２５０１",
        "2025-01-17 10:00:00",
        "2025－01",
    ],
)
def test_months(cells: Cells, text: str) -> None:
    assert read_dates(cells(text), Kind.MONTH, None).row(0) == (date(2025, 1, 1), None)


def test_months_nobody_can_tell(cells: Cells) -> None:
    assert read_dates(cells("2025.1", is_number=True), Kind.MONTH, None).row(0) == (None, "unreadable_date")
    assert read_dates(cells("20251"), Kind.MONTH, None).row(0) == (None, "unreadable_date")
    assert read_dates(cells("202513", "202500"), Kind.MONTH, None)["fault"].to_list() == ["impossible_date"] * 2


def test_excel_moments(cells: Cells) -> None:
    read = read_dates(cells("45601", "45601.5", "45601.4306828704"), Kind.TIMESTAMP, None)
    assert read["value"].to_list() == [
        datetime.fromisoformat("2024-11-05"),
        datetime.fromisoformat("2024-11-05 12:00"),
        datetime.fromisoformat("2024-11-05 10:20:11"),
    ]


@pytest.mark.parametrize("text", [None, "", " ", "—", "――", "--", "-", "/", "无", "长期", "NULL", "0000-00-00", "0"])
def test_no_date(cells: Cells, text: str | None) -> None:
    for kind in (Kind.DATE, Kind.MONTH, Kind.TIMESTAMP):
        assert read_dates(cells(text), kind, LATEST).row(0) == (None, "blank")


@pytest.mark.parametrize(
    "text", ["不详", "去年", "2025", "2025-01", "202501", "03/01/2025", "二〇二五年", "2025-01-03起", "123"]
)
def test_unreadable_days(cells: Cells, text: str) -> None:
    assert read_dates(cells(text), Kind.DATE, LATEST).row(0) == (None, "unreadable_date")


@pytest.mark.parametrize(
    "text", ["2025-02-30", "20250230", "2025年13月1日", "2025/0/1", "1025-01-03", "2023-02-29", "2025-04-31"]
)
def test_impossible_days(cells: Cells, text: str) -> None:
    for kind in (Kind.DATE, Kind.TIMESTAMP, Kind.MONTH):
        assert read_dates(cells(text), kind, LATEST).row(0) == (None, "impossible_date")


def test_impossible_time(cells: Cells) -> None:
    assert read_dates(cells("2025-01-03 25:00:00"), Kind.TIMESTAMP, None).row(0) == (None, "impossible_date")


def test_the_future_begins_after_the_data_date(cells: Cells) -> None:
    texts = ("2025-01-31 23:59:59", "2025-02-01 00:00:00", "45689")
    read = read_dates(cells(*texts), Kind.TIMESTAMP, LATEST)
    assert read["fault"].to_list() == [None, "future_date", "future_date"]
    assert read["value"].to_list() == [datetime.fromisoformat("2025-01-31 23:59:59"), None, None]
    assert read_dates(cells("2025-02-01"), Kind.DATE, None).row(0) == (date(2025, 2, 1), None)
