-- HOU02 疑似重复享受住房补助: renovation aid besides relocation or a rebuilding payment. No row is clear.
with

heads as (
    select * from {{ ref('int_household_heads') }}
),

dwellings as (
    select * from {{ ref('int_dwellings_linked') }}
),

disaster_rebuilds as (
    select * from {{ ref('int_disaster_rebuilds_linked') }}
),

renovated as (
    select
        dwellings.household_key,
        sum(dwellings.subsidy_yuan) as subsidy_yuan,
        {{ evidence_array(
            evidence_item("dwellings", "改造情况/补助金额", "dwellings.subsidy_yuan", "0"), "dwellings"
        ) }} as evidence
    from dwellings
    where dwellings.subsidy_yuan > 0
    group by dwellings.household_key
),

rebuilt as (
    select
        disaster_rebuilds.household_key,
        {{ evidence_array(
            evidence_item("disaster_rebuilds", "补助金额", "disaster_rebuilds.subsidy_yuan", "0"), "disaster_rebuilds"
        ) }} as evidence
    from disaster_rebuilds
    where disaster_rebuilds.subsidy_yuan > 0
    group by disaster_rebuilds.household_key
),

relocated as (
    select
        heads.household_key,
        jsonb_build_array({{ evidence_item("heads", "是否易地扶贫搬迁户", "'是'::text") }}) as evidence
    from heads
    where heads.is_relocated
),

final as (
    select
        renovated.household_key,
        'HOU02' as rule_code,
        'flagged' as state,
        renovated.subsidy_yuan as observed_value,
        0::numeric as threshold_value,
        null::text as parameter,
        renovated.evidence || coalesce(rebuilt.evidence, '[]') || coalesce(relocated.evidence, '[]') as evidence
    from renovated
    inner join heads on renovated.household_key = heads.household_key
    left join rebuilt on renovated.household_key = rebuilt.household_key
    left join relocated on renovated.household_key = relocated.household_key
    where rebuilt.household_key is not null or relocated.household_key is not null
)

select * from final
