"""Two months of the acceptance county, the later one built first: what stands in the marts, held against the facts."""

from typing import Any

import pytest

from hearth.building import build_month
from hearth.building.parameters import load_parameters
from hearth.contracts import SOURCES
from hearth.database.engine import connect
from hearth.errors import UsageError
from hearth.loading.load import load_source
from hearth.reporting.metrics import Metrics
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask, one

COUNTY = PROJECT_ROOT / "tests" / "acceptance"
TIERS = ("village", "township", "county", "city", "province")
DIMENSIONS = ("dim_household", "dim_person", "dim_division", "dim_month")
LEVELS = ("red", "yellow", "grey", "green")

FACTS = {
    "households": "count(*)",
    "members": "sum(member_count)",
    **{f"{level}_households": f"count(*) filter (where risk_level = '{level}')" for level in LEVELS},
    "flagged_households": "count(*) filter (where flagged_count > 0)",
    "lifted_households": "count(*) filter (where household_type = '脱贫户')",
    "monitored_households": "count(*) filter (where is_actively_monitored)",
    **{
        f"{category}_households": f"count(*) filter (where suggested_category = '{category}')"
        for category in ("unstable", "marginal", "sudden_hardship")
    },
    "insured_members": "sum(insured_count)",
    "members_of_known_insurance": "sum(insured_count + uninsured_count)",
    "compulsory_age_members": "sum(compulsory_age_count)",
    "allowance_members": "sum(allowance_count)",
    "unknown_states": "sum(unknown_count)",
    "rule_states": "count(*) * (select count(*) from marts.dim_risk_rule)",
    "red_share": "avg((risk_level = 'red')::integer)",
    "grey_share": "avg((risk_level = 'grey')::integer)",
    "flagged_share": "avg((flagged_count > 0)::integer)",
    "insured_share": "sum(insured_count)::numeric / sum(insured_count + uninsured_count)",
    "unknown_share": "sum(unknown_count)::numeric / (count(*) * (select count(*) from marts.dim_risk_rule))",
}
SIGNALS = {
    "flagged_signals": "count(*) filter (where state = 'flagged')",
    "unknown_signals": "count(*) filter (where state = 'unknown')",
    "exempt_signals": "count(*) filter (where state = 'exempt')",
    "flags_to_look_up_in_the_queue": "count(*) filter (where state = 'flagged' and queued_candidate_count > 0)",
    "queue_first_share": "(count(*) filter (where state = 'flagged' and queued_candidate_count > 0))::numeric"
    " / nullif(count(*) filter (where state = 'flagged'), 0)",
}
"""Each metric as plain SQL over the published facts, signals."""


@pytest.fixture(scope="module")
def county(warehouse: Settings) -> Settings:
    """January and February, loaded together, February built first."""
    load_parameters(warehouse, COUNTY / "config" / "rule_parameters.csv")
    for source in SOURCES:
        load_source(warehouse, source.name, landing=COUNTY / "landing", months=["202501", "202502"])
    for month in ("202502", "202501"):
        assert build_month(warehouse, month).status == "published"
    return warehouse


@pytest.fixture(scope="module")
def metrics(county: Settings) -> Metrics:
    """The semantic layer of the county."""
    return Metrics(county)


def _rounded(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {tuple(_plain(cell) for cell in row) for row in rows}


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, str):
        return cell
    return str(cell)[:10] if hasattr(cell, "year") else round(float(cell), 6)


def test_a_rebuild_in_another_order_changes_no_dimension_and_writes_no_row_of_one_again(county: Settings) -> None:
    def dimensions() -> dict[str, list[tuple[Any, ...]]]:
        rows = "select to_jsonb(d)::text, ctid::text from marts.{} as d order by 1"
        whole = "select relname::text from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r'"
        names = [name for (name,) in ask(county, f"{whole} and not relispartition")]
        assert set(DIMENSIONS) <= set(names)
        return {name: ask(county, rows.format(name)) for name in names}

    before = dimensions()
    assert build_month(county, "202502", force=True).status == "published"
    assert dimensions() == before


def test_a_renumbered_village_leads_to_its_successor_and_facts_find_their_name(county: Settings) -> None:
    replaced = ask(
        county, "select division_code, valid_to::text, successor_code from marts.dim_division where not is_current"
    )
    assert replaced == [("990121101201", "2025-01-01", "990121101202")]
    moved = ask(
        county,
        """
        select before.valid_to::text, after.valid_from::text, count(*)
        from marts.dim_household as before
        inner join marts.dim_household as after using (household_key)
        where before.village_code = '990121101201' and after.village_code = '990121101202'
        group by 1, 2
        """,
    )
    assert [row[:2] for row in moved] == [("2025-01-01", "2025-02-01")]
    unnamed = """
        select count(*) from marts.fct_household_month as fact
        where (
            select count(*) from marts.dim_division as named
            where named.division_code = fact.village_code and named.valid_from <= fact.month
                and (named.valid_to is null or fact.month <= named.valid_to)
        ) <> 1
    """
    assert one(county, unnamed) == 0


def test_periods_of_a_dimension_do_not_overlap_and_reach_to_the_newest_month(county: Settings) -> None:
    for name, key in (
        ("dim_household", "household_key"),
        ("dim_person", "person_key"),
        ("dim_division", "division_code"),
    ):
        overlapping = f"""
            select count(*) from marts.{name} as one inner join marts.{name} as other using ({key})
            where one.valid_from < other.valid_from and (one.valid_to is null or other.valid_from <= one.valid_to)
        """
        assert one(county, overlapping) == 0
        assert one(county, f"select count(*) from marts.{name} where is_current <> (valid_to is null)") == 0
    current = "select count(*) from marts.dim_household where is_current"
    assert one(county, current) == one(
        county, "select count(*) from marts.fct_household_month where month = '2025-02-01'"
    )


def test_divisions_of_all_tiers_count_the_households_and_members_of_the_fact(county: Settings) -> None:
    rules = [code.lower() for (code,) in ask(county, "select rule_code from marts.dim_risk_rule")]
    conditions = {
        "": "true",
        **{f"{level}_": f"risk_level = '{level}'" for level in LEVELS},
        "lifted_": "household_type = '脱贫户'",
        "monitored_": "is_actively_monitored",
        **{f"{name}_": f"suggested_category = '{name}'" for name in ("unstable", "marginal", "sudden_hardship")},
        **{f"{code}_": f"{code}_state = 'flagged'" for code in rules},
    }
    shown = 0
    for prefix, condition in conditions.items():
        households = f"{prefix}count" if prefix else "household_count"
        for tier in TIERS:
            cells = ask(
                county,
                f"""
                select shown.{households}, shown.{prefix}member_count, fact.households, fact.members
                from (
                    select month, {tier}_code as division_code,
                        count(*) filter (where {condition}) as households,
                        coalesce(sum(member_count) filter (where {condition}), 0) as members
                    from marts.fct_household_month group by 1, 2
                ) as fact
                full join (select * from marts.agg_division_month where division_level = '{tier}') as shown
                    using (month, division_code)
                """,
            )
            assert cells and all(fact is not None for *_, fact, _ in cells)
            seen = [cell for cell in cells if cell[0] is not None]
            assert all(cell[:2] == cell[2:] and cell[0] >= 5 for cell in seen), (prefix, tier)
            assert all(cell[1] is None for cell in cells if cell[0] is None)
            shown += len(seen)
    assert shown > 500


def test_indicators_are_those_of_the_plans_and_count_what_the_fact_counts(county: Settings) -> None:
    listed = ask(
        county,
        "select plan, count(*), count(*) filter (where is_measurable) from marts.dim_policy_indicator"
        " where number is not null group by 1 order by 1",
    )
    assert listed == [("chongqing", 21, 3), ("xichang", 34, 4), ("yiyang", 16, 4)]
    divisions = "select count(*) from marts.agg_division_month"
    assert one(county, "select count(*) from marts.agg_policy_indicator_month") == one(
        county, f"select ({divisions}) * count(*) from marts.dim_policy_indicator where is_measurable"
    )
    differing = """
        select count(*), count(value)
        from marts.agg_policy_indicator_month as shown
        inner join (
            select month, village_code as division_code, sum(insured_count) as insured,
                sum(insured_count + uninsured_count) as known
            from marts.fct_household_month group by 1, 2
            union all
            select month, township_code, sum(insured_count), sum(insured_count + uninsured_count)
            from marts.fct_household_month group by 1, 2
        ) as fact using (month, division_code)
        where indicator_code = 'chongqing_04' and (numerator, denominator) <> (insured, known)
    """
    assert ask(county, differing) == [(0, 0)]
    assert (
        one(
            county,
            "select count(value) from marts.agg_policy_indicator_month where indicator_code = 'chongqing_04'"
            " and division_level in ('village', 'township')",
        )
        > 5
    )


def test_every_metric_is_told_by_the_facts_at_every_tier(county: Settings, metrics: Metrics) -> None:
    names = [metric.name for metric in metrics.list()]
    assert set(names) == set(FACTS) | set(SIGNALS)
    for tier in TIERS:
        expected = ", ".join(FACTS.values())
        facts = ask(county, f"select month, {tier}_code, {expected} from marts.fct_household_month group by 1, 2")
        assert _rounded(metrics.query(list(FACTS), by=["month", f"{tier}_code"]).rows) == _rounded(facts)
    for by in ("rule_code", "village_code"):
        expected = ", ".join(SIGNALS.values())
        facts = ask(county, f"select month, {by}, {expected} from marts.fct_household_risk_signal group by 1, 2")
        assert _rounded(metrics.query(list(SIGNALS), by=["month", by]).rows) == _rounded(facts)


def test_metrics_agree_with_the_cells_that_divisions_show(county: Settings, metrics: Metrics) -> None:
    cells = {"households": "household_count", "members": "member_count"} | {
        f"{level}_households": f"{level}_count" for level in LEVELS
    }
    told = {row[:2]: row[2:] for row in metrics.query(list(cells), by=["month", "township_code"]).rows}
    shown = ask(
        county,
        f"select month, division_code, {', '.join(cells.values())} from marts.agg_division_month"
        " where division_level = 'township'",
    )
    assert len(told) == len(shown)
    by_day = {(str(month)[:10], code): counts for (month, code), counts in told.items()}
    for month, code, *counts in shown:
        assert all(count in (None, known) for count, known in zip(counts, by_day[str(month), code], strict=True))
    rules = dict(metrics.query(["flagged_signals"], by=["rule_code"]).rows)
    flagged = ask(
        county,
        "select wat01_count, edu03_count from marts.agg_division_month"
        " where division_level = 'county' and month = '2025-02-01'",
    )
    assert flagged == [(rules["WAT01"], rules["EDU03"])]


def test_without_months_a_metric_is_of_the_newest(county: Settings, metrics: Metrics) -> None:
    assert metrics.query(["households"]).rows == [(1205,)]


@pytest.mark.parametrize(
    ("names", "options", "word"),
    [
        (["nothing"], {}, "no metric nothing"),
        (["households"], {"by": ["nothing"]}, "'nothing' is no dimension"),
        (["households"], {"by": ["metric_time__hour"]}, "'metric_time__hour' is no dimension"),
        (["households", "flagged_signals"], {"by": ["risk_level"]}, "there are: month"),
        (["households"], {"where": ["colour = 'red'"]}, '"colour" does not exist'),
        (["households"], {"where": ["{{ colour }} = 'red'"]}, "'colour' is no dimension"),
        (["households"], {"where": ["{{ Dimension('colour') }} = 'red'"]}, "'colour' is no dimension"),
        (["households"], {"where": ["{{ Colour('risk_level') }} = 'red'"]}, "cannot be read"),
        (["households"], {"where": ["{{ risk_level ) }} = 'red'"]}, "cannot be read"),
        (["households"], {"by": ["month"], "order": ["members"]}, "there are: households, month"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
    metrics: Metrics, names: list[str], options: dict[str, Any], word: str
) -> None:
    with pytest.raises(UsageError) as refused:
        metrics.query(names, **options)
    told = str(refused.value)
    assert word in told
    assert "__" not in told.replace("'metric_time__hour'", ""), "only names as people type them"
    assert len(told.splitlines()) == 1


def test_every_metric_is_grouped_by_each_of_its_dimensions(metrics: Metrics) -> None:
    together: dict[tuple[str, ...], list[str]] = {}
    for metric in metrics.list():
        together.setdefault(metric.dimensions, []).append(metric.name)
    for dimensions, names in together.items():
        for dimension in dimensions:
            answer = metrics.query(names, by=[dimension])
            assert len(answer.columns) == 1 + len(names)
            assert answer.rows, (names, dimension)


@pytest.mark.parametrize(
    "condition", ["{{ risk_level }} = 'red'", "{{Dimension('risk_level')}} = 'red'", "{{ month }} = '2025-01-01'"]
)
def test_conditions_name_dimensions_as_people_type_them(county: Settings, metrics: Metrics, condition: str) -> None:
    plain = condition.replace("{{Dimension('risk_level')}}", "risk_level").replace("{{", "").replace("}}", "")
    facts = ask(county, f"select month, count(*) from marts.fct_household_month where {plain} group by 1")
    assert _rounded(metrics.query(["households"], by=["month"], where=[condition]).rows) == _rounded(facts)


def test_the_analyst_asks(county: Settings, metrics: Metrics) -> None:
    """What a metric reads, the analyst may read: nothing is asked as the owner."""
    with connect(county, "analyst") as connection:
        assert connection.execute(metrics.sql(["red_share"], by=["month"]).encode()).fetchall()
