-- INC03 刚性支出超收入: treatment of twelve months and the students' own costs exceed the household's net income.
with

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

spending as (
    select * from {{ ref('int_household_out_of_pocket') }}
),

settlements as (
    select * from {{ ref('int_settlements_linked') }}
),

students as (
    select * from {{ ref('int_students_linked') }}
),

members as (
    select * from {{ ref('int_members') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

studying as (
    select
        members.household_key,
        coalesce(sum(students.own_cost_yuan), 0) as own_cost_yuan,
        bool_or(students.own_cost_yuan is null) as is_incomplete,
        {{ evidence_array(evidence_item("students", "自付费用", "students.own_cost_yuan"), "students") }} as evidence
    from students
    inner join members on students.person_key = members.person_key
    group by members.household_key
),

held_against as (
    select
        incomes.*,
        spending.twelve_months_yuan + coalesce(studying.own_cost_yuan, 0) as expenses_yuan,
        coalesce(studying.is_incomplete, false) as is_incomplete,
        coalesce(studying.evidence, '[]') as student_evidence
    from incomes
    inner join spending on incomes.household_key = spending.household_key
    left join studying on incomes.household_key = studying.household_key
),

judged as (
    select
        *,
        case
            when net_income_yuan is null then 'unknown'
            when expenses_yuan > net_income_yuan then 'flagged'
            when is_incomplete then 'unknown'
            else 'clear'
        end as state
    from held_against
),

treated as (
    select
        settlements.household_key,
        {{ evidence_array(
            evidence_item("settlements", "psn_selfpay + psn_ownpay", "settlements.own_yuan"), "settlements"
        ) }} as evidence
    from settlements
    inner join judged on settlements.household_key = judged.household_key and judged.state = 'flagged'
    inner join build_month
        on settlements.settled_on between build_month.month - interval '11 months' and build_month.month_end
    group by settlements.household_key
),

final as (
    select
        judged.household_key,
        'INC03' as rule_code,
        judged.state,
        judged.expenses_yuan as observed_value,
        judged.net_income_yuan as threshold_value,
        null::text as parameter,
        {{ income_evidence("家庭纯收入", "net_income_yuan") }}
        || coalesce(treated.evidence, '[]')
        || judged.student_evidence as evidence
    from judged
    left join treated on judged.household_key = treated.household_key
    where judged.state <> 'clear'
)

select * from final
