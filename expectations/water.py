"""What schemes, households' water and quality tests must hold beyond their contracts."""

from expectations.kinds import Expectation, expect_column_values_to_be_between, expect_column_values_to_be_unique
from expectations.terms import filled, warning


def schemes() -> list[Expectation]:
    """农村供水工程: one row per scheme."""
    return [
        expect_column_values_to_be_unique(
            column="scheme_no",
            **warning("counts_once", "A scheme stands in the list once.", "同一工程编号只应出现一次。"),
        ),
    ]


def household_water() -> list[Expectation]:
    """农户饮水状况: how a household gets its water."""
    return [
        filled("quality", "WAT01 rests on the assessment.", "饮水不安全规则以水质评价判断。"),
        _between(
            "litres_per_day",
            0,
            1_000,
            "litres_possible",
            "Litres per person and day lie between 0 and 1,000.",
            "人均日供水量应在0至1000升之间。",
        ),
        _between(
            "minutes_round_trip",
            0,
            600,
            "minutes_possible",
            "Fetching water takes between 0 and 600 minutes.",
            "取水往返时间应在0至600分钟之间。",
        ),
        _between(
            "shortage_days",
            0,
            366,
            "days_possible",
            "A year has no more than 366 days.",
            "年缺水天数应在0至366天之间。",
        ),
    ]


def quality_tests() -> list[Expectation]:
    """水质检测: samples with a result."""
    return [filled("result", "A test without a result proves nothing.", "没有结论的检测不能作为依据。")]


def _between(column: str, lowest: float, highest: float, name: str, en: str, zh: str) -> Expectation:
    return expect_column_values_to_be_between(
        column=column, min_value=lowest, max_value=highest, **warning(name, en, zh)
    )


BY_EXTRACT = {"schemes": schemes, "household_water": household_water, "quality_tests": quality_tests}
