"""What pupils, students and the ledger of absentees must hold beyond their contracts."""

from expectations.kinds import Expectation, expect_column_values_to_be_between, expect_column_values_to_be_unique
from expectations.terms import filled, some_rows, warning, years_before


def pupils() -> list[Expectation]:
    """中小学在籍学生: one row per pupil, with a status on which EDU01 rests."""
    return [
        some_rows("An empty list would make a drop-out of every child.", "空表会使所有学龄儿童被误判为失学。"),
        filled(
            "register_status",
            "Without it every child would look like a drop-out.",
            "缺少学籍状态，所有学生都会被误判为失学。",
        ),
        expect_column_values_to_be_unique(
            column="pupil_no",
            **warning("counts_once", "A pupil stands on the register once.", "同一学籍号只应出现一次。"),
        ),
        expect_column_values_to_be_between(
            column="birth_date",
            min_value=years_before(22),
            max_value=years_before(3),
            **warning("age_of_a_pupil", "Pupils are between 3 and 22 years old.", "在籍学生年龄应在3至22岁之间。"),
        ),
    ]


def not_in_school() -> list[Expectation]:
    """适龄未入学台账: children with a reason for not being at school."""
    return [filled("reason", "The reason decides whether a child is exempt.", "未入学原因决定是否豁免。")]


def students() -> list[Expectation]:
    """非义务教育学生: upper secondary and tertiary students, with aid and own costs."""
    return [
        filled("education_level", "EDU02 asks for tertiary students.", "供养大学生规则需要学历层次。"),
        filled("study_form", "EDU02 asks for full-time students.", "供养大学生规则需要学习形式。"),
        expect_column_values_to_be_between(
            column="own_cost_yuan",
            min_value=0,
            max_value=200_000,
            **warning(
                "cost_possible",
                "Costs of a year are neither negative nor beyond 200,000 yuan.",
                "年自付费用不应为负或超过二十万元。",
            ),
        ),
        expect_column_values_to_be_between(
            column="aid_yuan",
            min_value=0,
            **warning("aid_not_negative", "Aid is not negative.", "资助金额不应为负。"),
        ),
    ]


BY_EXTRACT = {"pupils": pupils, "not_in_school": not_in_school, "students": students}
