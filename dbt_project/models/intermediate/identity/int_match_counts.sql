-- Matched by tier or by a decision, dismissed by one, and queued, over the rows delivered in the month.
with

delivered as (
    select counting.delivery_id
    from {{ ref('int_counting_deliveries') }} as counting
    cross join {{ ref('int_build_month') }} as build_month
    where counting.month = to_char(build_month.month, 'YYYYMM')
),

linked as (
    select
        source,
        extract,
        tier,
        'linked' as state,
        count(*) as record_count
    from {{ ref('int_links') }}
    where delivery_id in (select delivered.delivery_id from delivered)
    group by source, extract, tier
),

-- What was decided is linked, by tier 5.
unlinked as (
    select
        records.source,
        records.extract,
        null::integer as tier,
        coalesce(decided.state, 'open') as state,
        count(*) as record_count
    from {{ ref('int_unlinked_records') }} as records
    left join {{ ref('int_unlinked_decided') }} as decided using (delivery_id, row_number)
    where
        records.delivery_id in (select delivered.delivery_id from delivered)
        and decided.state is distinct from 'decided'
    group by records.source, records.extract, decided.state
),

records as (
    select * from linked

    union all

    select * from unlinked
),

final as (
    select
        source,
        extract,
        coalesce(sum(record_count) filter (where state = 'linked'), 0)::integer as matched,
        coalesce(sum(record_count) filter (where state in ('open', 'lapsed')), 0)::integer as queued,
        {% for tier in range(5) -%}
        coalesce(sum(record_count) filter (where tier = {{ tier }}), 0)::integer as tier_{{ tier }},
        {% endfor -%}
        coalesce(sum(record_count) filter (where tier = 5), 0)::integer as decided,
        coalesce(sum(record_count) filter (where state = 'dismissed'), 0)::integer as dismissed
    from records
    group by source, extract
)

select * from final
