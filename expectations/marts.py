"""What a built month must hold before it is published.

The month's tables stand in `marts_next` and are compared with the roster they were made from
(`intermediate.int_households`, `int_members`) and with each other. Sums that do not add up, households lost on the way
and states outside their lists block the month; sudden changes against the month before are for people to look at
(`changes.py`). Queries select constants only: Great Expectations keeps rows that it finds.
"""

# ruff: noqa: S608 - every query is made of names written in this module and of the rules' codes

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from expectations.kinds import (
    Expectation,
    Suite,
    expect_column_values_to_be_between,
    expect_column_values_to_be_in_set,
    expect_column_values_to_be_unique,
    expect_column_values_to_not_be_null,
    expect_compound_columns_to_be_unique,
)
from expectations.terms import critical, none_found, warning

FACT = "fct_household_month"
SIGNALS = "fct_household_risk_signal"
DIVISIONS = "agg_division_month"
INDICATORS = "agg_policy_indicator_month"

STATES = ("flagged", "clear", "exempt", "unknown")
NOT_CLEAR = ("flagged", "exempt", "unknown")
SEVERITIES = ("red", "yellow")
LEVELS = ("red", "yellow", "grey", "green")
CATEGORIES = ("unstable", "marginal", "sudden_hardship")
LEVEL_NEEDS = ("EDU01", "MED01", "HOU01", "WAT01", "INC01")
"""Where none is flagged and one of these is unknown, the level is grey: no data is not safety."""

DIVISION_LEVELS = ("village", "township", "county", "city", "province")
PLACES = tuple(f"{level}_code" for level in DIVISION_LEVELS)
SMALLEST_SHOWN = 5
PERSONAL = (
    "(^|[^0-9.])[0-9]{{6}}(19|20)[0-9]{{2}}(0[1-9]|1[0-2])[0-3][0-9]{{4}}[0-9Xx]([^0-9]|$)"
    "|(^|[^0-9.])1[3-9][0-9]{{9}}([^0-9.]|$)"
)
"""What looks like an ID number or a mobile telephone's; never the digits of a fraction."""


@dataclass(frozen=True)
class Month:
    """The month to hold against its suites: its first day, the rules' codes."""

    first_day: date
    rules: tuple[str, ...]


def suites(month: Month) -> dict[str, Suite]:
    """Each table of `marts_next` that is gated, with its suite."""
    return {
        FACT: Suite(name=FACT, expectations=[*_fact(month), *_levels(month), *_states(month)]),
        SIGNALS: Suite(name=SIGNALS, expectations=[*_signals(month), *_evidence()]),
        DIVISIONS: Suite(name=DIVISIONS, expectations=[*_divisions(month)]),
        INDICATORS: Suite(name=INDICATORS, expectations=[*_indicators(month)]),
    }


def _fact(month: Month) -> Iterator[Expectation]:
    yield expect_column_values_to_not_be_null(
        column="household_key", **critical("household_present", "A fact is about a household.", "每条事实应对应一户。")
    )
    yield expect_column_values_to_be_unique(
        column="household_key",
        **critical("household_once", "A household stands in the month once.", "每户在当月只应出现一次。"),
    )
    yield _of_this_month(month)
    yield none_found(
        "select 1 from intermediate.int_households as roster where not exists "
        "(select 1 from (select * from {batch}) as fact where fact.household_key = roster.household_key)",
        critical(
            "roster_complete", "Every household of the roster is in the month.", "名册中的每一户都应在当月事实表中。"
        ),
        column="household_key",
    )
    yield none_found(
        "select 1 from (select * from {batch}) as fact where not exists "
        "(select 1 from intermediate.int_households as roster where roster.household_key = fact.household_key)",
        critical("no_stranger", "Households exist because the roster says so.", "事实表中不应有名册以外的户。"),
        column="household_key",
    )
    yield none_found(
        "select 1 from (select household_key, count(*) as members from intermediate.int_members group by 1) as roster "
        "full join (select * from {batch}) as fact using (household_key) "
        "where coalesce(roster.members, 0) <> coalesce(fact.member_count, 0)",
        critical("members_add_up", "Members are counted as the roster lists them.", "家庭成员数应与名册一致。"),
        column="member_count",
    )
    for place in PLACES:
        yield expect_column_values_to_not_be_null(
            column=place,
            **critical(
                "place_present", "A household belongs to one division of each level.", "每户在各级区划中都应有归属。"
            ),
        )
    yield expect_column_values_to_be_in_set(
        column="suggested_category",
        value_set=CATEGORIES,
        **critical("category_in_list", "A category outside the list means nothing.", "建议类别超出取值范围。"),
    )
    yield none_found(
        "select 1 from {batch} where is_actively_monitored and suggested_category is not null",
        critical("monitored_not_suggested", "Nobody suggests what is already so.", "已监测户不应再给出建议类别。"),
        column="suggested_category",
    )


def _levels(month: Month) -> Iterator[Expectation]:
    unknown = " or ".join(f"{code.lower()}_state = 'unknown'" for code in LEVEL_NEEDS if code in month.rules) or "false"
    yield expect_column_values_to_not_be_null(
        column="risk_level", **critical("level_present", "Every household has a level.", "每户都应有风险等级。")
    )
    yield expect_column_values_to_be_in_set(
        column="risk_level",
        value_set=LEVELS,
        **critical("level_in_list", "Levels are red, yellow, grey and green.", "风险等级只能为红、黄、灰、绿。"),
    )
    yield none_found(
        "select 1 from (select * from {batch}) as fact left join ("
        "select household_key, bool_or(severity = 'red') as is_red from marts_next.fct_household_risk_signal "
        "where state = 'flagged' group by 1) as flagged using (household_key) where fact.risk_level is distinct from "
        "case when flagged.is_red then 'red' when flagged.household_key is not null then 'yellow' "
        f"when {unknown} then 'grey' else 'green' end",
        critical(
            "level_follows",
            "The level follows from the flagged signals and from what is unknown.",
            "风险等级应由信号推出。",
        ),
        column="risk_level",
    )


def _states(month: Month) -> Iterator[Expectation]:
    for code in month.rules:
        column = f"{code.lower()}_state"
        yield expect_column_values_to_not_be_null(
            column=column,
            **critical("state_present", "Every rule has a state for every household.", "每户每条规则都应有状态。"),
        )
        yield expect_column_values_to_be_in_set(
            column=column,
            value_set=STATES,
            **critical("state_in_list", "States are flagged, clear, exempt and unknown.", "规则状态超出取值范围。"),
        )
    flagged = " + ".join(f"({code.lower()}_state = 'flagged')::integer" for code in month.rules) or "0"
    yield none_found(
        f"select 1 from {{batch}} where flagged_count is distinct from {flagged}",
        critical("flags_add_up", "flagged_count counts the flagged states.", "命中规则数应等于命中状态之和。"),
        column="flagged_count",
    )
    for code in month.rules:
        yield none_found(
            f"select 1 from (select household_key, {code.lower()}_state as state from {{batch}} "
            f"where {code.lower()}_state <> 'clear') as fact full join (select household_key, state "
            f"from marts_next.fct_household_risk_signal where rule_code = '{code}') as signal using (household_key) "
            "where fact.state is distinct from signal.state",
            critical("signals_agree", "The fact's states are the signals'.", "事实表状态应与风险信号一致。"),
            column=f"{code.lower()}_state",
        )


def _signals(month: Month) -> Iterator[Expectation]:
    yield expect_compound_columns_to_be_unique(
        column_list=["household_key", "rule_code"],
        **critical("signal_once", "A household has one signal per rule.", "每户每条规则只应有一条信号。"),
    )
    yield _of_this_month(month)
    yield expect_column_values_to_be_in_set(
        column="rule_code",
        value_set=month.rules,
        **critical("rule_known", "A signal comes from a rule of the list.", "信号应来自已登记的规则。"),
    )
    yield expect_column_values_to_be_in_set(
        column="state",
        value_set=NOT_CLEAR,
        **critical("state_in_list", "Signals are flagged, exempt or unknown.", "信号状态超出取值范围。"),
    )
    yield expect_column_values_to_be_in_set(
        column="severity",
        value_set=SEVERITIES,
        **critical("severity_in_list", "Severities are red and yellow.", "严重程度只能为红或黄。"),
    )
    for column in ("household_key", "rule_code", "state", "severity"):
        yield expect_column_values_to_not_be_null(
            column=column, **critical("signal_complete", "A signal says who, what and how bad.", "信号要素不全。")
        )
    yield none_found(
        "select 1 from (select * from {batch}) as signal where not exists (select 1 from "
        "marts_next.fct_household_month as fact where fact.household_key = signal.household_key)",
        critical("household_known", "A signal is about a household of the month.", "信号对应的户应在当月事实表中。"),
        column="household_key",
    )
    yield expect_column_values_to_be_between(
        column="queued_candidate_count",
        min_value=0,
        **critical("candidates_counted", "Queued candidates are counted from zero.", "待核记录数不应为负。"),
    )


def _evidence() -> Iterator[Expectation]:
    yield none_found(
        "select 1 from {batch} where state = 'flagged' and "
        "(evidence is null or jsonb_typeof(evidence) <> 'array' or evidence = '[]'::jsonb)",
        critical(
            "evidence_given", "A flag without evidence cannot be checked by anybody.", "命中信号必须附带可核实的证据。"
        ),
        column="evidence",
    )
    yield none_found(
        f"select 1 from {{batch}} where evidence::text ~ '{PERSONAL}'",
        critical(
            "evidence_without_persons", "Evidence names rows, never persons.", "证据只指明行，不得出现证件号码或电话。"
        ),
        column="evidence",
    )


def _divisions(month: Month) -> Iterator[Expectation]:
    levels = [f"{level}_count" for level in LEVELS]
    cells = ["household_count", *levels, *(f"{code.lower()}_count" for code in month.rules)]
    counted = [
        "count(*)",
        *(f"count(*) filter (where risk_level = '{level}')" for level in LEVELS),
        *(f"count(*) filter (where {code.lower()}_state = 'flagged')" for code in month.rules),
    ]
    facts = (
        f"select division_code, {', '.join(f'{count} as {cell}' for count, cell in zip(counted, cells, strict=True))} "
        "from marts_next.fct_household_month cross join lateral "
        f"(values {', '.join(f'({place})' for place in PLACES)}) as divisions (division_code) group by 1"
    )
    yield expect_column_values_to_be_unique(
        column="division_code",
        **critical("division_once", "A division stands in the month once.", "每个区划在当月只应出现一次。"),
    )
    yield _of_this_month(month)
    yield expect_column_values_to_be_in_set(
        column="division_level",
        value_set=DIVISION_LEVELS,
        **critical("division_level_in_list", "Divisions reach from village to province.", "区划级别超出取值范围。"),
    )
    yield none_found(
        f"select 1 from (select * from {{batch}}) as shown full join ({facts}) as fact using (division_code) "
        "where shown.month is null or fact.household_count is null or "
        + " or ".join(f"shown.{cell} <> fact.{cell}" for cell in cells),
        critical(
            "counts_add_up", "Each cell that is shown counts the households of the fact.", "汇总表应与户月事实表一致。"
        ),
        column="household_count",
    )
    yield none_found(
        f"select 1 from {{batch}} where {' + '.join(levels)} <> household_count",
        critical("levels_add_up", "Households by level make up all households.", "各等级户数之和应等于总户数。"),
        column="household_count",
    )
    yield none_found(
        f"select 1 from {{batch}} where least({', '.join(cells)}) < {SMALLEST_SHOWN}",
        critical(
            "small_cells_hidden",
            "A cell under five could point at a family.",
            "小于五的单元格可能指向具体家庭，不得显示。",
        ),
        column="household_count",
    )


_MEASURES = (
    "inner join intermediate.policy_indicators using (indicator_code) "
    "inner join intermediate.policy_measures as measures using (measure)"
)


def _indicators(month: Month) -> Iterator[Expectation]:
    yield expect_compound_columns_to_be_unique(
        column_list=["division_code", "indicator_code"],
        **critical("indicator_once", "A division has one value per indicator.", "每个区划每项指标只应有一个值。"),
    )
    yield _of_this_month(month)
    yield none_found(
        f"select 1 from {{batch}} where denominator < {SMALLEST_SHOWN}",
        critical(
            "small_cells_hidden", "A share of fewer than five could point at a family.", "分母小于五的指标不得显示。"
        ),
        column="denominator",
    )
    yield none_found(
        f"select 1 from (select * from {{batch}}) as shown {_MEASURES} where measures.is_share_of_cases "
        f"and shown.denominator > shown.numerator and shown.denominator - shown.numerator < {SMALLEST_SHOWN}",
        critical(
            "few_unmet_hidden",
            "Fewer than five who do not meet an indicator could be recognised.",
            "未达标者少于五的指标可能指向具体家庭，不得显示。",
        ),
        column="numerator",
    )
    yield none_found(
        f"select 1 from (select * from {{batch}}) as shown {_MEASURES} "
        "where measures.is_share_of_cases and shown.value not between 0 and 100",
        warning("share_possible", "A share lies between 0 and 100 per cent.", "比例类指标值应在0至100之间。"),
        column="value",
    )


def _of_this_month(month: Month) -> Expectation:
    return none_found(
        f"select 1 from {{batch}} where month is distinct from date '{month.first_day:%Y-%m-%d}'",
        critical("of_this_month", "A month's slice holds that month only.", "当月分片只能包含当月数据。"),
        column="month",
    )
