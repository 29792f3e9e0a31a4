-- Where each member stands with health insurance for the year: insured, newborn, unknown, uninsured.
{{ config(indexes=[{'columns': ['household_key']}]) }}

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
        enrolled.person_key,
        bool_or(enrolled.is_paid) is true as is_insured,
        bool_or(enrolled.is_paid is null) as is_blank,
        {{ evidence_array(evidence_item("enrolled", "缴费状态", "enrolled.payment_status"), "enrolled") }} as evidence
    from enrolled
    group by enrolled.person_key
),

final as (
    select
        members.person_key,
        members.household_key,
        case
            when of_the_year.is_insured then 'insured'
            when members.is_past_newborn_grace is false then 'newborn'
            when members.is_past_newborn_grace is null or of_the_year.is_blank then 'unknown'
            else 'uninsured'
        end as insurance,
        jsonb_build_array(
            {{ evidence_item("members", "出生日期", "members.age_years || '周岁'") }}
        ) || coalesce(of_the_year.evidence, '[]') as evidence
    from members
    left join of_the_year using (person_key)
)

select * from final
