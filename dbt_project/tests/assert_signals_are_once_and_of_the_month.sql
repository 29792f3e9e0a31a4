-- A household of the month has one signal of a rule at most, in a state of the list.
with

signals as (
    select * from {{ ref('int_risk_signals') }}
),

households as (
    select * from {{ ref('int_households') }}
)

select
    signals.household_key,
    signals.rule_code,
    count(*) as signal_count
from signals
left join households on signals.household_key = households.household_key
group by signals.household_key, signals.rule_code
having
    count(*) > 1
    or bool_or(signals.state not in ('flagged', 'exempt', 'unknown'))
    or count(households.household_key) = 0
