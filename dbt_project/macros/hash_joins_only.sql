{#
    For a model that joins CTEs with each other: of those the planner knows no figures, takes each join for one row,
    and runs through both sides again and again (289 s instead of 2 for 2,262 divisions).
#}
{% macro hash_joins_only() -%}
    set local enable_nestloop = off
{%- endmacro %}
