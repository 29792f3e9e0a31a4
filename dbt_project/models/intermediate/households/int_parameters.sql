-- The parameters in force on the month's last day, per village: the most specific division wins, a county's row over
-- the country's default, the later start where two of one division overlap.
{{ config(indexes=[{'columns': ['village_code'], 'unique': true}]) }}

with

villages as (
    select distinct village_code from {{ ref('int_households') }}
),

resolved as (
    {{ parameters_in_force() }}
),

final as (
    select
        villages.village_code,
        {{ parameter_value('income_line') }} as income_line,
        {{ parameter_value('allowance_line') }} as allowance_line,
        {{ parameter_value('out_of_pocket_year_to_date', 'assisted') }} as out_of_pocket_year_to_date_assisted,
        {{ parameter_value('out_of_pocket_year_to_date', 'other') }} as out_of_pocket_year_to_date_other,
        {{ parameter_value('single_admission', 'assisted') }} as single_admission_assisted,
        {{ parameter_value('single_admission', 'other') }} as single_admission_other,
        {{ parameter_value('late_admission_months') }} as late_admission_months,
        {{ parameter_value('premium_standard') }} as premium_standard,
        {{ parameter_value('premium_subsidy_ratio', 'extreme_poverty') }} as premium_subsidy_ratio_extreme_poverty,
        {{ parameter_value('premium_subsidy_ratio', 'allowance') }} as premium_subsidy_ratio_allowance,
        {{ parameter_value('premium_subsidy_ratio', 'monitored') }} as premium_subsidy_ratio_monitored,
        {{ parameter_value('compulsory_age_from') }} as compulsory_age_from,
        {{ parameter_value('compulsory_age_to') }} as compulsory_age_to,
        {{ parameter_value('compulsory_cutoff', type='text') }} as compulsory_cutoff,
        {{ parameter_value('newborn_grace_days') }} as newborn_grace_days,
        {{ parameter_value('tertiary_own_cost') }} as tertiary_own_cost,
        {{ parameter_value('income_drop_share') }} as income_drop_share,
        {{ parameter_value('water_litres_minimum') }} as water_litres_minimum,
        {{ parameter_value('water_litres_minimum', 'scarce') }} as water_litres_minimum_scarce,
        {{ parameter_value('water_minutes_maximum') }} as water_minutes_maximum,
        {{ parameter_value('water_shortage_days_maximum') }} as water_shortage_days_maximum,
        {{ parameter_value('water_test_interval_days') }} as water_test_interval_days,
        {{ parameter_value('clearing_months_minimum') }} as clearing_months_minimum
    from villages
    left join resolved using (village_code)
    group by villages.village_code
)

select * from final
