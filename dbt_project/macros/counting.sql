{#
    What counts for the month that is being built, rendered as literal delivery ids: the planner prunes
    partitions only by literals, so that a month's cost does not grow with history.
#}

{# The table that names the month: `source('order', 'current_build')`, without making each model depend on it. #}
{% macro ordered_build() -%}
    {{ return((target.schema if is_apart() else "ops") ~ ".current_build") }}
{%- endmacro %}

{% macro build_month() -%}
    {%- if execute -%}
        {{ return("date '" ~ run_query("select month from " ~ ordered_build()).columns[0].values()[0] ~ "'") }}
    {%- endif -%}
    {{ return("date '2000-01-01'") }}
{%- endmacro %}

{% macro id_list(query) -%}
    {%- set ids = run_query(query).columns[0].values() | list if execute else [] -%}
    {{ return("(" ~ (ids | join(", ") if ids else "null::bigint") ~ ")") }}
{%- endmacro %}

{# Ids of the deliveries of one extract that count for the month, or `months_back` months earlier. #}
{% macro counting_ids(source_name, extract, months_back=0, delivered_now=false) -%}
    {{ return(id_list(
        "select c.delivery_id from " ~ ordered_build() ~ " as b"
        ~ " cross join lateral ops.counting_deliveries((b.month - interval '" ~ months_back ~ " months')::date, b.as_of) as c"
        ~ " where c.source = '" ~ source_name ~ "' and c.extract = '" ~ extract ~ "'"
        ~ (" and c.month = to_char(b.month, 'YYYYMM')" if delivered_now else "") ~ " order by 1"
    )) }}
{%- endmacro %}

{# Ids of the deliveries of one extract that ever counted up to the month, or did in its last `months`. #}
{% macro ids_so_far(source_name, extract, months=none) -%}
    {%- set since = "to_char(b.month - interval '" ~ months ~ " months', 'YYYYMM')" -%}
    {{ return(id_list(
        "select w.delivery_id from " ~ ordered_build() ~ " as b"
        ~ " cross join lateral ops.winning_deliveries(b.month, b.as_of) as w"
        ~ " where w.source = '" ~ source_name ~ "' and w.extract = '" ~ extract ~ "'"
        ~ (" and w.month > " ~ since if months else "") ~ " order by 1"
    )) }}
{%- endmacro %}

{#
    The rows of one extract that count for the month, each record once: the row that `prefer` puts first, else the
    one of the newest delivery, else the last. A record without its whole key counts as itself. `first_month` adds the
    month in which the record came first, of the deliveries that count.
#}
{% macro counted_rows(source_name, extract, key=[], prefer=none, where=none, first_month=false) -%}
    {%- set staging, ids = 'stg_' ~ source_name ~ '__' ~ extract, counting_ids(source_name, extract) -%}
    {%- set identities = [] -%}
    {%- for column in key -%}
        {%- do identities.append("coalesce(" ~ column ~ "::text, '#' || delivery_id || ':' || row_number)") -%}
    {%- endfor -%}
    select{% if key %} distinct on ({{ identities | join(", ") }}){% endif %}
        staged.*,
        counting.file_name,
        {%- if first_month %}
        min(counting.month) over (partition by {{ identities | join(", ") }}) as first_month,
        {%- endif %}
        counting.recency
    from {{ ref(staging) }} as staged
    inner join {{ ref('int_counting_deliveries') }} as counting using (delivery_id)
    where
        staged.delivery_id in {{ ids }}
        {%- if where %}
        and {{ where }}
        {%- endif %}
        {{ if_key_touched(staging, identities | join(", "), ids) if key else if_touched('staged') }}
    {%- if key %}
    order by
        {{ identities | join(", ") }},
        {%- if prefer %}
        ({{ prefer }}) is true desc,
        {%- endif %}
        counting.recency desc,
        row_number desc
    {%- endif %}
{%- endmacro %}
