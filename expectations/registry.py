"""What the roster, the incomes and the divisions must hold beyond their contracts."""

from expectations.kinds import (
    Expectation,
    expect_column_values_to_be_between,
    expect_column_values_to_be_unique,
    expect_column_values_to_match_regex,
)
from expectations.terms import critical, filled, no_row_where, none_found, some_rows, warning, years_before

HOUSEHOLD_COLUMNS = (
    "village_code",
    "household_type",
    "monitored_category",
    "identified_month",
    "is_risk_cleared",
    "cleared_month",
    "is_relocated",
)
"""Facts of the household that the roster repeats on each member; the head's row counts."""

# Least and greatest of a group need no sorting, which counting distinct values does, column by column.
_DISAGREES = " or ".join(f"min({name}::text) <> max({name}::text)" for name in HOUSEHOLD_COLUMNS)


def divisions() -> list[Expectation]:
    """行政区划: a tree of 12-digit codes."""
    return [
        expect_column_values_to_match_regex(
            column="division_code",
            regex="^[0-9]{12}$",
            **warning("twelve_digits", "Codes of divisions have twelve digits.", "区划代码应为十二位数字。"),
        ),
        expect_column_values_to_be_unique(
            column="division_code",
            **warning("counts_once", "A division stands in the list once.", "同一区划只应出现一次。"),
        ),
        filled("division_level", "Levels tell villages from townships.", "级别用于区分村与乡镇。"),
        filled("division_name", "Departments name villages, not codes.", "部门多以名称而非代码报送。"),
        none_found(
            "select 1 from (select * from {batch}) as below where division_level = '村' and not exists "
            "(select 1 from (select * from {batch}) as above where above.division_code = below.parent_code)",
            warning("parent_known", "A village hangs below a township of the list.", "行政村的上级应在名单之内。"),
            column="parent_code",
        ),
    ]


def division_changes() -> list[Expectation]:
    """行政区划变更: a code becomes another one."""
    return [
        no_row_where(
            "old_code = new_code",
            warning("code_changes", "A change of division leads to another code.", "变更前后代码不应相同。"),
            column="new_code",
        ),
    ]


def members() -> list[Expectation]:
    """农户成员信息: the spine, one row per person, household facts repeated on each member."""
    return [
        some_rows("An empty roster would leave the county without a household.", "空表会使全县没有农户。"),
        filled("household_no", "Households exist because the roster says so.", "户以名册中的户编号为准。"),
        filled("village_code", "A household belongs to a village.", "每户应属于一个行政村。"),
        filled("birth_date", "Ages and links rest on it.", "年龄判断与人员比对都依赖出生日期。"),
        filled("household_type", "Rules differ by the type of household.", "不同户类型适用不同规则。"),
        filled("relation_to_head", "The head's row speaks for the household.", "户信息以户主行为准。"),
        none_found(
            "select 1 from {batch} having count(*) >= 20 and count(*) filter (where relation_to_head = '户主') = 0",
            critical(
                "some_heads",
                "Not one head of household: the column means something else.",
                "全表没有户主，该列可能错位。",
            ),
            column="relation_to_head",
        ),
        none_found(
            "select 1 from {batch} group by household_no having count(*) filter (where relation_to_head = '户主') <> 1",
            warning("one_head", "A household has exactly one head.", "每户应有且只有一名户主。"),
            column="relation_to_head",
        ),
        none_found(
            "select 1 from {batch} group by household_no having " + _DISAGREES,  # noqa: S608 our own words
            warning("household_agrees", "Members of a household tell the same of it.", "同户成员的户信息应一致。"),
            column="household_no",
        ),
        expect_column_values_to_be_unique(
            column="person_no",
            **warning(
                "counts_once",
                "A person stands in the roster once; further rows do not count.",
                "同一人只计一次，重复行不计。",
            ),
        ),
        no_row_where(
            "cleared_month < identified_month",
            warning(
                "cleared_after_identified", "A risk is cleared after it was identified.", "消除时间应晚于识别时间。"
            ),
            column="cleared_month",
        ),
        expect_column_values_to_be_between(
            column="birth_date",
            min_value=years_before(120),
            **warning("age_possible", "Nobody is older than 120.", "年龄不应超过120岁。"),
        ),
    ]


def income() -> list[Expectation]:
    """农户收支信息: one row per household over a rolling year."""
    return [
        filled("income_per_capita_yuan", "The income rules compare it with the line.", "收入类规则以人均纯收入判断。"),
        expect_column_values_to_be_unique(
            column="household_no",
            **warning("counts_once", "A household has one income.", "每户只应有一条收支记录。"),
        ),
        expect_column_values_to_be_between(
            column="income_per_capita_yuan",
            min_value=-100_000,
            max_value=1_000_000,
            **warning(
                "income_possible", "Net income per person beyond a million yuan a year.", "人均纯收入超过一百万元。"
            ),
        ),
        no_row_where(
            "period_to <= period_from",
            warning("period_runs_forward", "The twelve months end after they began.", "统计周期止应晚于统计周期起。"),
            column="period_to",
        ),
    ]


BY_EXTRACT = {
    "divisions": divisions,
    "division_changes": division_changes,
    "members": members,
    "income": income,
}
