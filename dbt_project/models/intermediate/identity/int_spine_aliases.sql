-- Each person of the spine under every name and number that some roster gave: one month's slip of the roster must not
-- lose what the months before knew.
with

persons as (
    select * from {{ ref('int_spine_persons') }}
),

roster_states as not materialized (
    select * from {{ ref('int_roster_states') }}
),

names as (
    select distinct
        person_no,
        name_key
    from roster_states
    where name_key is not null
),

numbers as (
    select
        person_no,
        id_17,
        case when not bool_or(id_fault is null) then min(id_fault) end as id_fault
    from roster_states
    where id_17 is not null
    group by person_no, id_17
),

final as (
    select
        persons.person_key,
        persons.household_key,
        persons.village_code,
        persons.birth_date,
        names.name_key,
        numbers.id_17,
        numbers.id_fault,
        coalesce(numbers.id_17 = persons.id_17, false) as is_current_number
    from persons
    inner join names on persons.person_no = names.person_no
    left join numbers on persons.person_no = numbers.person_no
)

select * from final
