{{ config(materialized='table', indexes=[{'columns': ['division_code', 'valid_from'], 'unique': true}]) }}

with

history as (
    select * from {{ ref('int_division_history') }}
),

successors as (
    select * from {{ ref('int_division_successors') }}
),

final as (
    select
        history.division_code,
        history.division_name,
        history.division_level,
        history.parent_code,
        history.valid_from,
        (history.ended_in - interval '1 month')::date as valid_to,
        history.ended_in is null as is_current,
        coalesce(successors.current_code, history.division_code) as current_code,
        history.successor_code,
        history.replaced_on,
        history.is_lifted_village,
        history.is_key_village,
        history.is_water_scarce
    from history
    left join successors on history.division_code = successors.old_code
)

select * from final
