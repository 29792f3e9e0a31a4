-- Where each member stands with health insurance for the year: insured, newborn, unknown, uninsured; with the evidence
-- where it is one of the last two.
with

members as (
    select * from {{ ref('int_members_aged') }}
),

enrolments as (
    select * from {{ ref('int_enrolments_linked') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

-- Null where status or type of insurance is blank: such an enrolment may count.
enrolled as (
    select
        enrolments.*,
        enrolments.payment_status = '已缴费' and enrolments.insurance_type in ('390', '310') as is_paid
    from enrolments
    inner join build_month on enrolments.enrolment_year = extract(year from build_month.month)::integer
),

of_the_year as (
    select
        person_key,
        bool_or(is_paid) is true as is_insured,
        bool_or(is_paid is null) as is_blank
    from enrolled
    group by person_key
),

judged as (
    select
        members.*,
        case
            when of_the_year.is_insured then 'insured'
            when members.is_past_newborn_grace is false then 'newborn'
            when members.is_past_newborn_grace is null or of_the_year.is_blank then 'unknown'
            else 'uninsured'
        end as insurance
    from members
    left join of_the_year using (person_key)
),

in_question as (
    select * from judged
    where insurance in ('unknown', 'uninsured')
),

enrolments_in_question as (
    select
        enrolled.person_key,
        {{ evidence_array(evidence_item("enrolled", "缴费状态", "enrolled.payment_status"), "enrolled") }} as evidence
    from enrolled
    where enrolled.person_key in (select in_question.person_key from in_question)
    group by enrolled.person_key
),

evidence as (
    select
        in_question.person_key,
        jsonb_build_array(
            {{ evidence_item("in_question", "出生日期", "in_question.age_years || '周岁'") }}
        ) || coalesce(enrolments_in_question.evidence, '[]') as evidence
    from in_question
    left join enrolments_in_question using (person_key)
),

final as (
    select
        judged.person_key,
        judged.household_key,
        judged.insurance,
        evidence.evidence
    from judged
    left join evidence using (person_key)
)

select * from final
