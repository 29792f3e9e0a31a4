-- How the rows that the month's signals point at were linked, and the queued records that may be about a member: what
-- an explanation needs later, when the links are another month's.
with

signals as not materialized (
    select * from {{ ref('int_risk_signals') }}
),

links as (
    select * from {{ ref('int_links') }}
),

candidates as (
    select * from {{ ref('int_queued_candidates') }}
),

rules_by_extract as (
    select
        source,
        extract,
        array_agg(rule_code order by rule_code) as rule_codes
    from {{ ref('rule_extracts') }}
    group by source, extract
),

pointed_at as (
    select distinct
        signals.household_key,
        (pieces.item ->> 'delivery_id')::bigint as delivery_id,
        (pieces.item ->> 'row')::integer as row_number
    from signals
    cross join lateral jsonb_array_elements(signals.evidence) as pieces (item)
    where pieces.item ->> 'row' is not null
),

final as (
    select
        pointed_at.household_key,
        pointed_at.delivery_id,
        pointed_at.row_number,
        false as is_queued,
        links.person_key,
        links.tier,
        case links.tier
            when 0 then 'household number and name of a member'
            when 1 then 'ID number and name'
            when 2 then 'first 17 digits of the ID number and name'
            when 3 then 'name, birth date and village'
            when 4 then 'the department''s own number and name'
            when 5 then 'a person decided so'
        end as reason,
        null::text[] as rule_codes
    from pointed_at
    inner join links using (delivery_id, row_number)

    union all

    select
        candidates.household_key,
        candidates.delivery_id,
        candidates.row_number,
        true as is_queued,
        candidates.person_key,
        null as tier,
        candidates.reasons as reason,
        rules_by_extract.rule_codes
    from candidates
    inner join rules_by_extract using (source, extract)
    where candidates.household_key in (select signals.household_key from signals)
)

select * from final
