"""What rosters, payments and deaths must hold beyond their contracts."""

from expectations.kinds import Expectation, expect_column_values_to_be_between, expect_column_values_to_be_unique
from expectations.terms import warning, years_before


def allowances() -> list[Expectation]:
    """低保保障名册: persons with their monthly amount."""
    return [
        _amount("amount_yuan", 5_000),
        _once("citizen_id", "A person stands on the allowance roster once.", "同一人在低保名册中只应出现一次。"),
    ]


def extreme_poverty() -> list[Expectation]:
    """特困人员供养名册: persons the state supports."""
    return [_once("citizen_id", "A person stands on the roster once.", "同一人在特困名册中只应出现一次。")]


def disability_allowances() -> list[Expectation]:
    """残疾人两项补贴: persons with two monthly amounts."""
    return [
        _amount("living_allowance_yuan", 5_000),
        _amount("care_allowance_yuan", 5_000),
        _once("citizen_id", "A certificate stands on the list once.", "同一残疾人证只应出现一次。"),
    ]


def temporary_relief() -> list[Expectation]:
    """临时救助发放: payments."""
    return [_amount("amount_yuan", 200_000)]


def deaths() -> list[Expectation]:
    """死亡人员信息: reports of deaths, the late ones too."""
    return [
        expect_column_values_to_be_between(
            column="died_on",
            min_value=years_before(20),
            **warning(
                "died_lately",
                "Deaths older than twenty years are a slip in the date.",
                "死亡日期早于二十年前，可能录入有误。",
            ),
        ),
        _once("citizen_id", "Nobody dies twice.", "同一人不应有两条死亡记录。"),
    ]


def _amount(column: str, highest: float) -> Expectation:
    return expect_column_values_to_be_between(
        column=column,
        min_value=0,
        max_value=highest,
        **warning(
            "payment_possible",
            f"A payment is neither negative nor beyond {highest:,.0f} yuan.",
            f"发放金额不应为负或超过{highest:,.0f}元。",
        ),
    )


def _once(column: str, en: str, zh: str) -> Expectation:
    return expect_column_values_to_be_unique(column=column, **warning("counts_once", en, zh))


BY_EXTRACT = {
    "allowances": allowances,
    "extreme_poverty": extreme_poverty,
    "disability_allowances": disability_allowances,
    "temporary_relief": temporary_relief,
    "deaths": deaths,
}
