-- CIV02 疑似应保未保: below the allowance line, no labour, and nobody on a roster.
with

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

benefits as (
    select * from {{ ref('int_member_benefits') }}
),

labour as (
    select * from {{ ref('int_labour_evidence') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

supported as (
    select distinct household_key from benefits
),

judged as (
    select
        incomes.*,
        case
            when num_nulls(incomes.income_per_capita_yuan, incomes.allowance_line) > 0 then 'unknown'
            when incomes.income_per_capita_yuan >= incomes.allowance_line then 'clear'
            when supported.household_key is not null or incomes.has_labour then 'clear'
            when incomes.has_labour is null then 'unknown'
            else 'flagged'
        end as state
    from incomes
    left join supported on incomes.household_key = supported.household_key
),

final as (
    select
        judged.household_key,
        'CIV02' as rule_code,
        judged.state,
        judged.income_per_capita_yuan as observed_value,
        judged.allowance_line as threshold_value,
        'allowance_line' as parameter,
        {{ income_evidence("人均纯收入", "income_per_capita_yuan", "judged.allowance_line", "allowance_line") }}
        || coalesce(labour.evidence, '[]')
        || {{ searched('allowances') }}
        || {{ searched('extreme_poverty') }} as evidence
    from judged
    left join labour on judged.household_key = labour.household_key
    where judged.state <> 'clear'
)

select * from final
