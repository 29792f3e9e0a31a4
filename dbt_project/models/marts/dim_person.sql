{{ config(materialized='table', indexes=[{'columns': ['person_key', 'valid_from']}, {'columns': ['household_key']}]) }}

with

history as (
    select * from {{ ref('int_person_history') }}
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

members as (
    select * from {{ ref('int_members') }}
),

final as (
    select
        history.person_key,
        history.household_key,
        history.valid_from,
        history.valid_to,
        history.is_current,
        members.sex,
        extract(year from persons.birth_date)::integer as birth_year,
        coalesce(members.is_head, false) as is_head
    from history
    inner join persons on history.person_key = persons.person_key
    left join members
        on history.person_key = members.person_key
        and history.household_key = members.household_key
        and history.is_current
)

select * from final
