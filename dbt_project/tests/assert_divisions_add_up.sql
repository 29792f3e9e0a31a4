-- Villages add up to townships and those to the province: every household stands once at every level.
with

counts as (
    select * from {{ ref('int_division_counts') }}
),

households as (
    select count(*) as household_count from {{ ref('int_households') }}
)

select
    counts.division_level,
    sum(counts.household_count) as household_count
from counts
cross join households
group by counts.division_level, households.household_count
having
    sum(counts.household_count) <> households.household_count
    or sum(counts.red_count + counts.yellow_count + counts.grey_count + counts.green_count)
    <> households.household_count
