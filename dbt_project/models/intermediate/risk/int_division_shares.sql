-- How much of each division is known: records of its villages that found their person, rules without data.
with

divisions as (
    select * from {{ ref('int_village_divisions') }}
),

matches as (
    select * from {{ ref('int_village_matches') }}
),

households as (
    select * from {{ ref('int_households') }}
),

risk_levels as (
    select * from {{ ref('int_risk_levels') }}
),

unknown as (
    select
        households.village_code,
        sum(risk_levels.unknown_count) as unknown_count,
        count(*) * {{ rule_codes() | length }} as state_count
    from households
    inner join risk_levels using (household_key)
    group by households.village_code
),

final as (
    select
        divisions.division_level,
        divisions.division_code,
        (sum(matches.linked_count) / nullif(sum(matches.record_count), 0))::numeric(6, 4) as matched_share,
        (sum(unknown.unknown_count) / sum(unknown.state_count))::numeric(6, 4) as unknown_share
    from divisions
    inner join unknown using (village_code)
    left join matches using (village_code)
    group by divisions.division_level, divisions.division_code
)

select * from final
