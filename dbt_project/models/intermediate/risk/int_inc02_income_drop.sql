-- INC02 收入骤减: income per head fell by the share or more. A loss the year before has no share to fall by.
with

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

judged as (
    select
        *,
        -- A product, so that exactly the share is exactly the share.
        case
            when income_drop_share is null then 'unknown'
            when previous_income_per_capita_yuan <= 0 then 'clear'
            when num_nulls(income_per_capita_yuan, previous_income_per_capita_yuan) > 0 then 'unknown'
            when
                previous_income_per_capita_yuan - income_per_capita_yuan
                >= income_drop_share * previous_income_per_capita_yuan
                then 'flagged'
            else 'clear'
        end as state
    from incomes
),

final as (
    select
        household_key,
        'INC02' as rule_code,
        state,
        round(
            (previous_income_per_capita_yuan - income_per_capita_yuan) / nullif(previous_income_per_capita_yuan, 0), 4
        ) as observed_value,
        income_drop_share as threshold_value,
        'income_drop_share' as parameter,
        {{ income_evidence("人均纯收入", "income_per_capita_yuan", "judged.income_drop_share", "income_drop_share") }}
        || {{ income_evidence("上年人均纯收入", "previous_income_per_capita_yuan") }} as evidence
    from judged
    where state <> 'clear'
)

select * from final
