-- Every row of every roster that counted up to the month: who was ever in which household, under which name. The
-- village is the household's: the head's row says it, another's only where that is blank; rows that were added later
-- (a returned workbook) are of the same household.
with

members as (
    select * from {{ ref('stg_registry__members') }}
    where delivery_id in {{ ids_so_far('registry', 'members') }}
),

winning as (
    select * from {{ ref('int_winning_deliveries') }}
),

final as (
    select
        members.delivery_id,
        members.row_number,
        winning.month as roster_month,
        winning.recency,
        members.person_no,
        members.household_no,
        members.person_name_key as name_key,
        members.citizen_id_17 as id_17,
        members.citizen_id_fault as id_fault,
        coalesce(members.birth_date, members.citizen_id_born_on) as birth_date,
        members.sex,
        (members.relation_to_head = '户主') is true as is_head,
        first_value(members.village_code) over (
            partition by winning.month, members.household_no
            order by
                members.village_code is null,
                (members.relation_to_head = '户主') is true desc,
                winning.recency desc,
                members.row_number
        ) as village_code
    from members
    inner join winning using (delivery_id)
)

select * from final
