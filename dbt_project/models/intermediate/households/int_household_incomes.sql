-- Of the month's households: an income of one that is on no roster yet is nobody's.
with

counted as (
    {{ counted_rows('registry', 'income', key=['household_no']) }}
),

households as (
    select numbers.*
    from {{ source('restricted', 'households') }} as numbers
    inner join {{ ref('int_households') }} using (household_key)
),

final as (
    select
        households.household_key,
        counted.business_income_yuan,
        counted.business_cost_yuan,
        counted.net_income_yuan,
        counted.income_per_capita_yuan,
        counted.previous_income_per_capita_yuan,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join households using (household_no)
)

select * from final
