{#
    A month whose roster stands is renewed where its new deliveries touched it: the same models run over the records in
    `touched.records`, in a schema of their own, and their rows take the place of the former ones
    (`hearth.building.touched`).
#}

{% macro is_touched() -%}
    {{ return(target.name == "touched") }}
{%- endmacro %}

{# A condition on rows of an extract: those that were touched; in an ordinary build nothing. #}
{% macro if_touched(relation=none) -%}
    {%- set prefix = relation ~ "." if relation else "" -%}
    {%- if is_touched() -%}
        and ({{ prefix }}delivery_id, {{ prefix }}row_number)
        in (select records.delivery_id, records.row_number from touched.records as records)
    {%- endif -%}
{%- endmacro %}

{# Likewise, with the rows of the same key: of these one counts, and which one is asked of all of them. #}
{% macro if_key_touched(staging, key, ids) -%}
    {%- if is_touched() -%}
        and ({{ key }}) in (
            select {{ key }} from {{ ref(staging) }}
            where delivery_id in {{ ids }} {{ if_touched() }}
        )
    {%- endif -%}
{%- endmacro %}
