{{ config(indexes=[{'columns': ['household_key']}]) }}

with

counted as (
    {{ counted_rows('education', 'pupils', key=['pupil_no'], prefer="register_status = '在读'") }}
),

links as (
    select * from {{ ref('int_links') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        counted.register_status as status,
        counted.is_aided,
        counted.is_taught_at_home,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join links using (delivery_id, row_number)
)

select * from final
