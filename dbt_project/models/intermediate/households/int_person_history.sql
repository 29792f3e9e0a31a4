-- Who was in which household when, by every roster that counted up to the month; a new row where the household changes.
with

roster_rows as (
    select * from {{ ref('int_roster_rows') }}
),

persons as (
    select * from {{ source('restricted', 'persons') }}
),

households as (
    select * from {{ source('restricted', 'households') }}
),

numbered as (
    select distinct
        person_no,
        household_no,
        to_date(roster_month, 'YYYYMM') as month,
        dense_rank() over (order by roster_month) as month_number
    from roster_rows
),

-- Rosters in a row in one household share the difference of their number and their place.
placed as (
    select
        *,
        month_number - row_number() over (partition by person_no, household_no order by month_number) as island
    from numbered
),

newest as (
    select max(month_number) as month_number from numbered
),

final as (
    select
        persons.person_key,
        households.household_key,
        min(placed.month) as valid_from,
        case when max(placed.month_number) < max(newest.month_number) then max(placed.month) end as valid_to,
        max(placed.month_number) = max(newest.month_number) as is_current
    from placed
    cross join newest
    inner join persons on placed.person_no = persons.person_no
    inner join households on placed.household_no = households.household_no
    group by persons.person_key, households.household_key, placed.island
)

select * from final
