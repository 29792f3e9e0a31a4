-- Every household stands once at every level of the divisions, and in one level of risk.
with

counts as (
    select * from {{ ref('int_division_counts') }}
),

households as (
    select
        count(*) as household_count,
        coalesce(sum(member_count), 0) as member_count
    from {{ ref('int_households') }}
)

select counts.division_level
from counts
cross join households
group by counts.division_level, households.household_count, households.member_count
having
    sum(counts.household_count) filter (where counts.cell = 'household') <> households.household_count
    or sum(counts.member_count) filter (where counts.cell = 'household') <> households.member_count
    or sum(counts.household_count) filter (where counts.cell in ('red', 'yellow', 'grey', 'green'))
    <> households.household_count
