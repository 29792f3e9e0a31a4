-- The latest test of each water scheme up to the month's end; of one day's results 不合格 wins.
with

counted as (
    {{ counted_rows('water', 'quality_tests', key=['scheme_no', 'sampled_on'], prefer="result = '不合格'") }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

final as (
    select distinct on (counted.scheme_no)
        counted.scheme_no,
        counted.sampled_on as latest_sampled_on,
        counted.result as latest_result,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    cross join build_month
    where counted.sampled_on <= build_month.month_end
    order by counted.scheme_no, counted.sampled_on desc
)

select * from final
