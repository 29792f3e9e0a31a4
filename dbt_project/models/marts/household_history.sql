{{ config(
    materialized='view',
    schema='marts',
    post_hook="alter view {{ this }} set (security_invoker = true)",
) }}

-- depends_on: {{ ref('fct_household_month') }}
with

-- By name: a view of every column would keep those that the fact has lost.
facts as (
    select
        month,
        household_key,
        village_code,
        risk_level,
        flagged_count
    from {{ source('published', 'fct_household_month') }}
),

numbered as (
    select
        month,
        household_key,
        village_code,
        risk_level,
        flagged_count,
        extract(year from month) * 12 + extract(month from month) as month_number
    from facts
),

-- Months in a row on one level share the difference of their number and their place.
placed as (
    select
        *,
        month_number - row_number() over (partition by household_key, risk_level order by month_number) as island
    from numbered
),

final as (
    select
        month,
        household_key,
        village_code,
        risk_level,
        flagged_count,
        lag(risk_level) over (partition by household_key order by month) as previous_risk_level,
        (row_number() over (partition by household_key, risk_level, island order by month))::integer
            as consecutive_months,
        min(month) filter (where flagged_count > 0) over (
            partition by household_key
            order by month
        ) as first_flagged_month
    from placed
)

select * from final
