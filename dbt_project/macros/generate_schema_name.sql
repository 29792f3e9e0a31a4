{#
    The schema a model names is its schema: one warehouse, no developer's prefix. A trial of other parameters has all
    its models in one schema, which is dropped when it is over.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name if target.name == 'warehouse') or target.schema }}
{%- endmacro %}
