-- EDU03 资助应享未享: a pupil of an entitled household without aid.
with

pupils as (
    select * from {{ ref('int_pupils_linked') }}
),

members as (
    select * from {{ ref('int_members') }}
),

heads as (
    select * from {{ ref('int_household_heads') }}
),

benefits as (
    select * from {{ ref('int_member_benefits') }}
),

supported as (
    select
        benefits.household_key,
        {{ evidence_array(evidence_item("benefits", "姓名", "'在册'::text"), "benefits") }} as evidence
    from benefits
    group by benefits.household_key
),

entitled as (
    select
        heads.household_key,
        heads.household_type = '脱贫户'
        or heads.is_actively_monitored
        or supported.household_key is not null as is_entitled,
        jsonb_build_array(
            {{ evidence_item("heads", "户类型", "heads.household_type") }},
            {{ evidence_item("heads", "监测对象类别", "heads.monitored_category") }}
        ) || coalesce(supported.evidence, '[]') as evidence
    from heads
    left join supported on heads.household_key = supported.household_key
),

-- Null where the register does not say whether the pupil attends or has aid.
placed as (
    select
        members.household_key,
        pupils.person_key,
        pupils.delivery_id,
        pupils.row_number,
        pupils.file_name,
        case when not pupils.is_aided then '否' end as aid,
        pupils.status = '在读' and not pupils.is_aided as is_unaided
    from pupils
    inner join members on pupils.person_key = members.person_key
),

unaided as (
    select
        placed.household_key,
        bool_or(placed.is_unaided) as is_unaided,
        count(distinct placed.person_key) filter (where placed.is_unaided) as pupil_count,
        {{ evidence_array(evidence_item("placed", "是否享受资助", "placed.aid"), "placed") }} as evidence
    from placed
    where placed.is_unaided is not false
    group by placed.household_key
),

final as (
    select
        unaided.household_key,
        'EDU03' as rule_code,
        case when unaided.is_unaided and entitled.is_entitled then 'flagged' else 'unknown' end as state,
        unaided.pupil_count::numeric as observed_value,
        null::numeric as threshold_value,
        null::text as parameter,
        unaided.evidence || entitled.evidence as evidence
    from unaided
    inner join entitled using (household_key)
    where entitled.is_entitled is not false
)

select * from final
