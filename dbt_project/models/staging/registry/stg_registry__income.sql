select
    delivery_id,
    row_number,
    household_no,
    period_from,
    period_to,
    wage_income_yuan,
    business_income_yuan,
    property_income_yuan,
    transfer_income_yuan,
    business_cost_yuan,
    net_income_yuan,
    income_per_capita_yuan,
    previous_income_per_capita_yuan
from {{ source('registry', 'income') }}
