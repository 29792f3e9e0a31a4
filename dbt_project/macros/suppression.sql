{#
    Cells that people could be recognised from are not shown: fewer than five households. Nor may such a cell be worked
    out from what is shown, by taking siblings from their parent or levels from their total; docs/decisions/0012 says
    why the steps below are enough.
#}
{% macro smallest_shown() -%}
    {{ return(5) }}
{%- endmacro %}

{# What households of a division are counted by; each makes a column of households and one of their members. #}
{% macro division_cells() -%}
    {%- set cells = ['household', 'red', 'yellow', 'grey', 'green', 'lifted', 'monitored', 'unstable', 'marginal',
        'sudden_hardship'] -%}
    {{ return(cells + (rule_codes() | map('lower') | list)) }}
{%- endmacro %}
