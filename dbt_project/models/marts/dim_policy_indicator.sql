{{ config(materialized='table', indexes=[{'columns': ['indicator_code'], 'unique': true}]) }}

with

indicators as (
    select * from {{ ref('policy_indicators') }}
),

documents as (
    select * from {{ ref('policy_documents') }}
),

measures as (
    select * from {{ ref('policy_measures') }}
),

final as (
    select
        indicators.indicator_code,
        indicators.plan,
        documents.title_zh as plan_title,
        documents.issued_as,
        indicators.place,
        indicators.number,
        indicators.title_zh,
        indicators.title_en,
        indicators.unit_as_printed,
        indicators.base_year,
        indicators.base_as_printed,
        indicators.target_year,
        indicators.target_as_printed,
        indicators.kind,
        indicators.measure is not null as is_measurable,
        indicators.closeness,
        indicators.measure,
        measures.unit,
        indicators.direction,
        indicators.target,
        measures.formula_zh,
        measures.formula_en,
        indicators.note_zh,
        indicators.note_en,
        concat_ws(' ', indicators.plan, indicators.place, 'no. ' || indicators.number) as policy_source
    from indicators
    inner join documents using (plan)
    left join measures using (measure)
)

select * from final
