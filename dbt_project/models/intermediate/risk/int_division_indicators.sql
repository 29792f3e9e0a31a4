-- Each measure of the plans' indicators in every division, and whether it is withheld: fewer than five cases, fewer
-- than five who do not meet it, or a division that such a one could be worked out from.
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

cells as (
    select
        summed.division_level,
        summed.division_code,
        summed.parent_code,
        summed.measure || ' ' || counts.kind as cell,
        counts.case_count,
        counts.case_count < {{ smallest_shown() }} and counts.case_count > counts.harmless as is_withheld_alone
    from summed
    cross join lateral (
        values
        ('cases', summed.case_count, -1),
        ('unmet', summed.unmet_count, 0)
    ) as counts (kind, case_count, harmless)
),

{{ withheld_by_tier() }},

withheld as (
    select distinct
        division_level,
        division_code,
        split_part(cell, ' ', 1) as measure
    from tiers
    where is_withheld
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
