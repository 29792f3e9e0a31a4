-- WAT01 饮水不安全: quality, quantity, distance, reliability, or the scheme's latest test fails.
with

households as (
    select * from {{ ref('int_households') }}
),

water as (
    select * from {{ ref('int_household_water_tested') }}
),

on_failed_schemes as (
    select * from water
    where latest_result = '不合格' and days_since_test <= test_interval_days
),

tests as (
    select
        household_key,
        test_delivery_id as delivery_id,
        test_row_number as row_number,
        test_file_name as file_name
    from on_failed_schemes
),

criteria as (
    select
        water.household_key,
        water.quality = '不达标' as is_unmet,
        {{ evidence_item("water", "水质评价", "water.quality") }} as item
    from water

    union all

    select
        water.household_key,
        water.litres_per_day < water.litres_minimum as is_unmet,
        {{ evidence_item("water", "人均日供水量", "water.litres_per_day", "water.litres_minimum", "water_litres_minimum") }}
            as item
    from water

    union all

    select
        water.household_key,
        water.minutes_round_trip > water.minutes_maximum as is_unmet,
        {{ evidence_item(
            "water", "取水往返时间", "water.minutes_round_trip", "water.minutes_maximum", "water_minutes_maximum"
        ) }} as item
    from water

    union all

    select
        water.household_key,
        water.shortage_days > water.shortage_days_maximum as is_unmet,
        {{ evidence_item(
            "water", "年缺水天数", "water.shortage_days", "water.shortage_days_maximum", "water_shortage_days_maximum"
        ) }} as item
    from water

    union all

    select
        tests.household_key,
        true as is_unmet,
        {{ evidence_item("tests", "检测结论", "'不合格'::text") }} as item
    from tests

    union all

    -- What leads from the test to the household: shown, neither met nor unmet.
    select
        on_failed_schemes.household_key,
        null as is_unmet,
        {{ evidence_item("on_failed_schemes", "工程编号", "on_failed_schemes.scheme_no") }} as item
    from on_failed_schemes
),

per_household as (
    select
        household_key,
        bool_or(is_unmet) is true as is_flagged,
        count(*) filter (where is_unmet) as unmet_count,
        jsonb_agg(item order by item -> 'delivery_id', item -> 'row', item -> 'column') as evidence
    from criteria
    where is_unmet is not false
    group by household_key
),

listed as (
    select distinct household_key from water
),

final as (
    select
        households.household_key,
        'WAT01' as rule_code,
        case when per_household.is_flagged then 'flagged' else 'unknown' end as state,
        per_household.unmet_count::numeric as observed_value,
        null::numeric as threshold_value,
        'water_litres_minimum, water_minutes_maximum, water_shortage_days_maximum, water_test_interval_days'
            as parameter,
        coalesce(per_household.evidence, '[]') as evidence
    from households
    left join listed on households.household_key = listed.household_key
    left join per_household on households.household_key = per_household.household_key
    where listed.household_key is null or per_household.household_key is not null
)

select * from final
