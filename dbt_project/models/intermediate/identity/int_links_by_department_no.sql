-- Tier 4: nothing in the row itself links the record, but the department's own number is one person's, and the name is
-- like that person's.
with

numbers as (
    select * from {{ ref('int_department_numbers') }}
),

aliases as (
    select distinct
        person_key,
        household_key,
        name_key
    from {{ ref('int_spine_aliases') }}
),

-- Found before anything is joined to them: they are few.
unlinked as materialized (
    select records.*
    from {{ ref('int_person_records') }} as records
    left join {{ ref('int_links_direct') }} as direct using (delivery_id, row_number)
    where direct.delivery_id is null and records.department_no is not null
),

final as (
    select distinct
        unlinked.source,
        unlinked.extract,
        unlinked.delivery_id,
        unlinked.row_number,
        aliases.person_key,
        aliases.household_key,
        4 as tier
    from unlinked
    inner join numbers using (source, department_no)
    inner join aliases
        on numbers.person_key = aliases.person_key
        and ops.names_compatible(unlinked.name_key, aliases.name_key)
)

select * from final
