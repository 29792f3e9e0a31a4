-- LAB01 整户无劳动力: nobody in the household is able to work.
with

households as (
    select * from {{ ref('int_households') }}
),

labour as (
    select * from {{ ref('int_labour_evidence') }}
),

final as (
    select
        households.household_key,
        'LAB01' as rule_code,
        case when households.has_labour is null then 'unknown' else 'flagged' end as state,
        labour.member_count::numeric as observed_value,
        null::numeric as threshold_value,
        null::text as parameter,
        coalesce(labour.evidence, '[]') as evidence
    from households
    left join labour using (household_key)
    where households.has_labour is not true
)

select * from final
