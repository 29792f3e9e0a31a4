-- Each village of the month's households under every division above it.
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
        levels.division_code
    from villages
    cross join lateral (
        values
        ('village', villages.village_code),
        ('township', villages.township_code),
        ('county', villages.county_code),
        ('city', villages.city_code),
        ('province', villages.province_code)
    ) as levels (division_level, division_code)
)

select * from final
