-- Every division ever listed or made by a change, as it was described, from its first month to its last: a new row
-- where name, parent or kind changes. A change counts from the month on whose last day it is in force.
with

build_month as (
    select * from {{ ref('int_build_month') }}
),

winning as (
    select * from {{ ref('int_winning_deliveries') }}
),

-- The first list speaks for the time before it too: facts may be older.
first_delivered as (
    select min(to_date(month, 'YYYYMM')) as month from winning
),

described as (
    select distinct on (divisions.division_code, winning.month)
        divisions.division_code,
        to_date(winning.month, 'YYYYMM') as month,
        divisions.division_name,
        divisions.division_level,
        divisions.parent_code,
        coalesce(divisions.is_lifted_village, false) as is_lifted_village,
        coalesce(divisions.is_key_village, false) as is_key_village,
        coalesce(divisions.is_water_scarce, false) as is_water_scarce
    from {{ ref('stg_registry__divisions') }} as divisions
    inner join winning using (delivery_id)
    where divisions.delivery_id in {{ ids_so_far('registry', 'divisions') }}
    order by divisions.division_code, winning.month, winning.recency desc, divisions.row_number desc
),

changes as (
    select distinct on (changes.old_code)
        changes.old_code,
        changes.new_code,
        changes.effective_on,
        date_trunc('month', changes.effective_on)::date as month
    from {{ ref('stg_registry__division_changes') }} as changes
    inner join winning using (delivery_id)
    cross join build_month
    where
        changes.delivery_id in {{ ids_so_far('registry', 'division_changes') }}
        and changes.effective_on <= build_month.month_end
        and changes.old_code <> changes.new_code
    order by changes.old_code, changes.effective_on desc, winning.recency desc, changes.row_number desc
),

-- A code that no list has yet is what it took over from.
unlisted as (
    select distinct on (changes.new_code)
        changes.new_code as division_code,
        changes.month,
        described.division_name,
        described.division_level,
        described.parent_code,
        described.is_lifted_village,
        described.is_key_village,
        described.is_water_scarce
    from changes
    inner join described on changes.old_code = described.division_code
    where changes.new_code not in (select listed.division_code from described as listed)
    order by changes.new_code, changes.old_code, described.month desc
),

known as (
    select * from described

    union all

    select * from unlisted
),

worded as (
    select
        known.*,
        row(division_name, parent_code, is_lifted_village, is_key_village, is_water_scarce)::text as description
    from known
),

compared as (
    select
        worded.*,
        description = lag(description) over code as is_same,
        month = min(month) over code as is_first,
        month = min(month) over () as is_of_first_list
    from worded
    window code as (partition by division_code order by month)
),

made as (
    select
        new_code,
        min(month) as month
    from changes
    group by new_code
),

starting as (
    select
        compared.*,
        case
            when not compared.is_first then compared.month
            when made.month <= compared.month then made.month
            when compared.is_of_first_list then first_delivered.month
            else compared.month
        end as delivered_from
    from compared
    cross join first_delivered
    left join made on compared.division_code = made.new_code
    where compared.is_same is not true
),

-- Lists go on naming a code that was replaced, and the first may come after the change.
bounded as (
    select
        starting.*,
        case
            when starting.is_first then least(starting.delivered_from, (changes.month - interval '1 month')::date)
            else starting.delivered_from
        end as valid_from,
        changes.month as replaced_in,
        changes.effective_on as replaced_on,
        changes.new_code as successor_code
    from starting
    left join changes on starting.division_code = changes.old_code
    where changes.month is null or starting.is_first or starting.delivered_from < changes.month
),

final as (
    select
        division_code,
        valid_from,
        coalesce(lead(valid_from) over (partition by division_code order by valid_from), replaced_in) as ended_in,
        replaced_on,
        successor_code,
        division_name,
        division_level,
        parent_code,
        is_lifted_village,
        is_key_village,
        is_water_scarce
    from bounded
)

select * from final
