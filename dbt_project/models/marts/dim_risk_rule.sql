{{ config(materialized='table') }}

select
    rule_code,
    title_zh,
    title_en,
    severity,
    departments,
    parameters,
    policy_ref,
    definition_zh,
    definition_en,
    makes_grey,
    confirms_low_income,
    is_hardship
from {{ ref('rule_catalogue') }}
