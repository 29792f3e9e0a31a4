-- MON02 风险消除过早: cleared sooner after identification than practice allows.
with

cleared as (
    select * from {{ ref('int_households_cleared') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

held_against as (
    select
        cleared.*,
        parameters.clearing_months_minimum,
        cleared.months_monitored < parameters.clearing_months_minimum as is_early
    from cleared
    left join parameters using (village_code)
),

final as (
    select
        household_key,
        'MON02' as rule_code,
        case when is_early then 'flagged' else 'unknown' end as state,
        months_monitored as observed_value,
        clearing_months_minimum as threshold_value,
        'clearing_months_minimum' as parameter,
        jsonb_build_array(
            {{ evidence_item("held_against", "识别监测时间", "to_char(held_against.identified_month, 'YYYYMM')") }},
            {{ evidence_item("held_against", "消除监测时间", "to_char(held_against.cleared_month, 'YYYYMM')",
                "held_against.clearing_months_minimum", "clearing_months_minimum") }}
        ) as evidence
    from held_against
    where is_early is not false
)

select * from final
