-- What the plans' indicators count, per village and measure: of those it is known of, how many meet it; and of how
-- many it is not known. Where a list is wanting, it is not known of anybody: missing data is no pass.
{%- set met_or_not %}
        household_key,
        (state = 'met')::integer::numeric as numerator,
        (state <> 'unknown')::integer::numeric as denominator,
        (state <> 'unknown')::integer as case_count,
        (state = 'unmet')::integer as unmet_count,
        (state = 'unknown')::integer as unknown_count
{%- endset %}

with

households as not materialized (
    select * from {{ ref('int_households') }}
),

signals as (
    select * from {{ ref('int_risk_signals') }}
),

readiness as (
    select * from {{ ref('int_rule_readiness') }}
),

schooling as (
    select
        schooling.household_key,
        case
            when not readiness.is_ready then 'unknown'
            when schooling.schooling in ('attending', 'excused') then 'met'
            when schooling.schooling = 'out_of_school' then 'unmet'
            else 'unknown'
        end as state
    from {{ ref('int_member_schooling') }} as schooling
    inner join readiness on readiness.rule_code = 'EDU01'
    where schooling.is_of_compulsory_age or (schooling.is_of_compulsory_age is null and schooling.schooling = 'unknown')
),

insurance as (
    select
        insurance.household_key,
        case
            when not readiness.is_ready then 'unknown'
            when insurance.insurance = 'insured' then 'met'
            when insurance.insurance = 'uninsured' then 'unmet'
            else 'unknown'
        end as state
    from {{ ref('int_member_insurance') }} as insurance
    inner join readiness on readiness.rule_code = 'MED01'
    where insurance.insurance <> 'newborn'
),

-- A household without a signal of a rule is clear.
judged as (
    select
        households.household_key,
        rules.rule_code,
        case coalesce(signals.state, 'clear')
            when 'clear' then 'met'
            when 'flagged' then 'unmet'
            else 'unknown'
        end as state
    from households
    cross join (values ('HOU01'), ('WAT01'), ('CIV02')) as rules (rule_code)
    left join signals
        on households.household_key = signals.household_key
        and rules.rule_code = signals.rule_code
),

-- Of those who have enough or somebody able to work nobody asks; where that is not known, neither is the rest.
allowances as (
    select
        judged.household_key,
        judged.state
    from judged
    inner join {{ ref('int_incomes_lined') }} as incomes using (household_key)
    where
        judged.rule_code = 'CIV02'
        and (
            judged.state <> 'met'
            or (incomes.income_per_capita_yuan < incomes.allowance_line and not incomes.has_labour)
        )
),

water as (
    select
        household_key,
        bool_or(is_piped) as is_piped
    from {{ ref('int_household_water_linked') }}
    group by household_key
),

piped as (
    select
        households.household_key,
        case
            when not readiness.is_ready or water.is_piped is null then 'unknown'
            when water.is_piped then 'met'
            else 'unmet'
        end as state
    from households
    inner join readiness on readiness.rule_code = 'WAT01'
    left join water using (household_key)
),

students as (
    select distinct person_key
    from {{ ref('int_students_linked') }}
    where education_level in ('普通高中', '中职')
),

-- Gross enrolment: students of the stage whatever their age, over those of its age.
upper_secondary as (
    select
        members.household_key,
        coalesce(members.age_years between 15 and 17, false) as is_of_age,
        members.age_years is null or not readiness.is_ready as is_unknown,
        students.person_key is not null and readiness.is_ready as is_student
    from {{ ref('int_members_aged') }} as members
    inner join readiness on readiness.rule_code = 'EDU02'
    left join students using (person_key)
    where members.age_years between 15 and 17 or members.age_years is null or students.person_key is not null
),

incomes as (
    select
        households.household_key,
        incomes.business_income_yuan - incomes.business_cost_yuan as business_yuan,
        incomes.net_income_yuan
    from households
    inner join readiness on readiness.rule_code = 'INC01'
    left join {{ ref('int_household_incomes') }} as incomes
        on households.household_key = incomes.household_key
        and readiness.is_ready
),

admissions as (
    select
        settlements.household_key,
        sum(settlements.own_yuan) as own_yuan,
        sum(settlements.total_yuan) as total_yuan
    from {{ ref('int_settlements_linked') }} as settlements
    inner join {{ ref('int_build_month') }} as build_month
        on settlements.settled_on between build_month.year_start and build_month.month_end
    where settlements.medical_type = '21'
    group by settlements.household_key
),

cases as (
    select
        'compulsory_education' as measure,
        {{ met_or_not }}
    from schooling

    union all

    select
        'medical_insurance' as measure,
        {{ met_or_not }}
    from insurance

    union all

    select
        case rule_code when 'HOU01' then 'safe_housing' else 'safe_water' end as measure,
        {{ met_or_not }}
    from judged
    where rule_code in ('HOU01', 'WAT01')

    union all

    select
        'piped_water' as measure,
        {{ met_or_not }}
    from piped

    union all

    select
        'allowance_coverage' as measure,
        {{ met_or_not }}
    from allowances

    union all

    select
        'upper_secondary_enrolment' as measure,
        household_key,
        is_student::integer as numerator,
        (is_of_age and not is_unknown)::integer as denominator,
        (is_of_age and not is_unknown)::integer as case_count,
        0 as unmet_count,
        is_unknown::integer as unknown_count
    from upper_secondary

    union all

    select
        'business_income_share' as measure,
        household_key,
        case when num_nulls(business_yuan, net_income_yuan) = 0 then business_yuan else 0 end as numerator,
        case when num_nulls(business_yuan, net_income_yuan) = 0 then net_income_yuan else 0 end as denominator,
        (num_nulls(business_yuan, net_income_yuan) = 0)::integer as case_count,
        0 as unmet_count,
        (num_nulls(business_yuan, net_income_yuan) > 0)::integer as unknown_count
    from incomes

    union all

    select
        'inpatient_own_share' as measure,
        household_key,
        own_yuan as numerator,
        total_yuan as denominator,
        1 as case_count,
        0 as unmet_count,
        0 as unknown_count
    from admissions
),

-- Summed by village and kind of household first: a household may be in several scopes.
summed as (
    select
        households.village_code,
        households.is_assisted,
        coalesce(households.household_type = '脱贫户', false) as is_lifted,
        cases.measure,
        sum(cases.numerator) as numerator,
        sum(cases.denominator) as denominator,
        sum(cases.case_count) as case_count,
        sum(cases.unmet_count) as unmet_count,
        sum(cases.unknown_count) as unknown_count
    from cases
    inner join households using (household_key)
    group by households.village_code, households.is_assisted, is_lifted, cases.measure
),

-- Unfolded, not joined: joined with its scopes all would be added up once for each of them.
scoped as (
    select
        summed.*,
        scopes.is_in,
        summed.measure || '_' || scopes.scope as scoped_measure
    from summed
    cross join lateral (
        values
        ('all', true),
        ('assisted', summed.is_assisted),
        ('lifted', summed.is_lifted)
    ) as scopes (scope, is_in)
),

final as (
    select
        village_code,
        scoped_measure as measure,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(case_count) as case_count,
        sum(unmet_count) as unmet_count,
        sum(unknown_count) as unknown_count
    from scoped
    where is_in and scoped_measure in (select measures.measure from {{ ref('policy_measures') }} as measures)
    group by village_code, scoped_measure
)

select * from final
