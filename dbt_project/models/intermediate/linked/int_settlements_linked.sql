-- Settlements of the twelve months to the month's end, each once, with the refund that cancels it found.
{%- set settlement_ids = counting_ids('medical_insurance', 'settlements') %}

with

counted as (
    {{ counted_rows(
        'medical_insurance', 'settlements', key=['settlement_no'],
        where="settled_at >= " ~ build_month() ~ " - interval '11 months'"
    ) }}
),

links as (
    {{ links_of('medical_insurance', 'settlements') }}
),

first_deliveries as (
    select
        staged.settlement_no,
        to_date(min(counting.month), 'YYYYMM') as first_delivered_month
    from {{ ref('stg_medical_insurance__settlements') }} as staged
    inner join {{ ref('int_counting_deliveries') }} as counting using (delivery_id)
    where
        staged.delivery_id in {{ settlement_ids }}
        and staged.settled_at >= {{ build_month() }} - interval '11 months'
        {{ if_key_touched('stg_medical_insurance__settlements', 'settlement_no', settlement_ids) }}
    group by staged.settlement_no
),

linked as (
    select
        links.person_key,
        links.household_key,
        counted.medical_type,
        counted.settled_at,
        counted.total_yuan,
        counted.own_share_yuan,
        counted.own_outside_yuan,
        counted.is_refund,
        first_deliveries.first_delivered_month,
        counted.delivery_id,
        counted.row_number,
        counted.file_name,
        -- A refund cancels one settlement: the first of a day with the first refund of that day and total.
        row_number() over (
            partition by links.person_key, counted.settled_at::date, abs(counted.total_yuan), counted.is_refund
            order by counted.settled_at, counted.recency, counted.row_number
        ) as place
    from counted
    inner join links using (delivery_id, row_number)
    inner join first_deliveries using (settlement_no)
),

refunds as (
    select * from linked
    where is_refund
),

final as (
    select
        linked.person_key,
        linked.household_key,
        linked.medical_type,
        linked.settled_at,
        linked.total_yuan,
        linked.own_share_yuan,
        linked.own_outside_yuan,
        linked.is_refund,
        refunds.person_key is not null as is_refunded,
        linked.first_delivered_month,
        linked.delivery_id,
        linked.row_number,
        linked.file_name
    from linked
    left join refunds
        on not linked.is_refund
        and linked.person_key = refunds.person_key
        and linked.settled_at::date = refunds.settled_at::date
        and linked.total_yuan = -refunds.total_yuan
        and linked.place = refunds.place
)

select * from final
