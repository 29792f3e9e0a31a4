{#
    The schema a model names is its schema: one warehouse, no developer's prefix. A trial of other parameters has all
    its models in one schema, which is dropped when it is over. Who reads, reads the marts as they are published.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name == 'what_if' -%}
        {{ return(target.schema) }}
    {%- elif target.name == 'published' and custom_schema_name == 'marts_next' -%}
        {{ return('marts') }}
    {%- endif -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
