-- One shape for every row that names a person, from the deliveries that count. Adding a department adds a block here.
{%- set told_by = "source, extract, name_key, id_17, id_fault, born_on, township_name, village_name, department_no" %}
{%- set in_doubt = " and insured_no in (select doubt.insured_no from " ~ ref('int_numbers_in_doubt') ~ " as doubt" %}
with

-- No rule looks at earlier rows, but whoever was a department's number's owner then is so today: where today's rows
-- leave that in doubt, they tell.
earlier as (
    {{ person_rows(
        'stg_medical_insurance__enrolments',
        department_no='insured_no',
        where="delivery_id in " ~ counting_ids('medical_insurance', 'enrolments')
        ~ " and (" ~ enrolments_of_today() ~ ") is not true"
        ~ in_doubt ~ ")"
    ) }}

    union all

    {{ person_rows(
        'stg_medical_insurance__enrolments',
        department_no='insured_no',
        where="delivery_id in " ~ ids_so_far('medical_insurance', 'enrolments', months=12)
        ~ " and (delivery_id in " ~ counting_ids('medical_insurance', 'enrolments') ~ ") is not true"
        ~ in_doubt ~ " where doubt.is_number_faulty)"
    ) }}

    union all

    {{ person_rows(
        'stg_medical_insurance__settlements',
        places='none',
        department_no='insured_no',
        where="delivery_id in " ~ counting_ids('medical_insurance', 'settlements')
        ~ " and (" ~ settlements_of_today() ~ ") is not true"
        ~ in_doubt ~ ")"
        ~ " and citizen_id_17 in (select aliases.id_17 from " ~ ref('int_spine_aliases') ~ " as aliases)"
    ) }}
),

-- They say the same month after month: once is enough, and does not grow with the history.
earlier_once as (
    select distinct on ({{ told_by }})
        *
    from earlier
    order by {{ told_by }}, delivery_id desc, row_number desc
),

combined as (
    -- A pupil number G… carries the ID; its check digit is not looked at, so it links as tier 2 at best.
    {{ person_rows(
        'stg_education__pupils',
        id_17="coalesce(citizen_id_17, substring(pupil_no from '^G([0-9]{17})[0-9X]$')::bigint)",
        born_on="coalesce(birth_date, citizen_id_born_on)",
        places='code',
        own_no='pupil_no'
    ) }}

    union all

    {{ person_rows('stg_education__not_in_school') }}

    union all

    {{ person_rows('stg_education__students') }}

    union all

    {{ person_rows('stg_medical_insurance__enrolments', department_no='insured_no', where=enrolments_of_today()) }}

    union all

    {{ person_rows(
        'stg_medical_insurance__settlements', places='none', department_no='insured_no', where=settlements_of_today()
    ) }}

    union all

    select * from earlier_once

    union all

    {{ person_rows('stg_housing__dwellings', person='head', identifier='head_citizen_id', places='both') }}

    union all

    {{ person_rows('stg_housing__disaster_rebuilds', person='head', identifier='head_citizen_id') }}

    union all

    {{ person_rows(
        'stg_water__household_water', person='head', identifier='head_citizen_id', places='code',
        household_no='household_no'
    ) }}

    union all

    -- The rosters of the two months before are asked who has left the allowance.
    {{ person_rows(
        'stg_civil_affairs__allowances',
        own_no='allowance_no',
        where="delivery_id in " ~ counting_ids('civil_affairs', 'allowances')
        ~ " or delivery_id in " ~ counting_ids('civil_affairs', 'allowances', months_back=1)
        ~ " or delivery_id in " ~ counting_ids('civil_affairs', 'allowances', months_back=2)
    ) }}

    union all

    {{ person_rows('stg_civil_affairs__extreme_poverty') }}

    union all

    {{ person_rows('stg_civil_affairs__disability_allowances') }}

    union all

    {{ person_rows('stg_civil_affairs__temporary_relief', places='none') }}

    union all

    {{ person_rows('stg_civil_affairs__deaths', places='none') }}

    union all

    {{ person_rows('stg_employment__workers') }}
),

successors as (
    select * from {{ ref('int_division_successors') }}
),

village_names as (
    select * from {{ ref('int_village_names') }}
),

final as (
    select
        combined.source,
        combined.extract,
        combined.delivery_id,
        combined.row_number,
        combined.name_key,
        combined.id_17,
        combined.id_fault,
        combined.born_on,
        coalesce(successors.current_code, combined.village_code, village_names.village_code) as village_code,
        combined.household_no,
        combined.department_no,
        combined.own_no,
        coalesce(
            combined.village_code,
            regexp_replace(concat(combined.township_name, '/', combined.village_name), '\s', '', 'g')
        ) as village_as_written
    from combined
    left join successors on combined.village_code = successors.old_code
    left join village_names
        on regexp_replace(combined.township_name, '\s', '', 'g') = village_names.township_name
        and regexp_replace(combined.village_name, '\s', '', 'g') = village_names.village_name
)

select * from final
