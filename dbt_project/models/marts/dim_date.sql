{{ config(materialized='table') }}

with

months as (
    select * from {{ ref('dim_month') }}
),

final as (
    select
        days.day_start::date as date_day,
        months.month
    from months
    cross join lateral generate_series(months.month, months.month_end, interval '1 day') as days (day_start)
)

select * from final
