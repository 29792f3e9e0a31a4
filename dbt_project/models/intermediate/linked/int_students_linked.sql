{{ config(indexes=[{'columns': ['household_key']}]) }}

with

counted as (
    {{ counted_rows('education', 'students', key=['citizen_id', 'school_name']) }}
),

links as (
    select * from {{ ref('int_links') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        counted.education_level,
        counted.study_form,
        counted.aid_yuan,
        counted.own_cost_yuan,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join links using (delivery_id, row_number)
)

select * from final
