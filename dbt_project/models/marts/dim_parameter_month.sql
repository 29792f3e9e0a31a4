{{ config(
    materialized='month_slice',
    indexes=[{'columns': ['village_code', 'parameter', 'population_group'], 'unique': true}],
) }}

with

build_month as (
    select * from {{ ref('int_build_month') }}
),

in_force as (
    {{ parameters_in_force() }}
),

villages as (
    select
        village_code,
        bool_or(is_water_scarce) as is_water_scarce
    from {{ ref('int_households') }}
    group by village_code
),

final as (
    select
        build_month.month,
        in_force.village_code,
        in_force.parameter,
        in_force.population_group,
        in_force.value,
        in_force.unit,
        in_force.division_code,
        in_force.valid_from,
        in_force.valid_to,
        in_force.source,
        in_force.is_default,
        in_force.parameter <> 'water_litres_minimum'
        or villages.is_water_scarce = (in_force.population_group = 'scarce') as is_applicable
    from in_force
    inner join villages on in_force.village_code = villages.village_code
    cross join build_month
)

select * from final
