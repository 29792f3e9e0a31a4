-- Records that count for the month by village: linked ones by their person's, queued ones by the one they name.
with

records as (
    select * from {{ ref('int_person_records') }}
),

links as (
    select * from {{ ref('int_links') }}
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

placed as (
    select
        case when links.person_key is null then records.village_code else persons.village_code end as village_code,
        links.person_key is not null as is_linked
    from records
    left join links using (delivery_id, row_number)
    left join persons on links.person_key = persons.person_key
),

final as (
    select
        village_code,
        count(*) as record_count,
        count(*) filter (where is_linked) as linked_count
    from placed
    where village_code is not null
    group by village_code
)

select * from final
