-- The spine: each person the roster ever named, as last seen; leavers stay, with their last household and village.
{{ config(indexes=[{'columns': ['person_key'], 'unique': true}]) }}

with

roster_states as not materialized (
    select * from {{ ref('int_roster_states') }}
),

persons as (
    select * from {{ source('restricted', 'persons') }}
),

households as (
    select * from {{ source('restricted', 'households') }}
),

successors as (
    select * from {{ ref('int_division_successors') }}
),

last_seen as (
    select distinct on (person_no) *
    from roster_states
    order by person_no, last_place desc
),

numbers as (
    select distinct on (person_no)
        person_no,
        id_17,
        id_fault
    from roster_states
    where id_17 is not null
    order by person_no, id_fault is null desc, last_place desc
),

births as (
    select distinct on (person_no)
        person_no,
        birth_date
    from roster_states
    where birth_date is not null
    order by person_no, last_place desc
),

final as (
    select
        persons.person_key,
        households.household_key,
        last_seen.person_no,
        last_seen.household_no,
        last_seen.name_key,
        numbers.id_17,
        coalesce(numbers.id_fault, case when numbers.id_17 is null then last_seen.id_fault end) as id_fault,
        births.birth_date,
        coalesce(successors.current_code, last_seen.village_code) as village_code,
        last_seen.last_month
    from last_seen
    inner join persons on last_seen.person_no = persons.person_no
    inner join households on last_seen.household_no = households.household_no
    left join numbers on last_seen.person_no = numbers.person_no
    left join births on last_seen.person_no = births.person_no
    left join successors on last_seen.village_code = successors.old_code
)

select * from final
