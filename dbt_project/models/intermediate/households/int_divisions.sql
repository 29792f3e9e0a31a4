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

-- A change may name a new code that no list has yet: it is what it took over from.
unlisted as (
    select distinct on (successors.current_code)
        successors.current_code as division_code,
        newest.division_name,
        newest.division_level,
        newest.parent_code,
        newest.is_lifted_village,
        newest.is_key_village,
        newest.is_water_scarce,
        newest.delivery_id,
        newest.row_number
    from successors
    inner join newest on successors.old_code = newest.division_code
    where successors.current_code not in (select listed.division_code from listed)
    order by successors.current_code, successors.old_code
),

known as (
    select
        division_code,
        division_name,
        division_level,
        parent_code,
        is_lifted_village,
        is_key_village,
        is_water_scarce,
        delivery_id,
        row_number
    from newest

    union all

    select * from unlisted
),

final as (
    select
        known.division_code,
        coalesce(successors.current_code, known.division_code) as current_code,
        known.division_name,
        known.division_level,
        known.parent_code,
        known.is_lifted_village,
        known.is_key_village,
        known.is_water_scarce,
        known.delivery_id,
        known.row_number
    from known
    left join successors on known.division_code = successors.old_code
)

select * from final
