-- Each record's one link to the spine with its tier: what the tiers found, and where they found nobody what a person
-- decided (tier 5). A record that is not here waits in the queue, or is nobody's of this roster.
{{ config(indexes=[{'columns': ['delivery_id', 'row_number'], 'unique': true}]) }}

with

by_tier as (
    select * from {{ ref('int_links_by_tier') }}
),

decided as (
    select * from {{ ref('int_unlinked_decided') }}
    where state = 'decided'
),

final as (
    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        tier
    from by_tier

    union all

    select
        source,
        extract,
        delivery_id,
        row_number,
        person_key,
        household_key,
        5 as tier
    from decided
)

select * from final
