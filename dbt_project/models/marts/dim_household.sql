{{ config(materialized='table', indexes=[{'columns': ['household_key', 'valid_from'], 'unique': true}]) }}

{%- set described = [
    'village_code', 'township_code', 'county_code', 'household_type', 'monitored_category', 'is_actively_monitored',
    'is_relocated',
] %}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

-- The months already published, and the one being built in place of its former self.
facts as (
    select
        published.month,
        published.household_key,
        {{ described | map('replace', '', 'published.', 1) | join(', ') }}
    from {{ source('published', 'fct_household_month') }} as published
    cross join build_month
    where published.month <> build_month.month

    union all

    select
        month,
        household_key,
        {{ described | join(', ') }}
    from {{ ref('fct_household_month') }}
),

numbered as (
    select
        facts.*,
        dense_rank() over (order by month) as month_number,
        row({{ described | join(', ') }})::text as description
    from facts
),

-- Months in a row without a change share the difference of their number and their place.
placed as (
    select
        *,
        month_number - row_number() over (partition by household_key, description order by month_number) as island
    from numbered
),

newest as (
    select max(month_number) as month_number from numbered
),

final as (
    select
        placed.household_key,
        min(placed.month) as valid_from,
        case when max(placed.month_number) < max(newest.month_number) then max(placed.month) end as valid_to,
        max(placed.month_number) = max(newest.month_number) as is_current,
        {{ described | map('replace', '', 'placed.', 1) | join(', ') }}
    from placed
    cross join newest
    group by
        placed.household_key,
        placed.description,
        placed.island,
        {{ described | map('replace', '', 'placed.', 1) | join(', ') }}
)

select * from final
