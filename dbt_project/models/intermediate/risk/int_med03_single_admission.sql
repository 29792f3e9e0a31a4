-- MED03 单次住院自付过高: one admission of the month, or one that arrived late, above the group's line.
with

households as (
    select * from {{ ref('int_households') }}
),

settlements as (
    select * from {{ ref('int_settlements_linked') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

held_against as (
    select
        households.household_key,
        case
            when households.is_assisted then parameters.single_admission_assisted
            else parameters.single_admission_other
        end as threshold_yuan,
        build_month.month,
        build_month.month_end,
        (build_month.month - make_interval(months => parameters.late_admission_months::integer))::date as late_from
    from households
    left join parameters using (village_code)
    cross join build_month
),

above as (
    select
        settlements.household_key,
        max(settlements.own_yuan) as own_yuan,
        {{ evidence_array(
            evidence_item("settlements", "psn_selfpay + psn_ownpay", "settlements.own_yuan",
                "held_against.threshold_yuan", "single_admission"), "settlements"
        ) }} as evidence
    from settlements
    inner join held_against using (household_key)
    where
        settlements.medical_type = '21'
        and not settlements.is_refund
        and not settlements.is_refunded
        and settlements.own_yuan > held_against.threshold_yuan
        and settlements.settled_on <= held_against.month_end
        and (
            settlements.settled_on >= held_against.month
            or (
                settlements.first_delivered_month = held_against.month
                and settlements.settled_on >= held_against.late_from
            )
        )
    group by settlements.household_key
),

final as (
    select
        held_against.household_key,
        'MED03' as rule_code,
        case when above.household_key is null then 'unknown' else 'flagged' end as state,
        above.own_yuan as observed_value,
        held_against.threshold_yuan as threshold_value,
        'single_admission' as parameter,
        coalesce(above.evidence, '[]') as evidence
    from held_against
    left join above using (household_key)
    where above.household_key is not null or num_nulls(held_against.threshold_yuan, held_against.late_from) > 0
)

select * from final
