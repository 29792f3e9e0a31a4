{# One parameter's value for a village, in `int_parameters`, where `resolved` has a row per parameter and group. #}
{% macro parameter_value(parameter, population_group='', type='numeric') -%}
    max(resolved.value) filter (
            where resolved.parameter = '{{ parameter }}' and resolved.population_group = '{{ population_group }}'
        )::{{ type }}
{%- endmacro %}

{#
    The row that gives each parameter its value, per village: the most specific division wins, a county's row over the
    country's default, the later start where two of one division overlap.
#}
{% macro parameters_in_force() -%}
    with

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
            unit,
            source,
            false as is_default
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
            unit,
            source,
            true as is_default
        from {{ ref('rule_parameter_defaults') }}
    ),

    in_force as (
        select
            shipped.*,
            rpad(shipped.division_code, 12, '0') as whole_code
        from shipped
        cross join {{ ref('int_build_month') }} as build_month
        where
            (shipped.valid_from is null or shipped.valid_from <= build_month.month_end)
            and (shipped.valid_to is null or shipped.valid_to >= build_month.month_end)
    )

    select distinct on (villages.village_code, in_force.parameter, in_force.population_group)
        villages.village_code,
        in_force.parameter,
        in_force.population_group,
        in_force.division_code,
        in_force.valid_from,
        in_force.valid_to,
        in_force.value,
        in_force.unit,
        in_force.source,
        in_force.is_default
    from villages
    inner join in_force on in_force.whole_code = any(villages.division_codes)
    order by
        villages.village_code,
        in_force.parameter,
        in_force.population_group,
        array_position(villages.division_codes, in_force.whole_code),
        in_force.is_default,
        in_force.valid_from desc nulls last
{%- endmacro %}
