-- Divisions below one are found by the beginning of their code.
{{ config(materialized='month_slice', indexes=[{'columns': ['division_code text_pattern_ops'], 'unique': true}]) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

cells as (
    select * from {{ ref('int_division_cells') }}
),

shares as (
    select * from {{ ref('int_division_shares') }}
),

shown as (
    select
        division_level,
        division_code,
        bool_or(cell = 'household' and not is_withheld) as is_shown,
        {% for cell in division_cells() -%}
        max(household_count) filter (where cell = '{{ cell }}' and not is_withheld) as {{ cell }}_count,
        max(member_count) filter (where cell = '{{ cell }}' and not is_withheld) as {{ cell }}_member_count
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from cells
    group by division_level, division_code
),

final as (
    select
        build_month.month,
        shown.division_code,
        shown.division_level,
        shown.household_count,
        shown.household_member_count as member_count,
        {% for cell in division_cells()[1:] -%}
        shown.{{ cell }}_count,
        {% endfor -%}
        {% for cell in division_cells()[1:] -%}
        shown.{{ cell }}_member_count,
        {% endfor -%}
        case when shown.is_shown then shares.matched_share end as matched_share,
        case when shown.is_shown then shares.unknown_share end as unknown_share
    from shown
    inner join shares
        on shown.division_level = shares.division_level
        and shown.division_code = shares.division_code
    cross join build_month
)

select * from final
