-- What the roster says of each member's capacity for work, for households without labour or where it is not known.
with

members as (
    select * from {{ ref('int_members_aged') }}
),

households as (
    select * from {{ ref('int_households') }}
),

final as (
    select
        members.household_key,
        count(*) as member_count,
        {{ evidence_array(evidence_item("members", "劳动技能", "members.labour_skill"), "members") }} as evidence
    from members
    inner join households on members.household_key = households.household_key
    where households.has_labour is not true
    group by members.household_key
)

select * from final
