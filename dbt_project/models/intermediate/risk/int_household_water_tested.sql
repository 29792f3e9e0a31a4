-- Each water row of a household with what its scheme's latest test says and the limits it is held against.
with

household_water as (
    select * from {{ ref('int_household_water_linked') }}
),

households as (
    select * from {{ ref('int_households') }}
),

tests as (
    select * from {{ ref('int_scheme_tests') }}
),

parameters as (
    select * from {{ ref('int_parameters') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

final as (
    select
        household_water.household_key,
        household_water.delivery_id,
        household_water.row_number,
        household_water.file_name,
        household_water.scheme_no,
        household_water.litres_per_day,
        household_water.minutes_round_trip,
        household_water.shortage_days,
        household_water.quality,
        case
            when households.is_water_scarce then parameters.water_litres_minimum_scarce
            else parameters.water_litres_minimum
        end as litres_minimum,
        parameters.water_minutes_maximum as minutes_maximum,
        parameters.water_shortage_days_maximum as shortage_days_maximum,
        parameters.water_test_interval_days as test_interval_days,
        tests.latest_result,
        build_month.month_end - tests.latest_sampled_on as days_since_test,
        tests.delivery_id as test_delivery_id,
        tests.row_number as test_row_number,
        tests.file_name as test_file_name
    from household_water
    inner join households on household_water.household_key = households.household_key
    left join tests on household_water.scheme_no = tests.scheme_no
    left join parameters on households.village_code = parameters.village_code
    cross join build_month
)

select * from final
