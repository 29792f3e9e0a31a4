"""Months as YYYYMM, birthdays, school years."""

import datetime as dt
from functools import cache


def birthday(birth: dt.date, years: int) -> dt.date:
    """The day somebody turns `years`; born on 29 February: 1 March in common years."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return dt.date(birth.year + years, 3, 1)


@cache
def month_end(month: str) -> dt.date:
    """The last day of YYYYMM."""
    year, number = divmod(int(month[:4]) * 12 + int(month[4:]), 12)
    return dt.date(year, number + 1, 1) - dt.timedelta(days=1)


def month_after(month: str, count: int = 1) -> str:
    """The month `count` later (earlier when negative), as YYYYMM."""
    year, number = divmod(int(month[:4]) * 12 + int(month[4:]) - 1 + count, 12)
    return f"{year:04d}{number + 1:02d}"


def school_year_start(end: dt.date) -> int:
    """The calendar year in which the school year of a month began: it starts in September."""
    return end.year if end.month >= 9 else end.year - 1
