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
    from {{ source('ops', 'rule_parameters') }}
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
        (max(resolved.value) filter (where resolved.parameter = 'income_line' and resolved.population_group = ''))::numeric as income_line,
        (max(resolved.value) filter (where resolved.parameter = 'allowance_line' and resolved.population_group = ''))::numeric as allowance_line,
        (max(resolved.value) filter (where resolved.parameter = 'out_of_pocket_year_to_date' and resolved.population_group = 'assisted'))::numeric as out_of_pocket_year_to_date_assisted,
        (max(resolved.value) filter (where resolved.parameter = 'out_of_pocket_year_to_date' and resolved.population_group = 'other'))::numeric as out_of_pocket_year_to_date_other,
        (max(resolved.value) filter (where resolved.parameter = 'single_admission' and resolved.population_group = 'assisted'))::numeric as single_admission_assisted,
        (max(resolved.value) filter (where resolved.parameter = 'single_admission' and resolved.population_group = 'other'))::numeric as single_admission_other,
        (max(resolved.value) filter (where resolved.parameter = 'late_admission_months' and resolved.population_group = ''))::numeric as late_admission_months,
        (max(resolved.value) filter (where resolved.parameter = 'premium_standard' and resolved.population_group = ''))::numeric as premium_standard,
        (max(resolved.value) filter (where resolved.parameter = 'premium_subsidy_ratio' and resolved.population_group = 'extreme_poverty'))::numeric as premium_subsidy_ratio_extreme_poverty,
        (max(resolved.value) filter (where resolved.parameter = 'premium_subsidy_ratio' and resolved.population_group = 'allowance'))::numeric as premium_subsidy_ratio_allowance,
        (max(resolved.value) filter (where resolved.parameter = 'premium_subsidy_ratio' and resolved.population_group = 'monitored'))::numeric as premium_subsidy_ratio_monitored,
        (max(resolved.value) filter (where resolved.parameter = 'compulsory_age_from' and resolved.population_group = ''))::numeric as compulsory_age_from,
        (max(resolved.value) filter (where resolved.parameter = 'compulsory_age_to' and resolved.population_group = ''))::numeric as compulsory_age_to,
        (max(resolved.value) filter (where resolved.parameter = 'compulsory_cutoff' and resolved.population_group = '')) as compulsory_cutoff,
        (max(resolved.value) filter (where resolved.parameter = 'newborn_grace_days' and resolved.population_group = ''))::numeric as newborn_grace_days,
        (max(resolved.value) filter (where resolved.parameter = 'tertiary_own_cost' and resolved.population_group = ''))::numeric as tertiary_own_cost,
        (max(resolved.value) filter (where resolved.parameter = 'income_drop_share' and resolved.population_group = ''))::numeric as income_drop_share,
        (max(resolved.value) filter (where resolved.parameter = 'water_litres_minimum' and resolved.population_group = ''))::numeric as water_litres_minimum,
        (max(resolved.value) filter (where resolved.parameter = 'water_litres_minimum' and resolved.population_group = 'scarce'))::numeric as water_litres_minimum_scarce,
        (max(resolved.value) filter (where resolved.parameter = 'water_minutes_maximum' and resolved.population_group = ''))::numeric as water_minutes_maximum,
        (max(resolved.value) filter (where resolved.parameter = 'water_shortage_days_maximum' and resolved.population_group = ''))::numeric as water_shortage_days_maximum,
        (max(resolved.value) filter (where resolved.parameter = 'water_test_interval_days' and resolved.population_group = ''))::numeric as water_test_interval_days,
        (max(resolved.value) filter (where resolved.parameter = 'clearing_months_minimum' and resolved.population_group = ''))::numeric as clearing_months_minimum
    from villages
    left join resolved using (village_code)
    group by villages.village_code
)

select * from final
