-- Records that count for the month by village: linked ones by their person's, queued ones by the one they name.
with

links as not materialized (
    select * from {{ ref('int_links') }}
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

unlinked as (
    select records.*
    from {{ ref('int_unlinked_records') }} as records
    left join {{ ref('int_unlinked_decided') }} as decided
        on records.delivery_id = decided.delivery_id
        and records.row_number = decided.row_number
        and decided.state = 'decided'
    where decided.decision_id is null
),

-- A household's number may be known where it is not which of its members the row names.
of_households as (
    select records.village_code
    from {{ ref('int_person_records') }} as records
    inner join links using (delivery_id, row_number)
    where links.person_key is null
),

of_persons as (
    select
        person_key,
        count(*) as record_count
    from links
    where person_key is not null
    group by person_key
),

placed as (
    select
        persons.village_code,
        of_persons.record_count,
        of_persons.record_count as linked_count
    from of_persons
    left join persons using (person_key)

    union all

    select
        village_code,
        1 as record_count,
        0 as linked_count
    from unlinked

    union all

    select
        village_code,
        1 as record_count,
        0 as linked_count
    from of_households
),

final as (
    select
        village_code,
        sum(record_count)::bigint as record_count,
        sum(linked_count)::bigint as linked_count
    from placed
    where village_code is not null
    group by village_code
)

select * from final
