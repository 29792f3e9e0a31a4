{#
    One piece of evidence: where a village officer finds it, what stands there, what it was held against. `row` is a
    relation with delivery_id, file_name and row_number; `column` the header in the sender's file; `value`, `threshold`
    SQL expressions. A value is never a name, a number of a person or household, or a birth date.
#}
{% macro evidence_item(row, column, value, threshold="null::numeric", parameter=none) -%}
    jsonb_build_object(
        'delivery_id', {{ row }}.delivery_id,
        'file', {{ row }}.file_name,
        'row', {{ row }}.row_number,
        'column', {{ "'" ~ column ~ "'" if column else "null::text" }},
        'value', {{ value }},
        'threshold', {{ threshold }},
        'parameter', {{ "'" ~ parameter ~ "'" if parameter else "null::text" }}
    )
{%- endmacro %}

{# The items of a group as one array, in the order of the files. #}
{% macro evidence_array(item, row, where=none) -%}
    jsonb_agg({{ item }} order by {{ row }}.delivery_id, {{ row }}.row_number)
    {%- if where %} filter (where {{ where }}){% endif %}
{%- endmacro %}

{# The deliveries of one extract that were searched in vain, with the dates up to which they speak. #}
{% macro searched(extract) -%}
    coalesce((select searched.evidence from searched where searched.extract = '{{ extract }}'), '[]'::jsonb)
{%- endmacro %}

{# The income row, in a relation `judged` that carries it; nothing where the household has no income row. #}
{% macro income_evidence(column, field, threshold="null::numeric", parameter=none) -%}
    case
        when judged.delivery_id is null then '[]'
        else jsonb_build_array(
            {{ evidence_item("judged", column, "judged." ~ field, threshold, parameter) }}
        )
    end
{%- endmacro %}
