{{ config(indexes=[{'columns': ['household_key']}]) }}

with

counted as (
    {{ counted_rows('water', 'household_water') }}
),

links as (
    select * from {{ ref('int_links') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        counted.scheme_no,
        counted.litres_per_day,
        counted.minutes_round_trip,
        counted.shortage_days,
        counted.quality,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join links using (delivery_id, row_number)
)

select * from final
