-- CIV04 退出低保仍困难: on the allowance roster in one of the two months before, not now, and still below the income line.
with

incomes as (
    select * from {{ ref('int_incomes_lined') }}
),

allowances as (
    select * from {{ ref('int_allowances_linked') }}
),

members as (
    select * from {{ ref('int_members') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

rostered as (
    select
        members.household_key,
        bool_or(allowances.roster_month = build_month.month) as is_on_now,
        {{ evidence_array(
            evidence_item("allowances", "保障对象/姓名", "'在册'::text"), "allowances",
            "allowances.roster_month < build_month.month"
        ) }} as evidence
    from allowances
    inner join members on allowances.person_key = members.person_key
    cross join build_month
    where allowances.roster_month between build_month.month - interval '2 months' and build_month.month
    group by members.household_key
),

judged as (
    select
        incomes.*,
        coalesce(rostered.evidence, '[]') as roster_evidence,
        case
            when num_nulls(incomes.income_per_capita_yuan, incomes.income_line) > 0 then 'unknown'
            when
                rostered.household_key is not null
                and not rostered.is_on_now
                and incomes.income_per_capita_yuan < incomes.income_line
                then 'flagged'
            else 'clear'
        end as state
    from incomes
    left join rostered on incomes.household_key = rostered.household_key
),

final as (
    select
        household_key,
        'CIV04' as rule_code,
        state,
        income_per_capita_yuan as observed_value,
        income_line as threshold_value,
        'income_line' as parameter,
        {{ income_evidence("人均纯收入", "income_per_capita_yuan", "judged.income_line", "income_line") }}
        || roster_evidence
        || {{ searched('allowances') }} as evidence
    from judged
    where state <> 'clear'
)

select * from final
