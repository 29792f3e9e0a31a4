-- Every piece of evidence has the seven keys of evidence.schema.json, no others, and no long number in its value.
with

signals as (
    select * from {{ ref('int_risk_signals') }}
),

items as (
    select
        signals.rule_code,
        pieces.item
    from signals
    cross join lateral jsonb_array_elements(signals.evidence) as pieces (item)
)

select
    rule_code,
    count(*) as items_out_of_shape
from items
where
    not item ?& array['delivery_id', 'file', 'row', 'column', 'value', 'threshold', 'parameter']
    or item - array['delivery_id', 'file', 'row', 'column', 'value', 'threshold', 'parameter'] <> '{}'
    or jsonb_typeof(item -> 'delivery_id') not in ('number', 'null')
    or jsonb_typeof(item -> 'row') not in ('number', 'null')
    or jsonb_typeof(item -> 'value') not in ('string', 'number', 'null')
    or jsonb_typeof(item -> 'threshold') not in ('number', 'null')
    or (item ->> 'value') ~ '[0-9]{15}'
group by rule_code
