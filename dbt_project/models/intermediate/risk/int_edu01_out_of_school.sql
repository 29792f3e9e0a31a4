-- EDU01 疑似失学辍学: a child of compulsory age in no school register.
with

schooling as (
    select * from {{ ref('int_member_schooling') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

judged as (
    select
        household_key,
        case
            when bool_or(schooling = 'out_of_school') then 'flagged'
            when bool_or(schooling = 'unknown') then 'unknown'
            when bool_or(schooling = 'excused') then 'exempt'
            else 'clear'
        end as state
    from schooling
    group by household_key
),

named as (
    select
        judged.household_key,
        judged.state,
        count(*) as child_count,
        jsonb_path_query_array(jsonb_agg(schooling.evidence order by schooling.person_key), '$[*][*]') as evidence
    from judged
    inner join schooling
        on judged.household_key = schooling.household_key
        and judged.state = case schooling.schooling
            when 'out_of_school' then 'flagged'
            when 'excused' then 'exempt'
            else schooling.schooling
        end
    group by judged.household_key, judged.state
),

final as (
    select
        household_key,
        'EDU01' as rule_code,
        state,
        child_count::numeric as observed_value,
        null::numeric as threshold_value,
        'compulsory_age_from, compulsory_age_to, compulsory_cutoff' as parameter,
        evidence || {{ searched('pupils') }} || {{ searched('students') }} as evidence
    from named
)

select * from final
