-- EDU02 供养大学生负担重: two or more full-time students in higher education, without aid or at high costs.
with

households as (
    select * from {{ ref('int_households') }}
),

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
        students.study_form = '全日制' and students.education_level in ('高职高专', '本科') as is_tertiary
    from students
    inner join members on students.person_key = members.person_key
),

per_student as (
    select
        placed.household_key,
        placed.person_key,
        bool_or(placed.is_tertiary) is true as is_tertiary,
        sum(placed.aid_yuan) as aid_yuan,
        sum(placed.own_cost_yuan) as own_cost_yuan,
        bool_or(placed.is_tertiary is null or placed.own_cost_yuan is null) as is_incomplete,
        {{ evidence_array(evidence_item("placed", "资助金额", "placed.aid_yuan"), "placed") }}
        || {{ evidence_array(evidence_item("placed", "自付费用", "placed.own_cost_yuan"), "placed") }} as evidence
    from placed
    where placed.is_tertiary is not false
    group by placed.household_key, placed.person_key
),

studying as (
    select
        household_key,
        count(*) filter (where is_tertiary) >= 2 as is_two,
        coalesce(sum(own_cost_yuan) filter (where is_tertiary), 0) as own_cost_yuan,
        bool_or(coalesce(aid_yuan, 0) = 0) filter (where is_tertiary) is true as has_unaided,
        bool_or(is_incomplete) as is_incomplete,
        jsonb_path_query_array(jsonb_agg(evidence order by person_key), '$[*][*]') as evidence
    from per_student
    group by household_key
    having count(*) >= 2
),

judged as (
    select
        households.household_key,
        studying.own_cost_yuan,
        parameters.tertiary_own_cost,
        studying.evidence,
        case
            when parameters.tertiary_own_cost is null then 'unknown'
            when
                studying.is_two
                and (studying.has_unaided or studying.own_cost_yuan > parameters.tertiary_own_cost)
                then 'flagged'
            when studying.is_incomplete then 'unknown'
            else 'clear'
        end as state
    from households
    left join studying on households.household_key = studying.household_key
    left join parameters on households.village_code = parameters.village_code
),

final as (
    select
        household_key,
        'EDU02' as rule_code,
        state,
        own_cost_yuan as observed_value,
        tertiary_own_cost as threshold_value,
        'tertiary_own_cost' as parameter,
        coalesce(evidence, '[]') as evidence
    from judged
    where state <> 'clear'
)

select * from final
