-- Matched by tier or by a decision, dismissed by one, and queued, over the rows delivered in the month.
with

records as (
    select records.*
    from {{ ref('int_person_records') }} as records
    inner join {{ ref('int_counting_deliveries') }} as counting using (delivery_id)
    cross join {{ ref('int_build_month') }} as build_month
    where counting.month = to_char(build_month.month, 'YYYYMM')
),

links as (
    select * from {{ ref('int_links') }}
),

dismissed as (
    select * from {{ ref('int_unlinked_decided') }}
    where state = 'dismissed'
),

final as (
    select
        records.source,
        records.extract,
        count(links.tier)::integer as matched,
        (count(*) - count(links.tier) - count(dismissed.decision_id))::integer as queued,
        count(*) filter (where links.tier = 0)::integer as tier_0,
        count(*) filter (where links.tier = 1)::integer as tier_1,
        count(*) filter (where links.tier = 2)::integer as tier_2,
        count(*) filter (where links.tier = 3)::integer as tier_3,
        count(*) filter (where links.tier = 4)::integer as tier_4,
        count(*) filter (where links.tier = 5)::integer as decided,
        count(dismissed.decision_id)::integer as dismissed
    from records
    left join links using (delivery_id, row_number)
    left join dismissed using (delivery_id, row_number)
    group by records.source, records.extract
)

select * from final
