-- Households of each division by level, category and rule, before small cells are hidden.
with

households as (
    select * from {{ ref('fct_household_month') }}
),

divisions as (
    select * from {{ ref('int_village_divisions') }}
),

matches as (
    select * from {{ ref('int_village_matches') }}
),

matched as (
    select
        divisions.division_code,
        sum(matches.record_count) as record_count,
        sum(matches.linked_count) as linked_count
    from divisions
    inner join matches using (village_code)
    group by divisions.division_code
),

counted as (
    select
        divisions.division_level,
        divisions.division_code,
        count(*) as household_count,
        sum(households.member_count) as member_count,
        {% for level in ['red', 'yellow', 'grey', 'green'] -%}
        count(*) filter (where households.risk_level = '{{ level }}') as {{ level }}_count,
        {% endfor -%}
        count(*) filter (where households.household_type = '脱贫户') as lifted_count,
        count(*) filter (where households.is_actively_monitored) as monitored_count,
        {% for category in ['unstable', 'marginal', 'sudden_hardship'] -%}
        count(*) filter (where households.suggested_category = '{{ category }}') as {{ category }}_count,
        {% endfor -%}
        {% for rule_code in rule_codes() -%}
        count(*) filter (where households.{{ rule_code | lower }}_state = 'flagged') as {{ rule_code | lower }}_count,
        {% endfor -%}
        sum(households.unknown_count) as unknown_count
    from households
    inner join divisions using (village_code)
    group by divisions.division_level, divisions.division_code
),

final as (
    select
        counted.*,
        counted.unknown_count / (counted.household_count * {{ rule_codes() | length }}.0) as unknown_share,
        matched.linked_count / nullif(matched.record_count, 0) as matched_share
    from counted
    left join matched using (division_code)
)

select * from final
