"""What the ledger of rural workers must hold beyond its contract."""

from expectations.kinds import Expectation, expect_column_values_to_be_between, expect_column_values_to_be_unique
from expectations.terms import LAST_DAY, filled, warning


def workers() -> list[Expectation]:
    """农村劳动力务工就业台账: one row per worker, with the form of employment on which the counts rest."""
    return [
        filled(
            "employment_form",
            "Without it nobody can be counted as employed.",
            "缺少就业形式，无法统计就业人数。",
        ),
        expect_column_values_to_be_unique(
            column="citizen_id",
            **warning("counts_once", "A worker stands in the ledger once.", "同一人在台账中只应出现一次。"),
        ),
        expect_column_values_to_be_between(
            column="monthly_wage_yuan",
            min_value=0,
            max_value=100_000,
            **warning(
                "wage_possible",
                "A month's wage is neither negative nor beyond 100,000 yuan.",
                "月工资不应为负或超过十万元。",
            ),
        ),
        expect_column_values_to_be_between(
            column="employed_from",
            max_value=LAST_DAY,
            **warning("employed_already", "Work begins before it is in the ledger.", "就业起始日期不应晚于数据月末。"),
        ),
    ]


BY_EXTRACT = {"workers": workers}
