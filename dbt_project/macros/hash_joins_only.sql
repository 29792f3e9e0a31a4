{#
    Models join whole sets with each other. Of CTEs, of what is left out of a join and of names that resemble each other
    the planner knows no figures, takes the result for one row, and runs through both sides again and again: 289 s
    instead of 2 for the cells of 2,262 divisions, 197 s instead of 5 for the links of one month in twenty. Nor does it
    know what it costs to walk through the index of all links in order to merge them, and sorts all records for it on
    the disk: 8.4 s instead of 2.2 for the records that nobody is linked to.
#}
{% macro hash_joins_only() -%}
    set local enable_nestloop = off;
    set local enable_mergejoin = off
{%- endmacro %}
