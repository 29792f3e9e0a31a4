-- Changes of divisions in force on the month's last day, followed to the end of their chain: old code -> today's code.
with recursive

changes as (
    {{ counted_rows('registry', 'division_changes', key=['old_code', 'effective_on']) }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

in_force as (
    select distinct on (changes.old_code)
        changes.old_code,
        changes.new_code
    from changes
    cross join build_month
    where changes.effective_on <= build_month.month_end and changes.old_code <> changes.new_code
    order by changes.old_code, changes.effective_on desc
),

followed as (
    select
        old_code,
        new_code,
        array[old_code, new_code] as path
    from in_force

    union all

    select
        followed.old_code,
        in_force.new_code,
        followed.path || in_force.new_code as path
    from followed
    inner join in_force on followed.new_code = in_force.old_code
    where in_force.new_code <> all(followed.path)
),

final as (
    select distinct on (old_code)
        old_code,
        new_code as current_code
    from followed
    order by old_code, cardinality(path) desc
)

select * from final
