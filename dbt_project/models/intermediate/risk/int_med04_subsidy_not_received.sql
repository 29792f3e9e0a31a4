-- MED04 参保资助未落实: a member entitled to a premium subsidy paid more than the rest of the premium.
with

households as (
    select * from {{ ref('int_households') }}
),

premiums as (
    select * from {{ ref('int_member_premiums') }}
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

paid as (
    select
        enrolments.*,
        premiums.household_key as household_of_member,
        premiums.premium_due_yuan,
        premiums.evidence as entitlement,
        enrolments.premium_paid_yuan > premiums.premium_due_yuan as is_overpaid
    from enrolments
    inner join premiums on enrolments.person_key = premiums.person_key
    inner join build_month on enrolments.enrolment_year = extract(year from build_month.month)::integer
    where enrolments.insurance_type = '390' and enrolments.payment_status = '已缴费'
),

overpaid as (
    select
        paid.household_of_member as household_key,
        bool_or(paid.is_overpaid) is true as is_flagged,
        max(paid.premium_paid_yuan) filter (where paid.is_overpaid) as premium_paid_yuan,
        min(paid.premium_due_yuan) filter (where paid.is_overpaid) as premium_due_yuan,
        {{ evidence_array(
            evidence_item(
                "paid", "个人缴费金额", "paid.premium_paid_yuan", "paid.premium_due_yuan",
                "premium_standard, premium_subsidy_ratio"
            ), "paid"
        ) }} || jsonb_path_query_array(jsonb_agg(paid.entitlement order by paid.delivery_id, paid.row_number), '$[*][*]') as evidence
    from paid
    where paid.is_overpaid is not false
    group by paid.household_of_member
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
    left join parameters on households.village_code = parameters.village_code
    left join overpaid on households.household_key = overpaid.household_key
    where overpaid.household_key is not null or parameters.premium_standard is null
)

select * from final
