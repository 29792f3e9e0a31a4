-- Every household of the month with its incomes and the lines of its village; nulls where no row or a blank cell.
with

households as (
    select * from {{ ref('int_households') }}
),

incomes as (
    select * from {{ ref('int_household_incomes') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

final as (
    select
        households.household_key,
        households.has_labour,
        incomes.net_income_yuan,
        incomes.income_per_capita_yuan,
        incomes.previous_income_per_capita_yuan,
        parameters.income_line,
        parameters.allowance_line,
        parameters.income_drop_share,
        incomes.delivery_id,
        incomes.row_number,
        incomes.file_name
    from households
    left join incomes on households.household_key = incomes.household_key
    left join parameters on households.village_code = parameters.village_code
)

select * from final
