{{ config(materialized='table') }}

with

delivered as (
    select
        to_date(min(month), 'YYYYMM') as first_month,
        to_date(max(month), 'YYYYMM') as last_month
    from {{ source('ops', 'deliveries') }}
    where status = 'accepted'
),

months as (
    select generate_series(first_month, last_month, interval '1 month')::date as month
    from delivered
),

final as (
    select
        month,
        (month + interval '1 month - 1 day')::date as month_end,
        to_char(month, 'YYYYMM') as month_label,
        extract(year from month)::integer as year_number,
        extract(quarter from month)::integer as quarter_number,
        extract(month from month)::integer as month_number,
        -- The school year starts in September.
        extract(year from month)::integer - (extract(month from month) < 9)::integer as school_year
    from months
)

select * from final
