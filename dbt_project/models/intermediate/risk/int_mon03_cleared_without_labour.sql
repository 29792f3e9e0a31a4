-- MON03 无劳动力却已消除: cleared although nobody in the household is able to work.
with

cleared as (
    select * from {{ ref('int_households_cleared') }}
),

labour as (
    select * from {{ ref('int_labour_evidence') }}
),

final as (
    select
        cleared.household_key,
        'MON03' as rule_code,
        case when cleared.has_labour is null then 'unknown' else 'flagged' end as state,
        labour.member_count::numeric as observed_value,
        null::numeric as threshold_value,
        null::text as parameter,
        jsonb_build_array({{ evidence_item("cleared", "风险是否已消除", "'是'::text") }})
        || coalesce(labour.evidence, '[]') as evidence
    from cleared
    left join labour using (household_key)
    where cleared.has_labour is not true
)

select * from final
