-- Households and members of each division, village to province, by cell, nothing withheld; a cell without anybody is
-- zero. The parent is the division above, null above the province.
with

divisions as (
    select * from {{ ref('int_village_divisions') }}
),

villages as (
    select * from {{ ref('int_village_cells') }}
),

summed as (
    select
        divisions.division_level,
        divisions.division_code,
        villages.cell,
        sum(villages.household_count) as household_count,
        sum(villages.member_count) as member_count
    from divisions
    inner join villages using (village_code)
    group by divisions.division_level, divisions.division_code, villages.cell
),

listed as (
    select distinct
        divisions.division_level,
        divisions.division_code,
        divisions.parent_code,
        cells.cell
    from divisions
    cross join (
        values
        {% for cell in division_cells() -%}
        ('{{ cell }}')
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    ) as cells (cell)
),

final as (
    select
        listed.division_level,
        listed.division_code,
        listed.parent_code,
        listed.cell,
        coalesce(summed.household_count, 0)::integer as household_count,
        coalesce(summed.member_count, 0)::integer as member_count
    from listed
    left join summed
        on listed.division_level = summed.division_level
        and listed.division_code = summed.division_code
        and listed.cell = summed.cell
)

select * from final
