-- Monitored households whose risk counts as cleared by the month's end, with the head's roster row that says so.
with

households as (
    select * from {{ ref('int_households') }}
),

final as (
    select
        households.household_key,
        households.village_code,
        households.has_labour,
        households.identified_month,
        households.cleared_month,
        (extract(year from households.cleared_month) - extract(year from households.identified_month)) * 12
        + extract(month from households.cleared_month)
        - extract(month from households.identified_month) as months_monitored,
        households.head_delivery_id as delivery_id,
        households.head_row_number as row_number,
        households.head_file_name as file_name
    from households
    where households.monitored_category is not null and households.is_cleared
)

select * from final
