-- Divisions below one are found by the beginning of their code.
{{ config(
    materialized='month_slice',
    indexes=[{'columns': ['division_code text_pattern_ops', 'indicator_code'], 'unique': true}],
) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

indicators as (
    select * from {{ ref('dim_policy_indicator') }}
    where is_measurable
),

divisions as (
    select * from {{ ref('int_division_indicators') }}
),

-- What the value would be if nobody of whom it is not known met the indicator, and if everybody did.
bounded as (
    select
        *,
        100 * numerator / nullif(denominator, 0) as percent,
        100 * numerator / nullif(denominator + unknown_count, 0) as lowest,
        100 * (numerator + unknown_count) / nullif(denominator + unknown_count, 0) as highest
    from divisions
),

final as (
    select
        build_month.month,
        bounded.division_code,
        bounded.division_level,
        indicators.indicator_code,
        indicators.title_zh,
        indicators.title_en,
        indicators.unit,
        case when not bounded.is_withheld then bounded.percent::numeric(7, 2) end as value,
        case when not bounded.is_withheld then bounded.numerator::numeric(18, 2) end as numerator,
        case when not bounded.is_withheld then bounded.denominator::numeric(18, 2) end as denominator,
        (bounded.unknown_count / nullif(bounded.case_count + bounded.unknown_count, 0))::numeric(6, 4) as unknown_share,
        indicators.target,
        indicators.target_as_printed,
        indicators.target_year,
        indicators.base_as_printed,
        indicators.base_year,
        indicators.kind,
        indicators.direction,
        case
            when bounded.is_withheld then null
            when indicators.unit = 'yuan' and bounded.unknown_count > 0 then null
            when indicators.direction = 'below' then bounded.percent < indicators.target
            when bounded.lowest >= indicators.target then true
            when bounded.highest < indicators.target then false
        end as is_met,
        indicators.closeness,
        indicators.policy_source
    from bounded
    inner join indicators using (measure)
    cross join build_month
)

select * from final
