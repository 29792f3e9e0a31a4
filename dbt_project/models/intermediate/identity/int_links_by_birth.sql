-- Tier 3: name, birth date and village are equal, and exactly one person of the spine fits. Not for a valid number
-- that belongs to somebody else.
with

-- Found before anything is joined to them: they are few.
records as materialized (
    select records.*
    from {{ ref('int_person_records') }} as records
    left join {{ ref('int_links_by_identifier') }} as links using (delivery_id, row_number)
    where
        links.delivery_id is null
        and records.born_on is not null
        and records.village_code is not null
        and records.name_key is not null
),

aliases as not materialized (
    select * from {{ ref('int_spine_aliases') }}
),

fitting as (
    select distinct
        records.source,
        records.extract,
        records.delivery_id,
        records.row_number,
        records.id_17,
        records.id_fault,
        aliases.person_key,
        aliases.household_key
    from records
    inner join aliases
        on records.village_code = aliases.village_code
        and records.born_on = aliases.birth_date
        and ops.names_equal(records.name_key, aliases.name_key)
),

unique_fits as (
    select
        source,
        extract,
        delivery_id,
        row_number,
        min(id_17) filter (where id_fault is null) as valid_id_17,
        min(person_key) as person_key,
        min(household_key) as household_key
    from fitting
    group by source, extract, delivery_id, row_number
    having count(*) = 1
),

final as (
    select
        unique_fits.source,
        unique_fits.extract,
        unique_fits.delivery_id,
        unique_fits.row_number,
        unique_fits.person_key,
        unique_fits.household_key
    from unique_fits
    where
        not exists (
            select 1
            from aliases as others
            where
                others.id_17 = unique_fits.valid_id_17
                and others.id_fault is null
                and others.person_key <> unique_fits.person_key
        )
)

select * from final
