-- Members entitled to a premium subsidy with what is left to pay: extreme poverty before allowance before monitored.
{{ config(indexes=[{'columns': ['person_key'], 'unique': true}]) }}

with

heads as (
    select * from {{ ref('int_household_heads') }}
),

members as (
    select * from {{ ref('int_members') }}
),

benefits as (
    select * from {{ ref('int_member_benefits') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

supported as (
    select
        benefits.person_key,
        bool_or(benefits.benefit = 'extreme_poverty') as is_in_extreme_poverty,
        {{ evidence_array(evidence_item("benefits", "姓名", "'在册'::text"), "benefits") }} as evidence
    from benefits
    group by benefits.person_key
),

final as (
    select
        members.person_key,
        members.household_key,
        parameters.premium_standard * (1 - case
            when supported.is_in_extreme_poverty then parameters.premium_subsidy_ratio_extreme_poverty
            when supported.person_key is not null then parameters.premium_subsidy_ratio_allowance
            else parameters.premium_subsidy_ratio_monitored
        end) as premium_due_yuan,
        coalesce(
            supported.evidence,
            jsonb_build_array({{ evidence_item("heads", "监测对象类别", "heads.monitored_category") }})
        ) as evidence
    from members
    inner join heads on members.household_key = heads.household_key
    left join supported on members.person_key = supported.person_key
    left join parameters on members.village_code = parameters.village_code
    where supported.person_key is not null or heads.is_actively_monitored
)

select * from final
