-- INC01 收入低于监测线: income per head below the line that holds for the village.
with

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

judged as (
    select
        *,
        income_per_capita_yuan < income_line as is_below
    from incomes
),

final as (
    select
        household_key,
        'INC01' as rule_code,
        case when is_below then 'flagged' else 'unknown' end as state,
        income_per_capita_yuan as observed_value,
        income_line as threshold_value,
        'income_line' as parameter,
        {{ income_evidence("人均纯收入", "income_per_capita_yuan", "judged.income_line", "income_line") }} as evidence
    from judged
    where is_below is not false
)

select * from final
