-- Every row of every roster that counted up to the month: who was ever in which household, under which name.
with

members as (
    select * from {{ ref('stg_registry__members') }}
    where delivery_id in {{ ids_so_far('registry', 'members') }}
),

deliveries as (
    select * from {{ source('ops', 'deliveries') }}
),

final as (
    select
        members.delivery_id,
        members.row_number,
        deliveries.month as roster_month,
        members.person_no,
        members.household_no,
        members.person_name_key as name_key,
        members.citizen_id_17 as id_17,
        members.citizen_id_fault as id_fault,
        coalesce(members.birth_date, members.citizen_id_born_on) as birth_date,
        members.village_code
    from members
    inner join deliveries using (delivery_id)
)

select * from final
