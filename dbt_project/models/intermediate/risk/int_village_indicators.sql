-- What the plans' indicators count, per village; nothing where the lists they rest on are wanting.
with

households as (
    select * from {{ ref('int_households') }}
),

signals as (
    select * from {{ ref('int_risk_signals') }}
),

schooling as (
    select * from {{ ref('int_member_schooling') }}
),

insurance as (
    select * from {{ ref('int_member_insurance') }}
),

settlements as (
    select * from {{ ref('int_member_settlements') }}
),

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

readiness as (
    select * from {{ ref('int_rule_readiness') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

-- A household without a signal of a rule is clear.
states as (
    select
        households.household_key,
        rules.rule_code,
        coalesce(signals.state, 'clear') as state
    from households
    cross join (values ('HOU01'), ('WAT01'), ('CIV02')) as rules (rule_code)
    left join signals
        on households.household_key = signals.household_key
        and rules.rule_code = signals.rule_code
),

cases as (
    select
        'compulsory_education' as indicator,
        'EDU01' as rests_on,
        household_key,
        (schooling in ('attending', 'excused'))::integer::numeric as numerator,
        1::numeric as denominator
    from schooling
    where is_of_compulsory_age and schooling <> 'unknown'

    union all

    select
        'medical_insurance' as indicator,
        'MED01' as rests_on,
        household_key,
        (insurance = 'insured')::integer as numerator,
        1 as denominator
    from insurance
    where insurance in ('insured', 'uninsured')

    union all

    select
        case rule_code when 'HOU01' then 'safe_housing' else 'safe_water' end as indicator,
        rule_code as rests_on,
        household_key,
        (state = 'clear')::integer as numerator,
        1 as denominator
    from states
    where rule_code in ('HOU01', 'WAT01') and state in ('clear', 'flagged')

    union all

    select
        'allowance_coverage' as indicator,
        states.rule_code as rests_on,
        states.household_key,
        (states.state = 'clear')::integer as numerator,
        1 as denominator
    from states
    inner join incomes using (household_key)
    where
        states.rule_code = 'CIV02'
        and incomes.income_per_capita_yuan < incomes.allowance_line
        and not incomes.has_labour

    union all

    select
        'inpatient_own_share' as indicator,
        'MED02' as rests_on,
        settlements.household_key,
        settlements.own_yuan as numerator,
        settlements.total_yuan as denominator
    from settlements
    inner join build_month on settlements.settled_on between build_month.year_start and build_month.month_end
    where settlements.medical_type = '21'
),

covered as (
    select
        cases.*,
        households.village_code,
        households.is_assisted
    from cases
    inner join households using (household_key)
    inner join readiness on cases.rests_on = readiness.rule_code and readiness.is_ready
),

final as (
    select
        covered.village_code,
        covered.indicator || scopes.suffix as indicator_code,
        sum(covered.numerator) as numerator,
        sum(covered.denominator) as denominator
    from covered
    inner join (values ('_assisted', true), ('_all', false), ('', false)) as scopes (suffix, is_assisted_only)
        on covered.is_assisted or not scopes.is_assisted_only
    group by covered.village_code, covered.indicator, scopes.suffix
)

select * from final
