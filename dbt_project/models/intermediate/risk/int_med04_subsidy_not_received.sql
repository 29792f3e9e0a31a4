-- MED04 参保资助未落实: a member entitled to a premium subsidy paid more than the rest of the premium.
with

households as (
    select * from {{ ref('int_households') }}
),

members as (
    select * from {{ ref('int_members') }}
),

benefits as (
    select * from {{ ref('int_member_benefits') }}
),

enrolments as (
    select * from {{ ref('int_enrolments_linked') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

supported as (
    select
        person_key,
        bool_or(benefit = 'extreme_poverty') as is_in_extreme_poverty
    from benefits
    group by person_key
),

entitled as (
    select
        members.person_key,
        members.household_key,
        parameters.premium_standard * (1 - case
            when supported.is_in_extreme_poverty then parameters.premium_subsidy_ratio_extreme_poverty
            when supported.person_key is not null then parameters.premium_subsidy_ratio_allowance
            else parameters.premium_subsidy_ratio_monitored
        end) as premium_due_yuan
    from members
    inner join households on members.household_key = households.household_key
    left join supported on members.person_key = supported.person_key
    left join parameters on members.village_code = parameters.village_code
    where supported.person_key is not null or households.is_actively_monitored
),

overpaid as (
    select
        entitled.household_key,
        bool_or(enrolments.premium_paid_yuan > entitled.premium_due_yuan) is true as is_flagged,
        max(enrolments.premium_paid_yuan) as premium_paid_yuan,
        min(entitled.premium_due_yuan) as premium_due_yuan,
        {{ evidence_array(
            evidence_item("enrolments", "个人缴费金额", "enrolments.premium_paid_yuan",
                "entitled.premium_due_yuan", "premium_standard, premium_subsidy_ratio"), "enrolments"
        ) }} as evidence
    from entitled
    inner join enrolments on entitled.person_key = enrolments.person_key
    inner join build_month on enrolments.enrolment_year = extract(year from build_month.month)
    where
        enrolments.insurance_type = '390'
        and enrolments.payment_status = '已缴费'
        and (enrolments.premium_paid_yuan > entitled.premium_due_yuan) is not false
    group by entitled.household_key
),

final as (
    select
        households.household_key,
        'MED04' as rule_code,
        case when overpaid.is_flagged then 'flagged' else 'unknown' end as state,
        overpaid.premium_paid_yuan as observed_value,
        overpaid.premium_due_yuan as threshold_value,
        'premium_standard, premium_subsidy_ratio' as parameter,
        coalesce(overpaid.evidence, '[]') as evidence
    from households
    left join parameters using (village_code)
    left join overpaid using (household_key)
    where overpaid.household_key is not null or parameters.premium_standard is null
)

select * from final
