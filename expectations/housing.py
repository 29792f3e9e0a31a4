"""What the ledger of dwellings and the aid for rebuilding must hold beyond their contracts."""

from expectations.kinds import Expectation, expect_column_values_to_be_between
from expectations.terms import filled, no_row_where, warning


def dwellings() -> list[Expectation]:
    """农村住房安全台账: a graded dwelling per row."""
    return [
        filled("grade", "HOU01 rests on the safety grade.", "住房不安全规则以鉴定等级判断。"),
        filled("is_only_dwelling", "Another safe dwelling changes the answer of HOU01.", "是否唯一住房影响判断结果。"),
        expect_column_values_to_be_between(
            column="subsidy_yuan",
            min_value=0,
            max_value=500_000,
            **warning(
                "subsidy_possible",
                "A subsidy is neither negative nor beyond 500,000 yuan.",
                "补助金额不应为负或超过五十万元。",
            ),
        ),
        no_row_where(
            "accepted_on < started_on or completed_on < started_on",
            warning(
                "works_run_forward", "Works begin before they end and are accepted.", "开工日期应早于竣工和验收日期。"
            ),
            column="accepted_on",
        ),
        no_row_where(
            "floor_area <= 0",
            warning("area_positive", "A dwelling has some floor.", "建筑面积应大于零。"),
            column="floor_area",
        ),
    ]


def disaster_rebuilds() -> list[Expectation]:
    """因灾倒损农房重建补助: payments."""
    return [
        expect_column_values_to_be_between(
            column="subsidy_yuan",
            min_value=0,
            max_value=500_000,
            **warning(
                "subsidy_possible",
                "A payment is neither negative nor beyond 500,000 yuan.",
                "补助金额不应为负或超过五十万元。",
            ),
        ),
    ]


BY_EXTRACT = {"dwellings": dwellings, "disaster_rebuilds": disaster_rebuilds}
