-- Settlements of the twelve months to the month's end, each once, of the members of the month (leavers' spending does
-- not count), with what the family itself paid and the refund that cancels it found.
with

counted as (
    {{ counted_rows(
        'medical_insurance', 'settlements', key=['settlement_no'],
        where="settled_at >= " ~ build_month() ~ " - interval '11 months'",
        first_month=true
    ) }}
),

links as (
    {{ links_of('medical_insurance', 'settlements') }}
),

members as (
    select * from {{ ref('int_members') }}
),

linked as (
    select
        members.person_key,
        members.household_key,
        counted.medical_type,
        counted.settled_at,
        counted.settled_at::date as settled_on,
        counted.total_yuan,
        counted.own_share_yuan + counted.own_outside_yuan as own_yuan,
        counted.is_refund,
        to_date(counted.first_month, 'YYYYMM') as first_delivered_month,
        counted.delivery_id,
        counted.row_number,
        counted.file_name,
        counted.recency
    from counted
    inner join links using (delivery_id, row_number)
    inner join members on links.person_key = members.person_key
),

-- A refund cancels one settlement: the first of a day with the first refund of that day and total. Only days with a
-- refund are put in order.
refund_days as (
    select distinct
        person_key,
        settled_on
    from linked
    where is_refund
),

ordered as (
    select
        linked.*,
        row_number() over (
            partition by linked.person_key, linked.settled_on, abs(linked.total_yuan), linked.is_refund
            order by linked.settled_at, linked.recency, linked.row_number
        ) as place
    from linked
    inner join refund_days using (person_key, settled_on)
),

cancelled as (
    select
        settlements.delivery_id,
        settlements.row_number
    from ordered as settlements
    inner join ordered as refunds
        on refunds.is_refund
        and not settlements.is_refund
        and settlements.person_key = refunds.person_key
        and settlements.settled_on = refunds.settled_on
        and settlements.total_yuan = -refunds.total_yuan
        and settlements.place = refunds.place
),

final as (
    select
        linked.person_key,
        linked.household_key,
        linked.medical_type,
        linked.settled_on,
        linked.total_yuan,
        linked.own_yuan,
        linked.is_refund,
        cancelled.delivery_id is not null as is_refunded,
        linked.first_delivered_month,
        linked.delivery_id,
        linked.row_number,
        linked.file_name
    from linked
    left join cancelled using (delivery_id, row_number)
)

select * from final
