-- Every row that no tier linked, with what was decided: what people are shown once the month is published.
with

records as (
    select
        *,
        count(*) over (partition by delivery_id, record_key)::integer as rows_together
    from {{ ref('int_unlinked_records') }}
),

decided as (
    select * from {{ ref('int_unlinked_decided') }}
),

queue as (
    select * from {{ ref('int_queue') }}
),

counting as (
    select delivery_id from {{ ref('int_counting_deliveries') }}
),

final as (
    select
        records.source,
        records.extract,
        records.record_key,
        records.delivery_id,
        records.row_number,
        records.village_code,
        counting.delivery_id is not null as is_counting,
        coalesce(decided.state, 'open') as state,
        queue.reason,
        coalesce(queue.candidate_count, 0) as candidate_count,
        records.rows_together,
        decided.decision_id,
        decided.lapsed_because
    from records
    left join decided using (delivery_id, row_number)
    left join queue using (delivery_id, row_number)
    left join counting on records.delivery_id = counting.delivery_id
)

select * from final
