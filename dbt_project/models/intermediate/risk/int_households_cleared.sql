-- Monitored households whose risk counts as cleared by the month's end.
with

heads as (
    select * from {{ ref('int_household_heads') }}
),

final as (
    select
        household_key,
        village_code,
        has_labour,
        identified_month,
        cleared_month,
        (extract(year from cleared_month) - extract(year from identified_month)) * 12
        + extract(month from cleared_month)
        - extract(month from identified_month) as months_monitored,
        delivery_id,
        row_number,
        file_name
    from heads
    where monitored_category is not null and is_cleared
)

select * from final
