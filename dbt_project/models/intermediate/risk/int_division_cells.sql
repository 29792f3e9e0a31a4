-- The cells of each division with what is withheld: small ones, and those that a small one could be worked out from.
-- The four levels add up to all households: where one is withheld, green is too, in every division, so that a row
-- leads to nothing that its column does not (docs/decisions/0012).
with

counts as (
    select * from {{ ref('int_division_counts') }}
),

divisions as (
    select * from {{ ref('int_divisions_withheld') }}
),

compared as (
    select
        counts.*,
        divisions.division_code is not null as is_division_withheld,
        counts.household_count < {{ smallest_shown() }} as is_small,
        counts.cell in ('red', 'yellow', 'grey', 'green') as is_level
    from counts
    left join divisions
        on counts.division_level = divisions.division_level
        and counts.division_code = divisions.division_code
),

weighed as (
    select
        *,
        coalesce(sum(household_count) filter (where is_level and is_small) over division, 0) as small_sum,
        max(household_count) filter (where cell = 'green') over division as green_count,
        row_number() over (
            partition by division_level, division_code, is_level, is_small order by household_count, cell
        ) as place
    from compared
    window division as (partition by division_level, division_code)
),

for_its_own_sake as (
    select
        division_level,
        division_code,
        parent_code,
        cell,
        household_count,
        member_count,
        is_division_withheld
        or is_small
        or (
            is_level
            and case
                when green_count between 1 and {{ smallest_shown() }} - 1 then true
                when green_count = 0 then small_sum between 1 and {{ smallest_shown() }} - 1 and place = 1
                else cell = 'green' and small_sum > 0
            end
        ) as is_withheld_alone
    from weighed
),

cells as (
    select
        division_level,
        division_code,
        parent_code,
        cell,
        household_count as case_count,
        is_withheld_alone
    from for_its_own_sake
    where cell <> 'green'
),

{{ withheld_by_tier() }},

other_levels as (
    select
        division_level,
        division_code,
        bool_or(is_withheld and case_count > 0) as is_any_withheld
    from tiers
    where cell in ('red', 'yellow', 'grey')
    group by division_level, division_code
),

final as (
    select
        counts.division_level,
        counts.division_code,
        counts.cell,
        counts.household_count,
        counts.member_count,
        coalesce(tiers.is_withheld, counts.is_withheld_alone or other_levels.is_any_withheld) as is_withheld
    from for_its_own_sake as counts
    inner join other_levels
        on counts.division_level = other_levels.division_level
        and counts.division_code = other_levels.division_code
    left join tiers
        on counts.division_level = tiers.division_level
        and counts.division_code = tiers.division_code
        and counts.cell = tiers.cell
)

select * from final
