-- MED02 年度自付过高: the household's own payments of the year to date reach its group's line.
with

spending as (
    select * from {{ ref('int_household_out_of_pocket') }}
),

settlements as (
    select * from {{ ref('int_settlements_linked') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

held_against as (
    select
        spending.household_key,
        spending.year_to_date_yuan,
        case
            when spending.is_assisted then parameters.out_of_pocket_year_to_date_assisted
            else parameters.out_of_pocket_year_to_date_other
        end as threshold_yuan
    from spending
    left join parameters using (village_code)
),

judged as (
    select
        *,
        case when year_to_date_yuan >= threshold_yuan then 'flagged' else 'unknown' end as state
    from held_against
    where (year_to_date_yuan >= threshold_yuan) is not false
),

evidenced as (
    select
        settlements.household_key,
        {{ evidence_array(
            evidence_item("settlements", "psn_selfpay + psn_ownpay", "settlements.own_yuan"), "settlements"
        ) }} as evidence
    from settlements
    inner join judged on settlements.household_key = judged.household_key
    inner join build_month on settlements.settled_on between build_month.year_start and build_month.month_end
    group by settlements.household_key
),

final as (
    select
        judged.household_key,
        'MED02' as rule_code,
        judged.state,
        judged.year_to_date_yuan as observed_value,
        judged.threshold_yuan as threshold_value,
        'out_of_pocket_year_to_date' as parameter,
        coalesce(evidenced.evidence, {{ searched('settlements') }}) as evidence
    from judged
    left join evidenced using (household_key)
)

select * from final
