{#
    What all rosters together say of each person. A roster repeats the one before but for a few rows, so that only what
    they say, and where it stood last, is kept from month to month: a month reads its own rosters and what was kept of
    those before, however long its history is.
#}

{# Ids of the rosters that count, oldest first: those of the months before the one that is built, or of its own. #}
{% macro roster_ids(before) -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {{ return(run_query(
        "select w.delivery_id from " ~ ordered_build() ~ " as b"
        ~ " cross join lateral ops.winning_deliveries(b.month, b.as_of) as w"
        ~ " where w.source = 'registry' and w.extract = 'members' and w.month "
        ~ ("<" if before else "=") ~ " to_char(b.month, 'YYYYMM') order by w.recency"
    ).columns[0].values() | list) }}
{%- endmacro %}

{# What states of these rosters rest on, as a digest: the rosters, or the first so many of them, and the models. #}
{% macro rosters_digest(rosters, length=none) -%}
    md5(concat(
        (
            select builds.models_digest
            from {{ ordered_build() }} as build
            inner join ops.builds as builds using (build_id)
        ),
        (array[{{ rosters | join(", ") }}]::bigint[])[:{{ length or rosters | length }}]
    ))
{%- endmacro %}

{# How many of the rosters, from the first on, the table of states that is there holds: none where it holds others. #}
{% macro rosters_kept(states, rosters) -%}
    {%- if not execute or not rosters or load_relation(states) is none -%}{{ return(0) }}{%- endif -%}
    {{ return(run_query(
        "select coalesce(max(prefix.length), 0) from (select rests_on from " ~ states ~ " limit 1) as kept"
        ~ " inner join generate_series(1, " ~ (rosters | length) ~ ") as prefix (length)"
        ~ " on kept.rests_on = " ~ rosters_digest(rosters, "prefix.length")
    ).columns[0].values()[0] | int) }}
{%- endmacro %}

{# What makes two rows of rosters say the same. #}
{% macro state_columns() -%}
    person_no, household_no, name_key, id_17, id_fault, birth_date, sex, is_head, village_code
{%- endmacro %}

{#
    The rows of some rosters, all of a month together, as states. The village is the household's: the head's row says
    it, another's only where that is blank; rows that were added later (a returned workbook) are of the same household.
    Of several rows about one person in a month the newest stands.
#}
{% macro roster_states(rosters) -%}
    with

    members as (
        select
            members.*,
            (members.relation_to_head = '户主') is true as is_head,
            rosters.roster_month,
            rosters.roster_number,
            rosters.recency
        from {{ ref('stg_registry__members') }} as members
        inner join {{ ref('int_rosters') }} as rosters using (delivery_id)
        where members.delivery_id in ({{ rosters | join(", ") or "null::bigint" }})
    ),

    roster_rows as (
        select
            person_no,
            household_no,
            person_name_key as name_key,
            citizen_id_17 as id_17,
            citizen_id_fault as id_fault,
            coalesce(birth_date, citizen_id_born_on) as birth_date,
            sex,
            is_head,
            first_value(village_code) over (
                partition by roster_month, household_no
                order by village_code is null, is_head desc, recency desc, row_number
            ) as village_code,
            roster_month,
            roster_number,
            (recency::bigint << 32) + row_number as place,
            row_number() over (
                partition by roster_month, person_no order by recency desc, row_number desc
            ) = 1 as is_standing
        from members
    )

    select
        {{ state_columns() }},
        max(roster_month) as last_month,
        max(place) as last_place,
        range_agg(int4range(roster_number, roster_number, '[]')) filter (where is_standing) as standing
    from roster_rows
    group by {{ state_columns() }}
{%- endmacro %}

{# States of two sets of rosters as those of all. #}
{% macro states_together(earlier, later) -%}
    select
        {{ state_columns() }},
        max(last_month) as last_month,
        max(last_place) as last_place,
        range_agg(standing) as standing
    from (
        select * from {{ earlier }}

        union all

        select * from {{ later }}
    ) as states
    group by {{ state_columns() }}
{%- endmacro %}
