"""What enrolments and settlements must hold beyond their contracts."""

from expectations.kinds import (
    Expectation,
    expect_column_values_to_be_between,
    expect_column_values_to_be_unique,
    expect_compound_columns_to_be_unique,
)
from expectations.terms import filled, no_row_where, some_rows, warning, years_before


def enrolments() -> list[Expectation]:
    """城乡居民参保: one row per insured person and year."""
    return [
        some_rows("An empty list would make everybody look uninsured.", "空表会使所有人被误判为未参保。"),
        filled(
            "insurance_type",
            "Residents' and employees' insurance follow different rules.",
            "居民与职工医保适用不同规则。",
        ),
        filled(
            "payment_status", "Without it everybody would look uninsured.", "缺少缴费状态，所有人都会被误判为未参保。"
        ),
        expect_column_values_to_be_between(
            column="premium_paid_yuan",
            min_value=0,
            max_value=20_000,
            **warning(
                "premium_possible",
                "A premium is neither negative nor beyond 20,000 yuan.",
                "个人缴费金额不应为负或超过两万元。",
            ),
        ),
        expect_column_values_to_be_between(
            column="enrolment_year",
            min_value=2000,
            max_value=2100,
            **warning(
                "year_possible",
                "A year of enrolment has four digits of this century.",
                "参保年度应为本世纪的四位年份。",
            ),
        ),
        expect_compound_columns_to_be_unique(
            column_list=["insured_no", "enrolment_year"],
            **warning("counts_once", "A person is enrolled once a year.", "同一人同一年度只应有一条参保记录。"),
        ),
    ]


def settlements() -> list[Expectation]:
    """医保结算明细: bills, with refunds as negative ones."""
    return [
        filled("medical_type", "MED03 asks for inpatient settlements.", "单次住院规则需要医疗类别。"),
        expect_column_values_to_be_unique(
            column="settlement_no",
            **warning("counts_once", "A settlement counts once.", "同一结算编号只计一次。"),
        ),
        no_row_where(
            "abs(total_yuan - coalesce(basic_fund_yuan, 0) - coalesce(major_illness_fund_yuan, 0)"
            " - coalesce(assistance_yuan, 0) - coalesce(own_share_yuan, 0) - coalesce(own_outside_yuan, 0)) > 1",
            warning(
                "parts_add_up", "Funds, assistance and own payments make up the bill.", "各项支付之和应等于医疗费总额。"
            ),
            column="total_yuan",
        ),
        no_row_where(
            "is_refund = '1' and total_yuan > 0",
            warning("refund_negative", "A refund has a negative amount.", "退费金额应为负数。"),
            column="total_yuan",
        ),
        no_row_where(
            "is_refund = '0' and total_yuan < 0",
            warning("negative_is_refund", "A negative bill is a refund and should say so.", "负数结算应标记为退费。"),
            column="is_refund",
        ),
        expect_column_values_to_be_between(
            column="settled_at",
            min_value=years_before(3),
            **warning(
                "settled_lately",
                "Settlements older than three years arrive by mistake.",
                "结算时间早于三年前，可能误报。",
            ),
        ),
    ]


BY_EXTRACT = {"enrolments": enrolments, "settlements": settlements}
