-- Departments name villages; names repeat between townships, and old names live on for months.
with

listed as (
    select
        division_code,
        parent_code,
        regexp_replace(division_name, '\s', '', 'g') as division_name
    from {{ ref('stg_registry__divisions') }}
    where delivery_id in {{ ids_so_far('registry', 'divisions') }}
),

divisions as (
    select * from {{ ref('int_divisions') }}
),

named as (
    select distinct
        townships.division_name as township_name,
        villages.division_name as village_name,
        divisions.current_code as village_code
    from listed as villages
    inner join listed as townships on villages.parent_code = townships.division_code
    inner join divisions on villages.division_code = divisions.division_code
),

final as (
    select
        township_name,
        village_name,
        min(village_code) as village_code
    from named
    group by township_name, village_name
    having count(distinct village_code) = 1
)

select * from final
