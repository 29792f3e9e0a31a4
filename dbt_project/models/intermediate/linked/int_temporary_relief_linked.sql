{{ config(indexes=[{'columns': ['household_key']}]) }}

with

counted as (
    {{ counted_rows('civil_affairs', 'temporary_relief', key=['citizen_id', 'paid_on', 'amount_yuan']) }}
),

links as (
    select * from {{ ref('int_links') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        counted.amount_yuan,
        counted.paid_on,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join links using (delivery_id, row_number)
)

select * from final
