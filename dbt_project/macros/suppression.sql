{# Cells that people could be recognised from are not shown: fewer than five. #}
{% macro smallest_shown() -%}
    {{ return(5) }}
{%- endmacro %}

{% macro shown(count) -%}
    case when {{ count }} >= {{ smallest_shown() }} then {{ count }}::integer end
{%- endmacro %}

{#
    A cell of a group that adds up to a total that is shown: where one cell alone is hidden and somebody is in it, the
    next smallest is hidden with it, or the hidden one could be worked out.
#}
{% macro shown_of_group(cell, group) -%}
    {%- set hidden = [] -%}
    {%- set shown_cells = [] -%}
    {%- for other in group -%}
        {%- do hidden.append("(" ~ other ~ " < " ~ smallest_shown() ~ ")::integer") -%}
        {%- do shown_cells.append("case when " ~ other ~ " >= " ~ smallest_shown() ~ " then " ~ other ~ " end") -%}
    {%- endfor -%}
    case
        when {{ cell }} < {{ smallest_shown() }} then null
        when
            {{ hidden | join(" + ") }} = 1
            and least({{ group | join(", ") }}) > 0
            and {{ cell }} = least({{ shown_cells | join(", ") }})
            then null
        else {{ cell }}::integer
    end
{%- endmacro %}
