-- WAT02 水质超期未检: the household's scheme was not tested within the interval.
with

households as (
    select * from {{ ref('int_households') }}
),

water as (
    select * from {{ ref('int_household_water_tested') }}
),

searched as (
    select * from {{ ref('int_searched_deliveries') }}
),

-- A household without a scheme's number may be on any scheme.
judged as (
    select
        *,
        case
            when num_nulls(scheme_no, test_interval_days) > 0 then null
            else coalesce(days_since_test > test_interval_days, true)
        end as is_overdue
    from water
),

per_household as (
    select
        judged.household_key,
        bool_or(judged.is_overdue) is true as is_flagged,
        bool_or(judged.is_overdue is null) as is_incomplete,
        max(judged.days_since_test) as days_since_test,
        max(judged.test_interval_days) as test_interval_days,
        {{ evidence_array(
            evidence_item("judged", "工程编号", "judged.scheme_no"), "judged", "judged.is_overdue is not false"
        ) }} as rows_of_household,
        jsonb_agg(
            jsonb_build_object(
                'delivery_id', judged.test_delivery_id,
                'file', judged.test_file_name,
                'row', judged.test_row_number,
                'column', '采样日期',
                'value', judged.days_since_test || ' 天前',
                'threshold', judged.test_interval_days,
                'parameter', 'water_test_interval_days'
            )
            order by judged.test_delivery_id, judged.test_row_number
        ) filter (where judged.is_overdue and judged.test_delivery_id is not null) as latest_tests
    from judged
    group by judged.household_key
),

final as (
    select
        households.household_key,
        'WAT02' as rule_code,
        case when per_household.is_flagged then 'flagged' else 'unknown' end as state,
        per_household.days_since_test::numeric as observed_value,
        per_household.test_interval_days as threshold_value,
        'water_test_interval_days' as parameter,
        coalesce(per_household.rows_of_household, '[]')
        || coalesce(per_household.latest_tests, '[]')
        || case when per_household.is_flagged then {{ searched('quality_tests') }} else '[]' end as evidence
    from households
    left join per_household using (household_key)
    where per_household.household_key is null or per_household.is_flagged or per_household.is_incomplete
)

select * from final
