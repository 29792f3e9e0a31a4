{{ config(materialized='month_slice', indexes=[{'columns': ['rule_code', 'source', 'extract'], 'unique': true}]) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

needs as (
    select * from {{ ref('rule_needs') }}
),

extracts as (
    select * from {{ source('order', 'extracts') }}
),

freshness as (
    select * from {{ ref('int_extract_freshness') }}
),

final as (
    select
        build_month.month,
        needs.rule_code,
        needs.source,
        needs.extract,
        extracts.title as title_zh,
        extracts.label as title_en,
        coalesce(freshness.is_fresh, false) as is_fresh,
        freshness.data_date,
        build_month.month_end - freshness.data_date as age_days,
        extracts.max_age_days,
        coalesce(freshness.delivery_ids, array[]::bigint[]) as delivery_ids
    from needs
    inner join extracts on needs.source = extracts.source and needs.extract = extracts.extract
    left join freshness on needs.source = freshness.source and needs.extract = freshness.extract
    cross join build_month
)

select * from final
