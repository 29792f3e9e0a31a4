{{ config(materialized='table', indexes=[{'columns': ['division_code'], 'unique': true}]) }}

with

divisions as (
    select * from {{ ref('int_divisions') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

changes as (
    select
        changes.old_code,
        max(changes.effective_on) as effective_on
    from {{ ref('stg_registry__division_changes') }} as changes
    cross join build_month
    where
        changes.delivery_id in {{ ids_so_far('registry', 'division_changes') }}
        and changes.effective_on <= build_month.month_end
    group by changes.old_code
),

final as (
    select
        divisions.division_code,
        divisions.division_name,
        divisions.division_level,
        divisions.parent_code,
        divisions.current_code,
        divisions.current_code = divisions.division_code as is_current,
        changes.effective_on as replaced_on,
        coalesce(divisions.is_lifted_village, false) as is_lifted_village,
        coalesce(divisions.is_key_village, false) as is_key_village,
        coalesce(divisions.is_water_scarce, false) as is_water_scarce
    from divisions
    left join changes on divisions.division_code = changes.old_code
)

select * from final
