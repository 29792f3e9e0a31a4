-- Every division ever listed, under its newest name, with the code that holds on the month's last day.
with

listed as (
    select
        divisions.*,
        winning.recency
    from {{ ref('stg_registry__divisions') }} as divisions
    inner join {{ ref('int_winning_deliveries') }} as winning using (delivery_id)
    where divisions.delivery_id in {{ ids_so_far('registry', 'divisions') }}
),

successors as (
    select * from {{ ref('int_division_successors') }}
),

newest as (
    select distinct on (division_code) *
    from listed
    order by division_code, recency desc, row_number desc
),

final as (
    select
        newest.division_code,
        coalesce(successors.current_code, newest.division_code) as current_code,
        newest.division_name,
        newest.division_level,
        newest.parent_code,
        newest.is_lifted_village,
        newest.is_key_village,
        newest.is_water_scarce,
        newest.delivery_id,
        newest.row_number
    from newest
    left join successors on newest.division_code = successors.old_code
)

select * from final
