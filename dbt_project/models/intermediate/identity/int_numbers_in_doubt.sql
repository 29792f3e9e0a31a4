-- Insured persons' numbers of which some row today is not linked by ID and equal name: whose they are must be asked
-- of other rows.
with

enrolments as (
    select
        insured_no,
        citizen_id_17,
        citizen_id_fault,
        person_name_key
    from {{ ref('stg_medical_insurance__enrolments') }}
    where
        {{ enrolments_of_today() }}
        {{ if_touched() }}
),

settlements as (
    select
        insured_no,
        citizen_id_17,
        citizen_id_fault,
        person_name_key
    from {{ ref('stg_medical_insurance__settlements') }}
    where
        {{ settlements_of_today() }}
        {{ if_touched() }}
),

combined as (
    select * from enrolments

    union all

    select * from settlements
),

aliases as (
    select * from {{ ref('int_spine_aliases') }}
),

final as (
    select
        combined.insured_no,
        bool_or(combined.citizen_id_fault is not null) as is_number_faulty
    from combined
    where
        combined.insured_no is not null
        and not exists (
            select 1
            from aliases
            where combined.citizen_id_17 = aliases.id_17 and combined.person_name_key = aliases.name_key
        )
    group by combined.insured_no
)

select * from final
