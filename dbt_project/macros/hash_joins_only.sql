{#
    Models join whole sets with each other. Of CTEs, of what is left out of a join and of names that resemble each other
    the planner knows no figures, takes the result for one row, and runs through both sides again and again: 289 s
    instead of 2 for the cells of 2,262 divisions, 197 s instead of 5 for the links of one month in twenty. Nor does it
    know how small most sides are: it walks through the index of all links to merge them with a few thousand rows, 2.2 s
    instead of 0.3, or sorts all records for it on the disk, 8 s instead of 2.
#}
{% macro hash_joins_only() -%}
    set local enable_nestloop = off;
    set local enable_mergejoin = off
{%- endmacro %}
