-- Who was in which household when, and whether as its head, by every roster that counted up to the month; a new row
-- where either changes, and after an absence. A roster that names somebody twice counts as it does for its month.
with

states as (
    select
        roster_states.person_no,
        roster_states.household_no,
        roster_states.is_head,
        roster_states.sex,
        stretches.stretch
    from {{ ref('int_roster_states') }} as roster_states
    cross join lateral unnest(roster_states.standing) as stretches (stretch)
),

persons as (
    select * from {{ source('restricted', 'persons') }}
),

households as (
    select * from {{ source('restricted', 'households') }}
),

rosters as (
    select distinct
        roster_number,
        to_date(roster_month, 'YYYYMM') as month
    from {{ ref('int_rosters') }}
),

newest as (
    select max(roster_number) as roster_number from rosters
),

-- Rosters in a row, whatever else they say of the person.
merged as (
    select
        person_no,
        household_no,
        is_head,
        range_agg(stretch) as stretches
    from states
    group by person_no, household_no, is_head
),

periods as (
    select
        merged.person_no,
        merged.household_no,
        merged.is_head,
        periods.period,
        lower(periods.period) as first_number,
        upper(periods.period) - 1 as last_number
    from merged
    cross join lateral unnest(merged.stretches) as periods (period)
),

sexed as (
    select
        periods.person_no,
        periods.household_no,
        periods.is_head,
        periods.first_number,
        periods.last_number,
        (array_agg(states.sex order by states.stretch desc) filter (where states.sex is not null))[1] as sex
    from periods
    inner join states
        on periods.person_no = states.person_no
        and periods.household_no = states.household_no
        and periods.is_head = states.is_head
        and periods.period @> states.stretch
    group by
        periods.person_no,
        periods.household_no,
        periods.is_head,
        periods.first_number,
        periods.last_number
),

final as (
    select
        persons.person_key,
        households.household_key,
        sexed.is_head,
        sexed.sex,
        first_rosters.month as valid_from,
        case when sexed.last_number < newest.roster_number then last_rosters.month end as valid_to,
        sexed.last_number = newest.roster_number as is_current
    from sexed
    inner join persons on sexed.person_no = persons.person_no
    inner join households on sexed.household_no = households.household_no
    inner join rosters as first_rosters on sexed.first_number = first_rosters.roster_number
    inner join rosters as last_rosters on sexed.last_number = last_rosters.roster_number
    cross join newest
)

select * from final
