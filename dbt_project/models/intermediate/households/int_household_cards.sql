-- What a caseworker needs to find and visit a family; published to `restricted`, never to the marts.
with

members as (
    {{ counted_rows('registry', 'members', key=['person_no']) }}
),

households as (
    select * from {{ ref('int_households') }}
),

keys as (
    select * from {{ source('restricted', 'households') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

ordered as (
    select
        keys.household_key,
        members.*,
        row_number() over (
            partition by members.household_no
            order by (members.relation_to_head is not distinct from '户主') desc, members.recency, members.row_number
        ) as place
    from members
    inner join keys using (household_no)
),

final as (
    select
        households.household_key,
        max(ordered.household_no) as household_no,
        max(build_month.month) as month,
        households.village_code,
        households.township_code,
        max(ordered.township_name) filter (where ordered.place = 1) as township_name,
        max(ordered.village_name) filter (where ordered.place = 1) as village_name,
        max(ordered.person_name) filter (where ordered.place = 1) as head_name,
        max(ordered.phone) filter (where ordered.place = 1) as phone,
        array_remove(array_agg(ordered.person_name order by ordered.place), null) as member_names
    from ordered
    inner join households using (household_key)
    cross join build_month
    group by households.household_key, households.village_code, households.township_code
)

select * from final
