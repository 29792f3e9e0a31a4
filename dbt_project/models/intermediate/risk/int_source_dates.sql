-- The date up to which each source speaks for the month: the oldest snapshot among those its rules need. One row.
with

freshness as (
    select * from {{ ref('int_extract_freshness') }}
),

needs as (
    select distinct
        source,
        extract
    from {{ ref('rule_needs') }}

    union

    select
        'registry' as source,
        'members' as extract

    union

    select
        'employment' as source,
        'workers' as extract
),

final as (
    select
        min(freshness.data_date) filter (where freshness.source = 'registry') as registry_data_date,
        min(freshness.data_date) filter (where freshness.source = 'education') as education_data_date,
        min(freshness.data_date) filter (where freshness.source = 'medical_insurance') as medical_insurance_data_date,
        min(freshness.data_date) filter (where freshness.source = 'housing') as housing_data_date,
        min(freshness.data_date) filter (where freshness.source = 'water') as water_data_date,
        min(freshness.data_date) filter (where freshness.source = 'civil_affairs') as civil_affairs_data_date,
        min(freshness.data_date) filter (where freshness.source = 'employment') as employment_data_date,
        bool_or(freshness.extract = 'pupils' and freshness.data_date is not null) as has_pupils,
        bool_or(freshness.extract = 'students' and freshness.data_date is not null) as has_students,
        bool_or(freshness.extract = 'enrolments' and freshness.data_date is not null) as has_enrolments,
        bool_or(freshness.extract = 'allowances' and freshness.data_date is not null) as has_allowances,
        bool_or(freshness.extract = 'extreme_poverty' and freshness.data_date is not null) as has_extreme_poverty,
        bool_or(freshness.extract = 'workers' and freshness.is_fresh) as has_fresh_workers
    from needs
    inner join freshness using (source, extract)
)

select * from final
