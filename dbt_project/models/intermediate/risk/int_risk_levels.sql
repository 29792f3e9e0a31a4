-- The level of each household and, as a clue for verification, the category it may belong to.
{{ config(indexes=[{'columns': ['household_key'], 'unique': true}]) }}

with

households as (
    select * from {{ ref('int_households') }}
),

signals as (
    select * from {{ ref('int_risk_signals') }}
),

catalogue as (
    select * from {{ ref('rule_catalogue') }}
),

per_household as (
    select
        signals.household_key,
        count(*) filter (where signals.state = 'flagged') as flagged_count,
        count(*) filter (where signals.state = 'unknown') as unknown_count,
        bool_or(signals.state = 'flagged' and catalogue.severity = 'red') as has_red,
        bool_or(signals.state = 'unknown' and catalogue.makes_grey) as has_grey,
        bool_or(signals.state = 'flagged' and catalogue.confirms_low_income) as confirms_low_income,
        bool_or(signals.state = 'flagged' and catalogue.is_hardship) as has_hardship,
        max(signals.state) filter (where signals.rule_code = 'INC01') as inc01_state
    from signals
    inner join catalogue using (rule_code)
    group by signals.household_key
),

final as (
    select
        households.household_key,
        coalesce(per_household.flagged_count, 0)::integer as flagged_count,
        coalesce(per_household.unknown_count, 0)::integer as unknown_count,
        case
            when per_household.has_red then 'red'
            when per_household.flagged_count > 0 then 'yellow'
            when per_household.has_grey then 'grey'
            else 'green'
        end as risk_level,
        case
            when households.is_actively_monitored then null
            when per_household.inc01_state = 'flagged' and per_household.confirms_low_income
                then case when households.household_type = '脱贫户' then 'unstable' else 'marginal' end
            when per_household.inc01_state is null and per_household.has_hardship then 'sudden_hardship'
        end as suggested_category
    from households
    left join per_household using (household_key)
)

select * from final
