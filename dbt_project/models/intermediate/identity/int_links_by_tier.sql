-- Each record's one link to the spine with its tier, as the tiers find it.
{{ config(materialized='view') }}

select * from {{ ref('int_links_direct') }}

union all

select
    source,
    extract,
    delivery_id,
    row_number,
    person_key,
    household_key,
    4 as tier
from {{ ref('int_links_by_department_no') }}
