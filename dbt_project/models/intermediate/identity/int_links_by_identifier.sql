-- Tiers 1 and 2: the same 17 digits and a compatible name. Where two persons of the roster share a number, the one
-- whose name is equal is meant, then the one who holds it now; where that leaves several, a person decides.
with

records as (
    select * from {{ ref('int_person_records') }}
    where id_17 is not null and name_key is not null
),

aliases as (
    select * from {{ ref('int_spine_aliases') }}
    where id_17 is not null
),

fitting as (
    select
        records.source,
        records.extract,
        records.delivery_id,
        records.row_number,
        aliases.person_key,
        aliases.household_key,
        case when records.id_fault is null and aliases.id_fault is null then 1 else 2 end as tier,
        ops.names_equal(records.name_key, aliases.name_key) as is_exact,
        aliases.is_current_number
    from records
    inner join aliases
        on records.id_17 = aliases.id_17
        and ops.names_compatible(records.name_key, aliases.name_key)
),

ranked as (
    select
        *,
        rank() over (
            partition by delivery_id, row_number order by tier, is_exact desc, is_current_number desc
        ) as preference
    from fitting
),

final as (
    select
        min(source) as source,
        min(extract) as extract,
        delivery_id,
        row_number,
        min(tier) as tier,
        min(person_key) as person_key,
        min(household_key) as household_key
    from ranked
    where preference = 1
    group by delivery_id, row_number
    having min(person_key) = max(person_key)
)

select * from final
