-- Whether every snapshot a rule needs is there and fresh for the month; if not, which are wanting and what there was.
with

catalogue as (
    select * from {{ ref('rule_catalogue') }}
),

needs as (
    select * from {{ ref('rule_needs') }}
),

freshness as (
    select * from {{ ref('int_extract_freshness') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

wanting as (
    select
        needs.rule_code,
        array_agg(needs.source || '.' || needs.extract order by needs.source, needs.extract) as missing,
        jsonb_path_query_array(
            jsonb_agg(coalesce(searched.evidence, '[]') order by needs.source, needs.extract), '$[*][*]'
        ) as evidence
    from needs
    left join freshness using (source, extract)
    left join searched using (source, extract)
    where freshness.is_fresh is not true
    group by needs.rule_code
),

final as (
    select
        catalogue.rule_code,
        wanting.rule_code is null as is_ready,
        coalesce(wanting.missing, array[]::text[]) as missing,
        coalesce(wanting.evidence, '[]') as evidence
    from catalogue
    left join wanting using (rule_code)
)

select * from final
