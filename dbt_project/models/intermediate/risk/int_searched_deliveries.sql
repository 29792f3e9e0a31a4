-- What was searched where a signal is an absence: the deliveries that count, with their dates; of events one year's.
with

deliveries as (
    select * from {{ ref('int_counting_deliveries') }}
),

freshness as (
    select * from {{ ref('int_extract_freshness') }}
),

extracts as (
    select * from {{ source('order', 'extracts') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

counting as (
    select
        deliveries.source,
        deliveries.extract,
        deliveries.delivery_id,
        deliveries.file_name,
        null::integer as row_number,
        deliveries.data_date
    from deliveries
    inner join freshness using (source, extract)
    inner join extracts using (source, extract)
    cross join build_month
    where
        deliveries.delivery_id = any(freshness.delivery_ids)
        and (extracts.kind = 'snapshot' or deliveries.data_date > build_month.month_end - interval '1 year')
),

final as (
    select
        source,
        extract,
        {{ evidence_array(evidence_item("counting", none, "counting.data_date"), "counting") }} as evidence
    from counting
    group by source, extract
)

select * from final
