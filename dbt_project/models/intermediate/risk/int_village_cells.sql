-- Households of each village by level, category and flagged rule, with their members: every household stands in some
-- cells, and every sum of the divisions is made of these.
with

households as not materialized (
    select * from {{ ref('int_households') }}
),

risk_levels as not materialized (
    select * from {{ ref('int_risk_levels') }}
),

signals as (
    select * from {{ ref('int_risk_signals') }}
),

standing as (
    select
        household_key,
        'household' as cell
    from households

    union all

    select
        household_key,
        'lifted' as cell
    from households
    where household_type = '脱贫户'

    union all

    select
        household_key,
        'monitored' as cell
    from households
    where is_actively_monitored

    union all

    select
        household_key,
        risk_level as cell
    from risk_levels

    union all

    select
        household_key,
        suggested_category as cell
    from risk_levels
    where suggested_category is not null

    union all

    select
        household_key,
        lower(rule_code) as cell
    from signals
    where state = 'flagged'
),

final as (
    select
        households.village_code,
        standing.cell,
        count(*) as household_count,
        sum(households.member_count) as member_count
    from standing
    inner join households using (household_key)
    group by households.village_code, standing.cell
)

select * from final
