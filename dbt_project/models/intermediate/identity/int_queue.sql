-- Records that no tier could link and no decision settles, with why.
with

records as (
    select * from {{ ref('int_unlinked_records') }}
    where delivery_id in (select counting.delivery_id from {{ ref('int_counting_deliveries') }} as counting)
),

settled as (
    select
        delivery_id,
        row_number
    from {{ ref('int_unlinked_decided') }}
    where state in ('decided', 'dismissed')
),

candidates as (
    select
        delivery_id,
        row_number,
        count(*) as candidate_count
    from {{ ref('int_queued_candidates') }}
    group by delivery_id, row_number
),

owned_numbers as (
    select distinct id_17
    from {{ ref('int_spine_aliases') }}
    where id_fault is null and id_17 in (select records.id_17 from records)
),

final as (
    select
        records.source,
        records.extract,
        records.delivery_id,
        records.row_number,
        coalesce(candidates.candidate_count, 0)::integer as candidate_count,
        case
            when records.id_fault is null and owned_numbers.id_17 is not null then 'somebody_elses_id'
            when candidates.candidate_count > 1 then 'several_candidates'
            when candidates.candidate_count = 1 then 'one_candidate_not_certain'
            else 'no_candidate'
        end as reason
    from records
    left join settled using (delivery_id, row_number)
    left join candidates using (delivery_id, row_number)
    left join owned_numbers on records.id_17 = owned_numbers.id_17
    where settled.delivery_id is null
)

select * from final
