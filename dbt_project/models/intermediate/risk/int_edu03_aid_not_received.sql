-- EDU03 资助应享未享: a pupil of an entitled household without aid.
with

pupils as (
    select * from {{ ref('int_pupils_linked') }}
),

members as (
    select * from {{ ref('int_members') }}
),

households as (
    select * from {{ ref('int_households') }}
),

benefits as (
    select * from {{ ref('int_member_benefits') }}
),

supported as (
    select distinct household_key from benefits
),

entitled as (
    select
        households.household_key,
        households.household_type = '脱贫户'
        or households.is_actively_monitored
        or supported.household_key is not null as is_entitled
    from households
    left join supported using (household_key)
),

unaided as (
    select
        members.household_key,
        bool_or(pupils.status = '在读' and not pupils.is_aided) as is_unaided,
        bool_or((pupils.status = '在读' and not pupils.is_aided) is null) as is_incomplete,
        count(distinct pupils.person_key) as pupil_count,
        {{ evidence_array(
            evidence_item("pupils", "是否享受资助", "case when not pupils.is_aided then '否' end"), "pupils"
        ) }} as evidence
    from pupils
    inner join members on pupils.person_key = members.person_key
    where (pupils.status = '在读' and not pupils.is_aided) is not false
    group by members.household_key
),

final as (
    select
        unaided.household_key,
        'EDU03' as rule_code,
        case when unaided.is_unaided and entitled.is_entitled then 'flagged' else 'unknown' end as state,
        unaided.pupil_count::numeric as observed_value,
        null::numeric as threshold_value,
        null::text as parameter,
        unaided.evidence
    from unaided
    inner join entitled using (household_key)
    where entitled.is_entitled is not false
)

select * from final
