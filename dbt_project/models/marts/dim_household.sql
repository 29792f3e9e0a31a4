{{ config(materialized='table', indexes=[{'columns': ['household_key', 'valid_from'], 'unique': true}]) }}

{%- set described = [
    'village_code', 'township_code', 'county_code', 'household_type', 'monitored_category', 'is_actively_monitored',
    'is_relocated',
] %}
{%- set follows = follows_published() %}

-- depends_on: {{ source('published', 'dim_household') }}, {{ source('ops', 'builds') }}
with

facts as (
    select
        month,
        household_key,
        {{ described | join(', ') }}
    from {{ ref('fct_household_month') }}
),

{% if follows -%}
-- The month follows on all that are published: it goes on with their periods.
published as (
    select * from {{ source('published', 'dim_household') }}
),

newest as (
    select max(month) as month
    from {{ source('ops', 'builds') }}
    where status = 'published'
),

going_on as (
    select published.household_key
    from published
    inner join facts
        on published.household_key = facts.household_key
        and row({{ described | map('replace', '', 'published.', 1) | join(', ') }})
        is not distinct from row({{ described | map('replace', '', 'facts.', 1) | join(', ') }})
    where published.is_current
),

final as (
    select
        published.household_key,
        published.valid_from,
        case
            when not published.is_current then published.valid_to
            when going_on.household_key is null then newest.month
        end as valid_to,
        published.is_current and going_on.household_key is not null as is_current,
        {{ described | map('replace', '', 'published.', 1) | join(', ') }}
    from published
    cross join newest
    left join going_on on published.household_key = going_on.household_key and published.is_current

    union all

    select
        facts.household_key,
        facts.month as valid_from,
        null as valid_to,
        true as is_current,
        {{ described | map('replace', '', 'facts.', 1) | join(', ') }}
    from facts
    where facts.household_key not in (select going_on.household_key from going_on)
)
{%- else -%}
build_month as (
    select * from {{ ref('int_build_month') }}
),

-- The months already published, and the one being built in place of its former self.
together as (
    select
        published.month,
        published.household_key,
        {{ described | map('replace', '', 'published.', 1) | join(', ') }}
    from {{ source('published', 'fct_household_month') }} as published
    cross join build_month
    where published.month <> build_month.month

    union all

    select * from facts
),

numbered as (
    select
        together.*,
        dense_rank() over (order by month) as month_number,
        row({{ described | join(', ') }})::text as description
    from together
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
{%- endif %}

select * from final
