-- Every signal of the month that is not clear. A rule whose needs are wanting is unknown for every household.
with

households as (
    select * from {{ ref('int_households') }}
),

readiness as (
    select * from {{ ref('int_rule_readiness') }}
),

rule_extracts as (
    select * from {{ ref('rule_extracts') }}
),

queued_candidates as (
    select * from {{ ref('int_queued_candidates') }}
),

judged as (
    select * from {{ ref('int_edu01_out_of_school') }}
    union all
    select * from {{ ref('int_edu02_tertiary_costs') }}
    union all
    select * from {{ ref('int_edu03_aid_not_received') }}
    union all
    select * from {{ ref('int_med01_uninsured') }}
    union all
    select * from {{ ref('int_med02_year_out_of_pocket') }}
    union all
    select * from {{ ref('int_med03_single_admission') }}
    union all
    select * from {{ ref('int_med04_subsidy_not_received') }}
    union all
    select * from {{ ref('int_hou01_unsafe_dwelling') }}
    union all
    select * from {{ ref('int_hou02_double_subsidy') }}
    union all
    select * from {{ ref('int_wat01_unsafe_water') }}
    union all
    select * from {{ ref('int_wat02_test_overdue') }}
    union all
    select * from {{ ref('int_civ01_benefits_after_death') }}
    union all
    select * from {{ ref('int_civ02_allowance_missed') }}
    union all
    select * from {{ ref('int_civ04_left_allowance') }}
    union all
    select * from {{ ref('int_inc01_below_line') }}
    union all
    select * from {{ ref('int_inc02_income_drop') }}
    union all
    select * from {{ ref('int_inc03_expenses_above_income') }}
    union all
    select * from {{ ref('int_lab01_no_labour') }}
    union all
    select * from {{ ref('int_mon02_cleared_early') }}
    union all
    select * from {{ ref('int_mon03_cleared_without_labour') }}
),

signals as (
    select judged.*
    from judged
    inner join readiness on judged.rule_code = readiness.rule_code
    where readiness.is_ready

    union all

    select
        households.household_key,
        readiness.rule_code,
        'unknown' as state,
        null as observed_value,
        null as threshold_value,
        null as parameter,
        readiness.evidence
    from households
    cross join readiness
    where not readiness.is_ready
),

queued_rows as (
    select distinct
        source,
        extract,
        delivery_id,
        row_number,
        household_key
    from queued_candidates
),

queued as (
    select
        queued_rows.household_key,
        rule_extracts.rule_code,
        count(*) as queued_candidate_count
    from queued_rows
    inner join rule_extracts
        on queued_rows.source = rule_extracts.source
        and queued_rows.extract = rule_extracts.extract
    group by queued_rows.household_key, rule_extracts.rule_code
),

final as (
    select
        signals.household_key,
        signals.rule_code,
        signals.state,
        signals.observed_value,
        signals.threshold_value,
        signals.parameter,
        coalesce(queued.queued_candidate_count, 0)::integer as queued_candidate_count,
        signals.evidence
    from signals
    left join queued
        on signals.household_key = queued.household_key
        and signals.rule_code = queued.rule_code
)

select * from final
