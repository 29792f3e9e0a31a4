-- Members of the month with what their age makes them on its last day; null where the birth date is not known.
with

members as (
    select * from {{ ref('int_members') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

build_month as (
    select
        month_end,
        -- The school year starts in September.
        extract(year from month)::integer - (extract(month from month) < 9)::integer as school_year
    from {{ ref('int_build_month') }}
),

final as (
    select
        members.person_key,
        members.household_key,
        members.sex,
        members.labour_skill,
        members.delivery_id,
        members.row_number,
        members.file_name,
        extract(year from age(build_month.month_end, members.birth_date))::integer as age_years,
        ops.birthday(members.birth_date, parameters.compulsory_age_from::integer)
        <= ops.birthday(('2000-' || parameters.compulsory_cutoff)::date, build_month.school_year - 2000)
        and ops.birthday(members.birth_date, parameters.compulsory_age_to::integer)
        > build_month.month_end as is_of_compulsory_age,
        build_month.month_end - members.birth_date >= parameters.newborn_grace_days as is_past_newborn_grace
    from members
    left join parameters using (village_code)
    cross join build_month
)

select * from final
