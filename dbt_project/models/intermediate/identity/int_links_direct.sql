-- The first tier that links a record by what the row itself says.
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

combined as (
    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        0 as tier,
        'household number and name of a member' as reason
    from by_household_no

    union all

    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        tier,
        case tier
            when 1 then 'ID number and name'
            else 'first 17 digits of the ID number and name'
        end as reason
    from by_identifier

    union all

    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        3 as tier,
        'name, birth date and village' as reason
    from by_birth
),

final as (
    select distinct on (delivery_id, row_number) *
    from combined
    order by delivery_id, row_number, tier
)

select * from final
