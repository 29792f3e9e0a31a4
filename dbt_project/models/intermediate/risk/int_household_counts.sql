-- Members of each household by kind; null where no list of that kind was delivered: not the same as nobody.
{{ config(indexes=[{'columns': ['household_key'], 'unique': true}]) }}

with

members as (
    select * from {{ ref('int_members_aged') }}
),

insurance as (
    select * from {{ ref('int_member_insurance') }}
),

pupils as (
    select distinct person_key
    from {{ ref('int_pupils_linked') }}
    where status = '在读'
),

students as (
    select distinct person_key from {{ ref('int_students_linked') }}
),

benefits as (
    select
        person_key,
        bool_or(benefit = 'allowance') as is_on_allowance,
        bool_or(benefit = 'extreme_poverty') as is_in_extreme_poverty
    from {{ ref('int_member_benefits') }}
    group by person_key
),

workers as (
    select
        person_key,
        bool_or(employment_form <> '未就业') as is_employed,
        bool_or(employment_form = '公益性岗位' or is_public_welfare_job) as has_public_welfare_job
    from {{ ref('int_workers_linked') }}
    group by person_key
),

source_dates as (
    select * from {{ ref('int_source_dates') }}
),

counted as (
    select
        members.household_key,
        count(*) filter (where members.sex = '男') as male_count,
        count(*) filter (where members.sex = '女') as female_count,
        count(*) filter (where members.age_years < 16) as child_count,
        count(*) filter (where members.age_years >= 60) as elderly_count,
        count(*) filter (where members.labour_skill in ('普通劳动力', '技能劳动力')) as labour_count,
        count(*) filter (where members.is_of_compulsory_age) as compulsory_age_count,
        count(pupils.person_key) as pupil_count,
        count(students.person_key) as student_count,
        count(*) filter (where insurance.insurance = 'insured') as insured_count,
        count(*) filter (where insurance.insurance = 'uninsured') as uninsured_count,
        count(*) filter (where benefits.is_on_allowance) as allowance_count,
        count(*) filter (where benefits.is_in_extreme_poverty) as extreme_poverty_count,
        count(*) filter (where workers.is_employed) as employed_member_count,
        count(*) filter (where workers.has_public_welfare_job) as public_welfare_job_count
    from members
    left join insurance using (person_key)
    left join pupils using (person_key)
    left join students using (person_key)
    left join benefits using (person_key)
    left join workers using (person_key)
    group by members.household_key
),

final as (
    select
        counted.household_key,
        counted.male_count,
        counted.female_count,
        counted.child_count,
        counted.elderly_count,
        counted.labour_count,
        counted.compulsory_age_count,
        case when source_dates.has_pupils then counted.pupil_count end as pupil_count,
        case when source_dates.has_students then counted.student_count end as student_count,
        case when source_dates.has_enrolments then counted.insured_count end as insured_count,
        case when source_dates.has_enrolments then counted.uninsured_count end as uninsured_count,
        case when source_dates.has_allowances then counted.allowance_count end as allowance_count,
        case when source_dates.has_extreme_poverty then counted.extreme_poverty_count end as extreme_poverty_count,
        case when source_dates.has_fresh_workers then counted.employed_member_count end as employed_member_count,
        case when source_dates.has_fresh_workers then counted.public_welfare_job_count end as public_welfare_job_count
    from counted
    cross join source_dates
)

select * from final
