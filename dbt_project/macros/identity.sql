{#
    The rows of one extract that name a person, in the one shape that identity reads. `places` says how the row tells
    the village: by `code`, by `names` of township and village, by `both`, or not at all. `own_no` is a number that
    the department gave the record, where it gives one besides the person's.
#}
{% macro person_rows(
    staging, person='person', identifier='citizen_id', id_17=none, born_on=none, places='names',
    household_no='null', department_no='null', own_no='null', where=none
) -%}
    {%- set source_name, extract = staging[4:].split('__') -%}
    select
        '{{ source_name }}' as source,
        '{{ extract }}' as extract,
        delivery_id,
        row_number,
        {{ person }}_name_key as name_key,
        {{ id_17 or identifier ~ '_17' }} as id_17,
        {{ identifier }}_fault as id_fault,
        {{ born_on or identifier ~ '_born_on' }} as born_on,
        {{ 'village_code' if places in ('code', 'both') else 'null' }}::text as village_code,
        {{ 'township_name' if places in ('names', 'both') else 'null' }}::text as township_name,
        {{ 'village_name' if places in ('names', 'both') else 'null' }}::text as village_name,
        {{ household_no }}::text as household_no,
        {{ department_no }}::text as department_no,
        {{ own_no }}::text as own_no
    from {{ ref(staging) }}
    where
        ({{ where or 'delivery_id in ' ~ counting_ids(source_name, extract) }})
        {{ if_touched() }}
{%- endmacro %}

{#
    The insurance department's rows that the month's facts may rest on, and what arrived now, however old: of yearly
    lists those of the year and of later ones, of settlements those of the months that a rule looks back.
#}
{% macro enrolments_of_today() -%}
    delivery_id in {{ counting_ids('medical_insurance', 'enrolments') }}
        and (
            coalesce(enrolment_year >= extract(year from {{ build_month() }}), true)
            or delivery_id in {{ counting_ids('medical_insurance', 'enrolments', delivered_now=true) }}
        )
{%- endmacro %}

{% macro settlements_of_today() -%}
    delivery_id in {{ counting_ids('medical_insurance', 'settlements') }}
        and (
            settled_at >= {{ build_month() }} - interval '11 months'
            or delivery_id in {{ counting_ids('medical_insurance', 'settlements', delivered_now=true) }}
        )
{%- endmacro %}

{#
    The links of one extract's records. Of rows of which one counts the planner knows no figures, and would hash the
    links of all extracts to find those of a few.
#}
{% macro links_of(source_name, extract) -%}
    select * from {{ ref('int_links') }}
        where source = '{{ source_name }}' and extract = '{{ extract }}'
{%- endmacro %}

{# The records of one extract that count for the month and are linked, under the person and household they belong to. #}
{% macro linked_rows(source_name, extract, columns=[], key=[], prefer=none, where=none) -%}
    with

    counted as (
        {{ counted_rows(source_name, extract, key=key, prefer=prefer, where=where) }}
    ),

    links as (
        {{ links_of(source_name, extract) }}
    ),

    final as (
        select
            links.person_key,
            links.household_key,
            {% for column in columns -%}
            counted.{{ column }},
            {% endfor -%}
            counted.delivery_id,
            counted.row_number,
            counted.file_name
        from counted
        inner join links using (delivery_id, row_number)
    )

    select * from final
{%- endmacro %}
