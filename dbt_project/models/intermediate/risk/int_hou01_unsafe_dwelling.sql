-- HOU01 住房不安全: the only dwelling is graded C or D and no repair was accepted by the month's end.
with

households as (
    select * from {{ ref('int_households') }}
),

dwellings as (
    select * from {{ ref('int_dwellings_linked') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

-- Null where the grade is blank, or whether it is the only dwelling, and that decides.
judged as (
    select
        dwellings.*,
        dwellings.grade in ('C', 'D')
        and dwellings.is_only_dwelling
        and (dwellings.accepted_on is null or dwellings.accepted_on > build_month.month_end) as is_unsafe
    from dwellings
    cross join build_month
),

per_household as (
    select
        judged.household_key,
        bool_or(judged.is_unsafe) is true as is_flagged,
        bool_or(judged.is_unsafe is null) as is_incomplete,
        count(*) filter (where judged.is_unsafe) as unsafe_count,
        {{ evidence_array(
            evidence_item("judged", "安全鉴定/等级", "judged.grade"), "judged", "judged.is_unsafe is not false"
        ) }} as evidence
    from judged
    group by judged.household_key
),

final as (
    select
        households.household_key,
        'HOU01' as rule_code,
        case when per_household.is_flagged then 'flagged' else 'unknown' end as state,
        per_household.unsafe_count::numeric as observed_value,
        null::numeric as threshold_value,
        null::text as parameter,
        coalesce(per_household.evidence, '[]') as evidence
    from households
    left join per_household using (household_key)
    where per_household.household_key is null or per_household.is_flagged or per_household.is_incomplete
)

select * from final
