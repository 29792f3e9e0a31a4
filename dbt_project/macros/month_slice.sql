{#
    A month's table of a mart, built apart in `marts_next` and published later as one partition of the mart: readers
    never see a month before its gate has passed, and a rebuilt month leaves no row of its former self.
    `hearth.building.publishing` swaps the partitions of all marts in one transaction.
#}
{% materialization month_slice, adapter='postgres' %}
    {%- set slice = this.incorporate(type='table') -%}
    {%- set mart = published(model.name) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('drop_former') -%}
        drop table if exists {{ slice }} cascade
    {%- endcall %}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, slice, sql) }}
    {%- endcall %}
    {% do create_indexes(slice) %}
    {% do persist_docs(slice, model) %}

    {%- if not is_apart() %}
    {% call statement('create_mart') -%}
        create table if not exists {{ mart }} (like {{ slice }} including comments) partition by list (month)
    {%- endcall %}
    {#- Models of a newer Hearth: the published months get the columns and types too, and keep what they say. #}
    {% call statement('fit_mart') -%}
        select ops.fit_mart('{{ mart }}', '{{ slice }}')
    {%- endcall %}
    {% do persist_docs(mart, model) %}
    {%- endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [slice]}) }}
{% endmaterialization %}

{# The mart that people query, all published months together. #}
{% macro published(name) -%}
    {{ return(api.Relation.create(database=target.database, schema='marts', identifier=name, type='table')) }}
{%- endmacro %}

{#
    Whether the month comes after every published one, in the marts' present shape: what is made of all published months
    then goes on with what it says of those before, and does not read them again.
#}
{% macro follows_published() -%}
    {%- if not execute or is_apart() -%}{{ return(false) }}{%- endif -%}
    {{ return(run_query(
        "select newest.month < build.month and newest.marts_shape = own.marts_shape"
        ~ " and to_regclass('marts.dim_household') is not null"
        ~ " from " ~ ordered_build() ~ " as build inner join ops.builds as own using (build_id)"
        ~ " cross join (select month, marts_shape from ops.builds where status = 'published'"
        ~ " order by month desc, build_id desc limit 1) as newest"
    ).columns[0].values() | list == [true]) }}
{%- endmacro %}
