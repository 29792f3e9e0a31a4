-- A flag that nobody can check is no clue: each points at a row of a delivery that was accepted.
with

signals as (
    select * from {{ ref('int_risk_signals') }}
    where state = 'flagged'
),

deliveries as (
    select * from {{ source('ops', 'deliveries') }}
    where status = 'accepted'
),

pointing as (
    select distinct
        signals.household_key,
        signals.rule_code
    from signals
    cross join lateral jsonb_array_elements(signals.evidence) as pieces (item)
    inner join deliveries on (pieces.item ->> 'delivery_id')::bigint = deliveries.delivery_id
    where pieces.item ->> 'row' is not null
)

select
    signals.rule_code,
    count(*) as signals_without_a_row
from signals
left join pointing using (household_key, rule_code)
where pointing.household_key is null
group by signals.rule_code
