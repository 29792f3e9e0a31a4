{{ config(materialized='month_slice', indexes=[{'columns': ['division_code', 'indicator_code'], 'unique': true}]) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

indicators as (
    select * from {{ ref('policy_indicators') }}
),

divisions as (
    select * from {{ ref('int_village_divisions') }}
),

villages as (
    select * from {{ ref('int_village_indicators') }}
),

summed as (
    select
        divisions.division_level,
        divisions.division_code,
        indicators.indicator_code,
        coalesce(sum(villages.numerator), 0) as numerator,
        coalesce(sum(villages.denominator), 0) as denominator
    from divisions
    cross join indicators
    left join villages
        on divisions.village_code = villages.village_code
        and indicators.indicator_code = villages.indicator_code
    group by divisions.division_level, divisions.division_code, indicators.indicator_code
),

shown as (
    select
        *,
        denominator >= {{ smallest_shown() }} as is_shown,
        100 * numerator / nullif(denominator, 0) as percent
    from summed
),

final as (
    select
        build_month.month,
        shown.division_code,
        shown.division_level,
        shown.indicator_code,
        indicators.title_zh,
        indicators.title_en,
        indicators.unit,
        case when shown.is_shown then shown.percent::numeric(7, 2) end as value,
        case when shown.is_shown then shown.numerator::numeric(18, 2) end as numerator,
        case when shown.is_shown then shown.denominator::numeric(18, 2) end as denominator,
        indicators.target_percent::numeric(7, 2) as target,
        indicators.target_year,
        indicators.direction,
        case
            when not shown.is_shown then null
            when indicators.direction = 'at_most' then shown.percent <= indicators.target_percent
            else shown.percent >= indicators.target_percent
        end as is_met,
        indicators.policy_ref as policy_source
    from shown
    inner join indicators using (indicator_code)
    cross join build_month
)

select * from final
