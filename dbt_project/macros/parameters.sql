{# One parameter's value for a village, in `int_parameters`, where `resolved` has a row per parameter and group. #}
{% macro parameter_value(parameter, population_group='', type='numeric') -%}
    max(resolved.value) filter (
            where resolved.parameter = '{{ parameter }}' and resolved.population_group = '{{ population_group }}'
        )::{{ type }}
{%- endmacro %}
