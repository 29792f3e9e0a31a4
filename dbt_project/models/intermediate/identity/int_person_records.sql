-- One shape for every row that names a person, from the deliveries that count. Adding a department adds a block here.
with

numbers_in_doubt as (
    select insured_no
    from {{ ref('stg_medical_insurance__enrolments') }}
    where delivery_id in {{ counting_ids('medical_insurance', 'enrolments') }} and citizen_id_fault is not null

    union

    select insured_no
    from {{ ref('stg_medical_insurance__settlements') }}
    where
        delivery_id in {{ counting_ids('medical_insurance', 'settlements') }}
        and settled_at >= {{ build_month() }} - interval '11 months'
        and citizen_id_fault is not null
),

combined as (
    select
        'education' as source,
        'pupils' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        -- A pupil number G… carries the ID; its check digit is not looked at, so it links as tier 2 at best.
        coalesce(citizen_id_17, substring(pupil_no from '^G([0-9]{17})[0-9X]$')::bigint) as id_17,
        citizen_id_fault as id_fault,
        coalesce(birth_date, citizen_id_born_on) as born_on,
        village_code,
        null as township_name,
        null as village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_education__pupils') }}
    where delivery_id in {{ counting_ids('education', 'pupils') }}

    union all

    select
        'education' as source,
        'not_in_school' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_education__not_in_school') }}
    where delivery_id in {{ counting_ids('education', 'not_in_school') }}

    union all

    select
        'education' as source,
        'students' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_education__students') }}
    where delivery_id in {{ counting_ids('education', 'students') }}

    union all

    select
        'medical_insurance' as source,
        'enrolments' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        insured_no as department_no
    from {{ ref('stg_medical_insurance__enrolments') }}
    where
        delivery_id in {{ counting_ids('medical_insurance', 'enrolments') }}
        -- Earlier lists tell whose a department's number is where today's row cannot.
        or (
            delivery_id in {{ ids_so_far('medical_insurance', 'enrolments', months=12) }}
            and insured_no in (select doubtful.insured_no from numbers_in_doubt as doubtful)
        )

    union all

    select
        'medical_insurance' as source,
        'settlements' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        null as township_name,
        null as village_name,
        null as household_no,
        insured_no as department_no
    from {{ ref('stg_medical_insurance__settlements') }}
    where
        delivery_id in {{ counting_ids('medical_insurance', 'settlements') }}
        and (
            settled_at >= {{ build_month() }} - interval '11 months'
            or delivery_id in {{ counting_ids('medical_insurance', 'settlements', delivered_now=true) }}
        )

    union all

    select
        'housing' as source,
        'dwellings' as extract,
        delivery_id,
        row_number,
        head_name_key as name_key,
        head_citizen_id_17 as id_17,
        head_citizen_id_fault as id_fault,
        head_citizen_id_born_on as born_on,
        village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_housing__dwellings') }}
    where delivery_id in {{ counting_ids('housing', 'dwellings') }}

    union all

    select
        'housing' as source,
        'disaster_rebuilds' as extract,
        delivery_id,
        row_number,
        head_name_key as name_key,
        head_citizen_id_17 as id_17,
        head_citizen_id_fault as id_fault,
        head_citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_housing__disaster_rebuilds') }}
    where delivery_id in {{ counting_ids('housing', 'disaster_rebuilds') }}

    union all

    select
        'water' as source,
        'household_water' as extract,
        delivery_id,
        row_number,
        head_name_key as name_key,
        head_citizen_id_17 as id_17,
        head_citizen_id_fault as id_fault,
        head_citizen_id_born_on as born_on,
        village_code,
        null as township_name,
        null as village_name,
        household_no,
        null as department_no
    from {{ ref('stg_water__household_water') }}
    where delivery_id in {{ counting_ids('water', 'household_water') }}

    union all

    select
        'civil_affairs' as source,
        'allowances' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_civil_affairs__allowances') }}
    where
        delivery_id in {{ counting_ids('civil_affairs', 'allowances') }}
        or delivery_id in {{ counting_ids('civil_affairs', 'allowances', months_back=1) }}
        or delivery_id in {{ counting_ids('civil_affairs', 'allowances', months_back=2) }}

    union all

    select
        'civil_affairs' as source,
        'extreme_poverty' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_civil_affairs__extreme_poverty') }}
    where delivery_id in {{ counting_ids('civil_affairs', 'extreme_poverty') }}

    union all

    select
        'civil_affairs' as source,
        'disability_allowances' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        township_name,
        village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_civil_affairs__disability_allowances') }}
    where delivery_id in {{ counting_ids('civil_affairs', 'disability_allowances') }}

    union all

    select
        'civil_affairs' as source,
        'temporary_relief' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        null as township_name,
        null as village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_civil_affairs__temporary_relief') }}
    where delivery_id in {{ counting_ids('civil_affairs', 'temporary_relief') }}

    union all

    select
        'civil_affairs' as source,
        'deaths' as extract,
        delivery_id,
        row_number,
        person_name_key as name_key,
        citizen_id_17 as id_17,
        citizen_id_fault as id_fault,
        citizen_id_born_on as born_on,
        null::text as village_code,
        null as township_name,
        null as village_name,
        null as household_no,
        null as department_no
    from {{ ref('stg_civil_affairs__deaths') }}
    where delivery_id in {{ counting_ids('civil_affairs', 'deaths') }}
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
        combined.department_no
    from combined
    left join successors on combined.village_code = successors.old_code
    left join village_names
        on regexp_replace(combined.township_name, '\s', '', 'g') = village_names.township_name
        and regexp_replace(combined.village_name, '\s', '', 'g') = village_names.village_name
)

select * from final
