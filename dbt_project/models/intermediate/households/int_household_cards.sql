-- What a caseworker needs to find and visit a family; published to `restricted`, never to the marts.
with

members as (
    select * from {{ ref('int_members') }}
),

households as (
    select * from {{ ref('int_households') }}
),

keys as (
    select * from {{ source('restricted', 'households') }}
),

roster_rows as (
    select * from {{ ref('stg_registry__members') }}
    where delivery_id in {{ counting_ids('registry', 'members') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

names as (
    select
        members.household_key,
        array_remove(
            array_agg(roster_rows.person_name order by members.is_head desc, members.recency, members.row_number), null
        ) as member_names
    from members
    inner join roster_rows using (delivery_id, row_number)
    group by members.household_key
),

final as (
    select
        households.household_key,
        keys.household_no,
        build_month.month,
        households.village_code,
        households.township_code,
        head_rows.township_name,
        head_rows.village_name,
        head_rows.person_name as head_name,
        head_rows.phone,
        names.member_names
    from households
    inner join keys on households.household_key = keys.household_key
    inner join names on households.household_key = names.household_key
    inner join roster_rows as head_rows
        on households.head_delivery_id = head_rows.delivery_id
        and households.head_row_number = head_rows.row_number
    cross join build_month
)

select * from final
