-- Who a queued record may be about: a person decides, and until then work lists say "look at the queue first".
with

settled as (
    select * from {{ ref('int_unlinked_decided') }}
    where state in ('decided', 'dismissed')
),

queued as (
    select records.*
    from {{ ref('int_unlinked_records') }} as records
    left join settled using (delivery_id, row_number)
    where
        settled.decision_id is null
        and records.delivery_id in (select counting.delivery_id from {{ ref('int_counting_deliveries') }} as counting)
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

aliases as not materialized (
    select * from {{ ref('int_spine_aliases') }}
),

numbers as (
    select
        records.source,
        records.department_no,
        links.person_key
    from {{ ref('int_person_records') }} as records
    inner join {{ ref('int_links_direct') }} as links using (delivery_id, row_number)
    where
        records.department_no in (select queued.department_no from queued)
        and links.person_key is not null
),

same_number as (
    select
        queued.source,
        queued.extract,
        queued.delivery_id,
        queued.row_number,
        aliases.person_key,
        'the ID number is this person''s' as reason
    from queued
    inner join aliases on queued.id_17 = aliases.id_17
),

same_name_and_village as (
    select
        queued.source,
        queued.extract,
        queued.delivery_id,
        queued.row_number,
        aliases.person_key,
        'name and village are this person''s' as reason
    from queued
    inner join aliases
        on queued.village_code = aliases.village_code
        and ops.names_equal(queued.name_key, aliases.name_key)
),

same_birth_and_village as (
    select
        queued.source,
        queued.extract,
        queued.delivery_id,
        queued.row_number,
        aliases.person_key,
        'birth date and village are this person''s, the name is like it' as reason
    from queued
    inner join aliases
        on queued.village_code = aliases.village_code
        and queued.born_on = aliases.birth_date
        and ops.names_compatible(queued.name_key, aliases.name_key)
),

same_department_no as (
    select
        queued.source,
        queued.extract,
        queued.delivery_id,
        queued.row_number,
        numbers.person_key,
        'other records under this department number are this person''s' as reason
    from queued
    inner join numbers using (source, department_no)
),

combined as (
    select * from same_number

    union all

    select * from same_name_and_village

    union all

    select * from same_birth_and_village

    union all

    select * from same_department_no
),

final as (
    select
        combined.source,
        combined.extract,
        combined.delivery_id,
        combined.row_number,
        combined.person_key,
        persons.household_key,
        string_agg(distinct combined.reason, '; ' order by combined.reason) as reasons
    from combined
    inner join persons using (person_key)
    group by
        combined.source,
        combined.extract,
        combined.delivery_id,
        combined.row_number,
        combined.person_key,
        persons.household_key
)

select * from final
