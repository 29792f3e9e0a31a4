{{ config(materialized='month_slice', indexes=[{'columns': ['division_code'], 'unique': true}]) }}

{%- set levels = ['red_count', 'yellow_count', 'grey_count', 'green_count'] %}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

counts as (
    select * from {{ ref('int_division_counts') }}
),

final as (
    select
        build_month.month,
        counts.division_code,
        counts.division_level,
        {{ shown('household_count') }} as household_count,
        case
            when counts.household_count >= {{ smallest_shown() }} then counts.member_count::integer
        end as member_count,
        {% for level in levels -%}
        {{ shown_of_group(level, levels) }} as {{ level }},
        {% endfor -%}
        {{ shown('lifted_count') }} as lifted_count,
        {{ shown('monitored_count') }} as monitored_count,
        {{ shown('unstable_count') }} as unstable_count,
        {{ shown('marginal_count') }} as marginal_count,
        {{ shown('sudden_hardship_count') }} as sudden_hardship_count,
        {% for rule_code in rule_codes() -%}
        {{ shown(rule_code | lower ~ '_count') }} as {{ rule_code | lower }}_count,
        {% endfor -%}
        case
            when counts.household_count >= {{ smallest_shown() }} then counts.matched_share::numeric(6, 4)
        end as matched_share,
        case
            when counts.household_count >= {{ smallest_shown() }} then counts.unknown_share::numeric(6, 4)
        end as unknown_share
    from counts
    cross join build_month
)

select * from final
