-- Where each member of compulsory age (or of unknown age) stands: attending, excused, out_of_school, unknown.
with

members as (
    select * from {{ ref('int_members_aged') }}
),

pupils as (
    select * from {{ ref('int_pupils_linked') }}
),

students as (
    select * from {{ ref('int_students_linked') }}
),

not_in_school as (
    select * from {{ ref('int_not_in_school_linked') }}
),

registered as (
    select
        person_key,
        bool_or(status = '在读') is true as is_attending,
        bool_or(status = '休学') is true as is_on_leave,
        bool_or(status is null) as has_blank_status,
        {{ evidence_array(evidence_item("pupils", "学籍状态", "pupils.status"), "pupils") }} as evidence
    from pupils
    group by person_key
),

studying as (
    select distinct person_key from students
),

listed as (
    select
        person_key,
        bool_or(reason in ('身体原因', '延缓入学', '外省就读')) is true as is_excused,
        {{ evidence_array(evidence_item("not_in_school", "未入学原因", "not_in_school.reason"), "not_in_school") }}
            as evidence
    from not_in_school
    group by person_key
),

final as (
    select
        members.person_key,
        members.household_key,
        members.is_of_compulsory_age,
        case
            when registered.is_attending or studying.person_key is not null then 'attending'
            when members.is_of_compulsory_age is null or registered.has_blank_status then 'unknown'
            when registered.is_on_leave or listed.is_excused then 'excused'
            else 'out_of_school'
        end as schooling,
        jsonb_build_array(
            {{ evidence_item("members", "出生日期", "members.age_years || '周岁'") }}
        ) || coalesce(registered.evidence, '[]') || coalesce(listed.evidence, '[]') as evidence
    from members
    left join registered using (person_key)
    left join studying using (person_key)
    left join listed using (person_key)
    where members.is_of_compulsory_age is not false
)

select * from final
