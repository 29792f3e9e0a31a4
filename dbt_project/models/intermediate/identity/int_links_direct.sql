-- The first tier that links a record by what the row itself says. Tier 3 leaves out whom the number linked.
{{ config(materialized='view') }}

with

by_household_no as (
    select * from {{ ref('int_links_by_household_no') }}
),

by_identifier as (
    select * from {{ ref('int_links_by_identifier') }}
),

by_birth as (
    select * from {{ ref('int_links_by_birth') }}
),

final as (
    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        0 as tier
    from by_household_no

    union all

    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        tier
    from by_identifier
    where
        not exists (
            select 1
            from by_household_no
            where
                by_household_no.delivery_id = by_identifier.delivery_id
                and by_household_no.row_number = by_identifier.row_number
        )

    union all

    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        3 as tier
    from by_birth
    where
        not exists (
            select 1
            from by_household_no
            where
                by_household_no.delivery_id = by_birth.delivery_id
                and by_household_no.row_number = by_birth.row_number
        )
)

select * from final
