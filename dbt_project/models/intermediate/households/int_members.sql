-- The members of the month: the roster's rows that count, each person once.
{{ config(indexes=[{'columns': ['person_key'], 'unique': true}]) }}

with

rostered as (
    {{ counted_rows('registry', 'members', key=['person_no']) }}
),

-- Household columns repeat on each member: the head's row counts, another's only where that is blank.
counted as (
    select
        rostered.*,
        first_value(rostered.village_code) over (
            partition by rostered.household_no
            order by
                rostered.village_code is null,
                (rostered.relation_to_head = '户主') is true desc,
                rostered.recency desc,
                rostered.row_number
        ) as household_village_code
    from rostered
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

households as (
    select * from {{ source('restricted', 'households') }}
),

successors as (
    select * from {{ ref('int_division_successors') }}
),

final as (
    select
        persons.person_key,
        households.household_key,
        coalesce(successors.current_code, counted.household_village_code) as village_code,
        coalesce(counted.birth_date, counted.citizen_id_born_on, persons.birth_date) as birth_date,
        counted.sex,
        counted.relation_to_head as relation,
        coalesce(counted.relation_to_head = '户主', false) as is_head,
        counted.labour_skill,
        counted.household_type,
        counted.monitored_category,
        counted.risk_type,
        counted.identified_month,
        counted.is_risk_cleared,
        counted.cleared_month,
        counted.is_relocated,
        counted.delivery_id,
        counted.row_number,
        counted.file_name,
        counted.recency
    from counted
    inner join persons using (person_no)
    inner join households on counted.household_no = households.household_no
    left join successors on counted.household_village_code = successors.old_code
)

select * from final
