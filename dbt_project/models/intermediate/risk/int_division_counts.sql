-- Households of each division by level, category and rule, before small cells are hidden.
{%- set levels = ['red', 'yellow', 'grey', 'green'] %}
{%- set categories = ['unstable', 'marginal', 'sudden_hardship'] %}

with

households as (
    select * from {{ ref('int_households') }}
),

risk_levels as (
    select * from {{ ref('int_risk_levels') }}
),

signals as (
    select * from {{ ref('int_risk_signals') }}
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
        sum(matches.linked_count) / sum(matches.record_count) as matched_share
    from divisions
    inner join matches using (village_code)
    group by divisions.division_code
),

flagged as (
    select
        divisions.division_code,
        {% for rule_code in rule_codes() -%}
        count(*) filter (where signals.rule_code = '{{ rule_code }}') as {{ rule_code | lower }}_count
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from signals
    inner join households using (household_key)
    inner join divisions using (village_code)
    where signals.state = 'flagged'
    group by divisions.division_code
),

counted as (
    select
        divisions.division_level,
        divisions.division_code,
        count(*) as household_count,
        sum(households.member_count) as member_count,
        {% for level in levels -%}
        count(*) filter (where risk_levels.risk_level = '{{ level }}') as {{ level }}_count,
        {% endfor -%}
        count(*) filter (where households.household_type = '脱贫户') as lifted_count,
        count(*) filter (where households.is_actively_monitored) as monitored_count,
        {% for category in categories -%}
        count(*) filter (where risk_levels.suggested_category = '{{ category }}') as {{ category }}_count,
        {% endfor -%}
        sum(risk_levels.unknown_count) / (count(*) * {{ rule_codes() | length }}.0) as unknown_share
    from households
    inner join risk_levels using (household_key)
    inner join divisions using (village_code)
    group by divisions.division_level, divisions.division_code
),

final as (
    select
        counted.*,
        {% for rule_code in rule_codes() -%}
        coalesce(flagged.{{ rule_code | lower }}_count, 0) as {{ rule_code | lower }}_count,
        {% endfor -%}
        matched.matched_share
    from counted
    left join flagged using (division_code)
    left join matched using (division_code)
)

select * from final
