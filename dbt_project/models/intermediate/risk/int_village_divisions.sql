-- Each village of the month's households under every division above it, with the one above that.
with

villages as (
    select distinct
        village_code,
        township_code,
        county_code,
        city_code,
        province_code
    from {{ ref('int_households') }}
),

final as (
    select
        villages.village_code,
        levels.division_level,
        levels.division_code,
        levels.parent_code
    from villages
    cross join lateral (
        values
        ('village', villages.village_code, villages.township_code),
        ('township', villages.township_code, villages.county_code),
        ('county', villages.county_code, villages.city_code),
        ('city', villages.city_code, villages.province_code),
        ('province', villages.province_code, null)
    ) as levels (division_level, division_code, parent_code)
)

select * from final
