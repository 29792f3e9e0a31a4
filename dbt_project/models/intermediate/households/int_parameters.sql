-- The parameters in force on the month's last day, per village: the most specific division wins, a county's row over
-- the country's default, the later start where two of one division overlap.
{{ config(indexes=[{'columns': ['village_code'], 'unique': true}]) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

villages as (
    select distinct
        village_code,
        array[village_code, township_code, county_code, city_code, province_code, repeat('0', 12)] as division_codes
    from {{ ref('int_households') }}
),

shipped as (
    select
        parameter,
        coalesce(population_group, '') as population_group,
        division_code,
        valid_from,
        valid_to,
        value,
        true as is_countys_own
    from {{ source('order', 'rule_parameters') }}
    where is_current

    union all

    select
        parameter,
        coalesce(population_group, '') as population_group,
        division_code,
        valid_from,
        valid_to,
        value,
        false as is_countys_own
    from {{ ref('rule_parameter_defaults') }}
),

in_force as (
    select
        shipped.parameter,
        shipped.population_group,
        rpad(shipped.division_code, 12, '0') as division_code,
        shipped.valid_from,
        shipped.value,
        shipped.is_countys_own
    from shipped
    cross join build_month
    where
        (shipped.valid_from is null or shipped.valid_from <= build_month.month_end)
        and (shipped.valid_to is null or shipped.valid_to >= build_month.month_end)
),

resolved as (
    select distinct on (villages.village_code, in_force.parameter, in_force.population_group)
        villages.village_code,
        in_force.parameter,
        in_force.population_group,
        in_force.value
    from villages
    inner join in_force on in_force.division_code = any(villages.division_codes)
    order by
        villages.village_code,
        in_force.parameter,
        in_force.population_group,
        array_position(villages.division_codes, in_force.division_code),
        in_force.is_countys_own desc,
        in_force.valid_from desc nulls last
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
