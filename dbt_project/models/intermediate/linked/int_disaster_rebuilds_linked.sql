{{ config(indexes=[{'columns': ['household_key']}]) }}

with

counted as (
    {{ counted_rows('housing', 'disaster_rebuilds', key=['head_citizen_id', 'paid_on', 'subsidy_yuan']) }}
),

links as (
    select * from {{ ref('int_links') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        counted.subsidy_yuan,
        counted.paid_on,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join links using (delivery_id, row_number)
)

select * from final
