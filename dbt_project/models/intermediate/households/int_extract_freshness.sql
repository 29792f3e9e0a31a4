-- A year in a part's name separates years, not places: last year's list ages without anybody's fault.
with

extracts as (
    select * from {{ source('order', 'extracts') }}
),

counting as (
    select * from {{ ref('int_counting_deliveries') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

parts_that_matter as (
    select counting.*
    from counting
    inner join extracts using (source, extract)
    cross join build_month
    where
        not extracts.one_part_per_year
        or coalesce(
            substring(counting.part from '([0-9]{4})年')::integer = extract(year from build_month.month),
            true
        )
),

final as (
    select
        extracts.source,
        extracts.extract,
        count(parts.delivery_id) > 0 and not coalesce(bool_or(parts.is_stale), false) as is_fresh,
        min(parts.data_date) as data_date,
        coalesce(
            array_agg(parts.delivery_id order by parts.delivery_id) filter (where parts.delivery_id is not null),
            array[]::bigint[]
        ) as delivery_ids
    from extracts
    left join parts_that_matter as parts using (source, extract)
    group by extracts.source, extracts.extract
)

select * from final
