-- MED01 未参保: a member, newborns aside, without a paid enrolment for the year.
with

insurance as (
    select * from {{ ref('int_member_insurance') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

per_household as (
    select
        household_key,
        bool_or(insurance = 'uninsured') as is_flagged,
        count(*) filter (where insurance = 'uninsured') as uninsured_count,
        jsonb_path_query_array(jsonb_agg(evidence order by person_key), '$[*][*]') as evidence
    from insurance
    where insurance in ('uninsured', 'unknown')
    group by household_key
),

final as (
    select
        household_key,
        'MED01' as rule_code,
        case when is_flagged then 'flagged' else 'unknown' end as state,
        uninsured_count::numeric as observed_value,
        null::numeric as threshold_value,
        'newborn_grace_days' as parameter,
        evidence || {{ searched('enrolments') }} as evidence
    from per_household
)

select * from final
