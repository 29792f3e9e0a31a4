-- Tier 0: the row carries a known household number and the head's name fits somebody ever in that household.
with

records as (
    select * from {{ ref('int_person_records') }}
    where household_no is not null and name_key is not null
),

household_names as (
    select * from {{ ref('int_household_names') }}
),

fitting as (
    select distinct
        records.source,
        records.extract,
        records.delivery_id,
        records.row_number,
        household_names.household_key,
        household_names.person_key,
        ops.names_equal(records.name_key, household_names.name_key) as is_exact
    from records
    inner join household_names
        on records.household_no = household_names.household_no
        and ops.names_compatible(records.name_key, household_names.name_key)
),

final as (
    select
        source,
        extract,
        delivery_id,
        row_number,
        min(household_key) as household_key,
        case
            when count(distinct person_key) filter (where is_exact) = 1 then min(person_key) filter (where is_exact)
            when count(distinct person_key) = 1 then min(person_key)
        end as person_key
    from fitting
    group by source, extract, delivery_id, row_number
)

select * from final
