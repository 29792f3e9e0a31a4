{# Whether the month is built beside the warehouse's own tables: a trial of other parameters, or as of a day. #}
{% macro is_apart() -%}
    {{ return(target.name in ("what_if", "as_of")) }}
{%- endmacro %}

{#
    The schema a model names is its schema: one warehouse, no developer's prefix. A build apart, of other parameters or
    as of a day, has all its models in one schema, which is dropped when it is over, and so have the rows of those that
    a month's new deliveries touched. Who reads, reads the marts as they are published.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if is_apart() or is_touched() -%}
        {{ return(target.schema) }}
    {%- elif target.name == 'published' and custom_schema_name == 'marts_next' -%}
        {{ return('marts') }}
    {%- endif -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
