-- Who was in which household when, and whether as its head, by every roster that counted up to the month; a new row
-- where either changes, and after an absence. A roster that names somebody twice counts as it does for its month.
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

rosters as (
    select
        roster_month,
        row_number() over (order by roster_month) as roster_number,
        roster_month = max(roster_month) over () as is_newest
    from roster_rows
    group by roster_month
),

standing as (
    select distinct on (person_no, roster_month)
        person_no,
        roster_month,
        household_no,
        is_head,
        sex
    from roster_rows
    order by person_no, roster_month, recency desc, row_number desc
),

-- Rosters in a row without a change share the difference of their number and their place.
placed as (
    select
        standing.*,
        rosters.roster_number,
        rosters.is_newest,
        rosters.roster_number - row_number() over (
            partition by standing.person_no, standing.household_no, standing.is_head order by standing.roster_month
        ) as island
    from standing
    inner join rosters using (roster_month)
),

final as (
    select
        persons.person_key,
        households.household_key,
        placed.is_head,
        (array_agg(placed.sex order by placed.roster_month desc) filter (where placed.sex is not null))[1] as sex,
        to_date(min(placed.roster_month), 'YYYYMM') as valid_from,
        case when not bool_or(placed.is_newest) then to_date(max(placed.roster_month), 'YYYYMM') end as valid_to,
        bool_or(placed.is_newest) as is_current
    from placed
    inner join persons on placed.person_no = persons.person_no
    inner join households on placed.household_no = households.household_no
    group by persons.person_key, households.household_key, placed.is_head, placed.island
)

select * from final
