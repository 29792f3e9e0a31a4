-- Divisions of which nothing is shown: fewer than five households, or the one that such a division could be worked
-- out from.
with

cells as (
    select
        division_level,
        division_code,
        parent_code,
        cell,
        household_count as case_count,
        household_count < {{ smallest_shown() }} as is_withheld_alone
    from {{ ref('int_division_counts') }}
    where cell = 'household'
),

{{ withheld_by_tier() }},

final as (
    select
        division_level,
        division_code
    from tiers
    where is_withheld
)

select * from final
