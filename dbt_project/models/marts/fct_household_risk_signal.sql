{{ config(
    materialized='month_slice',
    indexes=[
        {'columns': ['household_key', 'rule_code'], 'unique': true},
        {'columns': ['rule_code', 'state', 'observed_value desc nulls last', 'household_key']},
    ],
) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

signals as (
    select * from {{ ref('int_risk_signals') }}
),

households as (
    select * from {{ ref('int_households') }}
),

catalogue as (
    select * from {{ ref('rule_catalogue') }}
),

final as (
    select
        build_month.month,
        signals.household_key,
        households.village_code,
        signals.rule_code,
        signals.state,
        catalogue.severity,
        signals.observed_value::numeric(18, 4) as observed_value,
        signals.threshold_value::numeric(18, 4) as threshold_value,
        signals.parameter,
        catalogue.policy_ref,
        signals.queued_candidate_count,
        signals.evidence
    from signals
    cross join build_month
    inner join households on signals.household_key = households.household_key
    inner join catalogue on signals.rule_code = catalogue.rule_code
)

select * from final
