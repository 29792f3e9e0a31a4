-- Unlinked records that a person decided on, and whether the decision holds: not where the person meant is on no roster
-- up to the month, nor where a list has more rows that say the same than when it was decided (a namesake may be new).
with

build_month as (
    select * from {{ source('order', 'current_build') }}
),

decisions as (
    select decisions.*
    from {{ source('restricted', 'queue_decisions') }} as decisions
    cross join build_month
    where
        decisions.decided_at <= build_month.as_of
        and (decisions.revoked_at is null or decisions.revoked_at > build_month.as_of)
),

extracts as (
    select * from {{ source('ops', 'extracts') }}
),

persons as (
    select * from {{ ref('int_spine_persons') }}
),

records as (
    select
        *,
        count(*) over (partition by delivery_id, record_key)::integer as rows_together
    from {{ ref('int_unlinked_records') }}
),

judged as (
    select
        records.source,
        records.extract,
        records.delivery_id,
        records.row_number,
        records.record_key,
        records.rows_together,
        decisions.decision_id,
        decisions.decision,
        persons.person_key,
        persons.household_key,
        case
            when extracts.kind = 'snapshot' and records.rows_together > decisions.rows_together then 'more_rows'
            when decisions.decision = 'person' and persons.person_key is null then 'person_not_on_roster'
        end as lapsed_because
    from records
    inner join decisions using (source, extract, record_key)
    left join extracts using (source, extract)
    left join persons on decisions.person_key = persons.person_key
),

final as (
    select
        *,
        case
            when lapsed_because is not null then 'lapsed'
            when decision = 'person' then 'decided'
            else 'dismissed'
        end as state
    from judged
)

select * from final
