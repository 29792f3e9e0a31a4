-- What each household of the month paid for treatment itself; a refund's negative amount nets what it cancels.
with

households as (
    select * from {{ ref('int_households') }}
),

settlements as (
    select * from {{ ref('int_settlements_linked') }}
),

build_month as (
    select
        month_end,
        year_start,
        (month - interval '11 months')::date as twelve_months_start
    from {{ ref('int_build_month') }}
),

summed as (
    select
        settlements.household_key,
        sum(settlements.own_yuan) filter (where settlements.settled_on >= build_month.year_start) as year_to_date_yuan,
        sum(settlements.own_yuan) as twelve_months_yuan
    from settlements
    inner join build_month
        on settlements.settled_on between build_month.twelve_months_start and build_month.month_end
    group by settlements.household_key
),

final as (
    select
        households.household_key,
        households.village_code,
        households.is_assisted,
        coalesce(summed.year_to_date_yuan, 0) as year_to_date_yuan,
        coalesce(summed.twelve_months_yuan, 0) as twelve_months_yuan
    from households
    left join summed using (household_key)
)

select * from final
