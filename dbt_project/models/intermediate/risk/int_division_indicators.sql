-- Each measure of the plans' indicators in every division, and whether it is withheld: fewer than five cases, fewer
-- than five who do not meet it, fewer than five whom a wider count beside it leaves over, or a division that one of
-- these could be worked out from (docs/decisions/0013).
with

divisions as (
    select * from {{ ref('int_village_divisions') }}
),

measures as (
    select * from {{ ref('policy_measures') }}
),

villages as (
    select * from {{ ref('int_village_indicators') }}
),

shown_cells as (
    select * from {{ ref('int_division_cells') }}
),

summed as (
    select
        divisions.division_level,
        divisions.division_code,
        divisions.parent_code,
        measures.measure,
        coalesce(sum(villages.numerator), 0) as numerator,
        coalesce(sum(villages.denominator), 0) as denominator,
        coalesce(sum(villages.case_count), 0) as case_count,
        coalesce(sum(villages.unmet_count), 0) as unmet_count,
        coalesce(sum(villages.unknown_count), 0) as unknown_count
    from divisions
    cross join measures
    left join villages
        on divisions.village_code = villages.village_code
        and measures.measure = villages.measure
    group by divisions.division_level, divisions.division_code, divisions.parent_code, measures.measure
),

-- Housing and water are judged of every lifted or monitored household, so each of them tells how many these are.
counts as (
    select
        division_level,
        division_code,
        parent_code,
        'assisted households' as cell,
        case_count + unknown_count as case_count,
        -1 as harmless
    from summed
    where measure = 'safe_housing_assisted'

    union all

    select
        summed.division_level,
        summed.division_code,
        summed.parent_code,
        summed.measure || ' ' || counts.kind as cell,
        counts.case_count,
        counts.harmless
    from summed
    cross join lateral (
        values
        ('cases', summed.case_count, -1),
        ('unmet', summed.unmet_count, 0)
    ) as counts (kind, case_count, harmless)
),

-- Counts that are shown as well and take in the ones of a measure: what they leave over is a group like any other.
wider as (
    select
        division_level,
        division_code,
        replace(cell, '_all ', '_assisted ') as cell,
        case_count
    from counts
    where cell like '%\_all %'

    union all

    select
        shown_cells.division_level,
        shown_cells.division_code,
        pairs.cell,
        shown_cells.household_count as case_count
    from shown_cells
    inner join (
        values
        ('hou01', 'safe_housing_assisted unmet'),
        ('wat01', 'safe_water_assisted unmet')
    ) as pairs (shown_cell, cell) on shown_cells.cell = pairs.shown_cell
),

-- Lifted and monitored households are counted apart and together: those who are one, the other, or both.
assisted as (
    select
        counts.division_level,
        counts.division_code,
        counts.cell,
        max(counts.case_count)
        - sum(shown_cells.household_count) filter (where shown_cells.cell = 'lifted') as not_lifted,
        max(counts.case_count)
        - sum(shown_cells.household_count) filter (where shown_cells.cell = 'monitored') as not_monitored,
        sum(shown_cells.household_count) - max(counts.case_count) as both_counts
    from counts
    inner join shown_cells
        on counts.division_level = shown_cells.division_level
        and counts.division_code = shown_cells.division_code
    where counts.cell = 'assisted households' and shown_cells.cell in ('lifted', 'monitored')
    group by counts.division_level, counts.division_code, counts.cell
),

left_over as (
    select
        counts.division_level,
        counts.division_code,
        counts.cell,
        wider.case_count - counts.case_count as case_count
    from counts
    inner join wider
        on counts.division_level = wider.division_level
        and counts.division_code = wider.division_code
        and counts.cell = wider.cell

    union all

    select
        assisted.division_level,
        assisted.division_code,
        assisted.cell,
        remainders.case_count
    from assisted
    cross join lateral (
        values
        (assisted.not_lifted),
        (assisted.not_monitored),
        (assisted.both_counts)
    ) as remainders (case_count)
),

-- Households that miss the allowance are those that CIV02 flags: what is withheld there is withheld here.
withheld_beside as (
    select
        division_level,
        division_code,
        'allowance_coverage_all unmet' as cell
    from shown_cells
    where cell = 'civ02' and is_withheld and household_count > 0

    union

    select
        division_level,
        division_code,
        cell
    from left_over
    where case_count between 1 and {{ smallest_shown() }} - 1
),

cells as (
    select
        counts.division_level,
        counts.division_code,
        counts.parent_code,
        counts.cell,
        counts.case_count,
        withheld_beside.cell is not null
        or (counts.case_count < {{ smallest_shown() }} and counts.case_count > counts.harmless) as is_withheld_alone
    from counts
    left join withheld_beside
        on counts.division_level = withheld_beside.division_level
        and counts.division_code = withheld_beside.division_code
        and counts.cell = withheld_beside.cell
),

{{ withheld_by_tier() }},

withheld as (
    select distinct
        tiers.division_level,
        tiers.division_code,
        measures.measure
    from tiers
    inner join measures
        on split_part(tiers.cell, ' ', 1) = measures.measure
        or (tiers.cell = 'assisted households' and measures.measure in ('safe_housing_assisted', 'safe_water_assisted'))
    where tiers.is_withheld
),

final as (
    select
        summed.*,
        withheld.measure is not null as is_withheld
    from summed
    left join withheld
        on summed.division_level = withheld.division_level
        and summed.division_code = withheld.division_code
        and summed.measure = withheld.measure
)

select * from final
