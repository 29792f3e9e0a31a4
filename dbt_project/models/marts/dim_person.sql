{{ config(materialized='table', indexes=[{'columns': ['person_key', 'valid_from']}, {'columns': ['household_key']}]) }}

with

history as (
    select * from {{ ref('int_person_history') }}
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

final as (
    select
        history.person_key,
        history.household_key,
        history.valid_from,
        history.valid_to,
        history.is_current,
        history.is_head,
        history.sex,
        extract(year from persons.birth_date)::integer as birth_year
    from history
    inner join persons on history.person_key = persons.person_key
)

select * from final
