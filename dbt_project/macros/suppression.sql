{# Cells that people could be recognised from are not shown: fewer than five. #}
{% macro smallest_shown() -%}
    {{ return(5) }}
{%- endmacro %}

{% macro shown(count) -%}
    case when {{ count }} >= {{ smallest_shown() }} then {{ count }}::integer end
{%- endmacro %}

{#
    A cell of a group that adds up to a total that is shown: where one cell alone is hidden, the next smallest is
    hidden with it, or the hidden one could be worked out.
#}
{% macro shown_of_group(cell, group) -%}
    case
        when {{ cell }} < {{ smallest_shown() }} then null
        when
            num_nonnulls({% for other in group %}nullif({{ other }} < {{ smallest_shown() }}, false){{ ", " if not loop.last }}{% endfor %}) = 1
            and {{ cell }} = least({% for other in group %}case when {{ other }} >= {{ smallest_shown() }} then {{ other }} end{{ ", " if not loop.last }}{% endfor %})
            then null
        else {{ cell }}::integer
    end
{%- endmacro %}
