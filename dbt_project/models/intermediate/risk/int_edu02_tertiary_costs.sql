-- EDU02 供养大学生负担重: two or more full-time students in higher education, without aid or at high costs.
with

students as (
    select * from {{ ref('int_students_linked') }}
),

members as (
    select * from {{ ref('int_members') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

-- Null where level or form of study is blank: such a student may count.
placed as (
    select
        students.*,
        members.village_code,
        students.study_form = '全日制' and students.education_level in ('高职高专', '本科') as is_tertiary
    from students
    inner join members on students.person_key = members.person_key
),

per_student as (
    select
        placed.household_key,
        placed.village_code,
        placed.person_key,
        bool_or(placed.is_tertiary) is true as is_tertiary,
        sum(placed.aid_yuan) as aid_yuan,
        sum(placed.own_cost_yuan) as own_cost_yuan,
        bool_or(placed.is_tertiary is null or placed.own_cost_yuan is null) as is_incomplete,
        {{ evidence_array(evidence_item("placed", "资助金额", "placed.aid_yuan"), "placed") }}
        || {{ evidence_array(evidence_item("placed", "自付费用", "placed.own_cost_yuan"), "placed") }} as evidence
    from placed
    where placed.is_tertiary is not false
    group by placed.household_key, placed.village_code, placed.person_key
),

per_household as (
    select
        household_key,
        village_code,
        count(*) filter (where is_tertiary) as student_count,
        coalesce(sum(own_cost_yuan) filter (where is_tertiary), 0) as own_cost_yuan,
        bool_or(coalesce(aid_yuan, 0) = 0) filter (where is_tertiary) is true as has_unaided,
        bool_or(is_incomplete) as is_incomplete,
        jsonb_path_query_array(jsonb_agg(evidence), '$[*][*]') as evidence
    from per_student
    group by household_key, village_code
    having count(*) >= 2
),

final as (
    select
        per_household.household_key,
        'EDU02' as rule_code,
        case
            when parameters.tertiary_own_cost is null then 'unknown'
            when
                per_household.student_count >= 2
                and (per_household.has_unaided or per_household.own_cost_yuan > parameters.tertiary_own_cost)
                then 'flagged'
            when per_household.is_incomplete then 'unknown'
            else 'clear'
        end as state,
        per_household.own_cost_yuan as observed_value,
        parameters.tertiary_own_cost as threshold_value,
        'tertiary_own_cost' as parameter,
        per_household.evidence
    from per_household
    left join parameters using (village_code)
)

select * from final
where state <> 'clear'
