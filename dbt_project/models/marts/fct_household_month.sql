-- A township's list is read by level, the gravest first, a page at a time: the index holds it in that order.
{{ config(
    materialized='month_slice',
    indexes=[
        {'columns': ['household_key'], 'unique': true},
        {'columns': ['village_code']},
        {'columns': [
            'township_code', "(case risk_level when 'red' then 0 when 'yellow' then 1 when 'grey' then 2 else 3 end)",
            'flagged_count desc', 'household_key',
        ]},
    ],
) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

households as (
    select * from {{ ref('int_households') }}
),

counts as (
    select * from {{ ref('int_household_counts') }}
),

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

spending as (
    select * from {{ ref('int_household_out_of_pocket') }}
),

dwellings as (
    select
        household_key,
        max(grade) as dwelling_grade
    from {{ ref('int_dwellings_linked') }}
    group by household_key
),

levels as (
    select * from {{ ref('int_risk_levels') }}
),

states as (
    select
        household_key,
        {% for rule_code in rule_codes() -%}
        max(state) filter (where rule_code = '{{ rule_code }}') as {{ rule_code | lower }}_state
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from {{ ref('int_risk_signals') }}
    group by household_key
),

source_dates as (
    select * from {{ ref('int_source_dates') }}
),

final as (
    select
        build_month.month,
        households.household_key,
        households.village_code,
        households.township_code,
        households.county_code,
        households.city_code,
        households.province_code,
        households.household_type,
        households.monitored_category,
        households.is_actively_monitored,
        households.is_assisted,
        households.is_relocated,
        households.identified_month,
        households.cleared_month,
        households.has_labour,
        households.member_count::integer as member_count,
        counts.male_count::integer as male_count,
        counts.female_count::integer as female_count,
        counts.child_count::integer as child_count,
        counts.elderly_count::integer as elderly_count,
        counts.labour_count::integer as labour_count,
        counts.compulsory_age_count::integer as compulsory_age_count,
        counts.pupil_count::integer as pupil_count,
        counts.student_count::integer as student_count,
        counts.insured_count::integer as insured_count,
        counts.uninsured_count::integer as uninsured_count,
        counts.allowance_count::integer as allowance_count,
        counts.extreme_poverty_count::integer as extreme_poverty_count,
        counts.employed_member_count::integer as employed_member_count,
        counts.public_welfare_job_count::integer as public_welfare_job_count,
        incomes.net_income_yuan::numeric(16, 2) as net_income,
        incomes.income_per_capita_yuan::numeric(16, 2) as income_per_capita,
        spending.year_to_date_yuan::numeric(16, 2) as out_of_pocket_year_to_date,
        dwellings.dwelling_grade,
        {% for rule_code in rule_codes() -%}
        coalesce(states.{{ rule_code | lower }}_state, 'clear') as {{ rule_code | lower }}_state,
        {% endfor -%}
        levels.flagged_count,
        levels.unknown_count,
        levels.risk_level,
        levels.suggested_category,
        source_dates.registry_data_date,
        source_dates.education_data_date,
        source_dates.medical_insurance_data_date,
        source_dates.housing_data_date,
        source_dates.water_data_date,
        source_dates.civil_affairs_data_date,
        source_dates.employment_data_date
    from households
    cross join build_month
    cross join source_dates
    inner join levels on households.household_key = levels.household_key
    left join counts on households.household_key = counts.household_key
    left join incomes on households.household_key = incomes.household_key
    left join spending on households.household_key = spending.household_key
    left join dwellings on households.household_key = dwellings.household_key
    left join states on households.household_key = states.household_key
)

select * from final
