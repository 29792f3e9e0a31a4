-- Each record's one link to the spine with its tier, as the tiers find it.
{{ config(materialized='view') }}

select * from {{ ref('int_links_direct') }}

union all

select * from {{ ref('int_links_by_department_no') }}
