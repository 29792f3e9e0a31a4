{#
    Which cells are withheld in the end, tier by tier from the top, as CTEs that end with `tiers`. `cells` has
    division_level, division_code, parent_code, cell, case_count and `is_withheld_alone`: what is withheld for its own
    sake. What is withheld below one parent can be worked out together, so it is two cells at
    least and five cases at least, or nobody; below a parent that is itself withheld but not small, something is
    withheld. The smallest cell that is shown makes up what is wanting; where a big one would be withheld alone among
    zeros, a zero does.
#}
{% macro withheld_by_tier() -%}
    {%- set tiers = ['province', 'city', 'county', 'township', 'village'] -%}
    province as (
        select
            *,
            is_withheld_alone as is_withheld
        from cells
        where division_level = 'province'
    ),
    {% for tier in tiers[1:] %}
    {{ tier }}_siblings as (
        select
            cells.*,
            parents.is_withheld as is_parent_withheld,
            parents.case_count between 1 and {{ smallest_shown() }} - 1 as is_parent_small,
            parents.case_count = 0 as is_parent_zero,
            coalesce(sum(cells.case_count) filter (where cells.is_withheld_alone) over siblings, 0) as hidden_sum,
            count(*) filter (where cells.is_withheld_alone and cells.case_count > 0) over siblings as hidden_cells,
            row_number() over (
                partition by
                    cells.parent_code,
                    cells.cell,
                    cells.is_withheld_alone or cells.case_count between 1 and {{ smallest_shown() }} - 1
                order by cells.case_count = 0, cells.case_count, cells.division_code
            ) as place
        from cells
        inner join {{ tiers[loop.index0] }} as parents
            on cells.parent_code = parents.division_code
            and cells.cell = parents.cell
        where cells.division_level = '{{ tier }}'
        window siblings as (partition by cells.parent_code, cells.cell)
    ),

    {{ tier }} as (
        select
            division_level,
            division_code,
            parent_code,
            cell,
            case_count,
            is_withheld_alone,
            is_withheld_alone or (
                place = 1
                and case
                    when is_parent_small then false
                    when is_parent_zero then is_parent_withheld and case_count = 0
                    when is_parent_withheld
                        then hidden_sum < {{ smallest_shown() }} and case_count >= {{ smallest_shown() }}
                    when hidden_sum between 1 and {{ smallest_shown() }} - 1 then case_count >= {{ smallest_shown() }}
                    else hidden_sum > 0 and hidden_cells < 2 and case_count not between 1 and {{ smallest_shown() }} - 1
                end
            ) as is_withheld
        from {{ tier }}_siblings
    ),
    {% endfor %}
    tiers as (
        {%- for tier in tiers %}
        select * from {{ tier }}
        {%- if not loop.last %}

        union all
        {% endif %}
        {%- endfor %}
    )
{%- endmacro %}
