-- CIV01 疑似死亡仍享受待遇: somebody of the household, leavers too, died before the month and still stands on a roster.
with

households as (
    select * from {{ ref('int_households') }}
),

deaths as (
    select * from {{ ref('int_deaths_linked') }}
),

allowances as (
    select * from {{ ref('int_allowances_linked') }}
),

extreme_poverty as (
    select * from {{ ref('int_extreme_poverty_linked') }}
),

disability_allowances as (
    select * from {{ ref('int_disability_allowances_linked') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

benefits as (
    select
        allowances.person_key,
        {{ evidence_item("allowances", "保障对象/姓名", "'在册'::text") }} as item
    from allowances
    inner join build_month on allowances.roster_month = build_month.month

    union all

    select
        extreme_poverty.person_key,
        {{ evidence_item("extreme_poverty", "姓名", "'在册'::text") }} as item
    from extreme_poverty

    union all

    select
        disability_allowances.person_key,
        {{ evidence_item("disability_allowances", "姓名", "'在册'::text") }} as item
    from disability_allowances
),

deceased as (
    select
        deaths.person_key,
        min(deaths.household_key) as household_key,
        {{ evidence_array(evidence_item("deaths", "死亡日期", "deaths.died_on"), "deaths") }} as items
    from deaths
    inner join build_month on deaths.died_on < build_month.month
    group by deaths.person_key
),

still_paid as (
    select
        deceased.person_key,
        deceased.household_key,
        deceased.items
        || jsonb_agg(benefits.item order by benefits.item -> 'delivery_id', benefits.item -> 'row') as items
    from deceased
    inner join benefits on deceased.person_key = benefits.person_key
    group by deceased.person_key, deceased.household_key, deceased.items
),

final as (
    select
        households.household_key,
        'CIV01' as rule_code,
        'flagged' as state,
        count(*)::numeric as observed_value,
        null::numeric as threshold_value,
        null::text as parameter,
        jsonb_path_query_array(jsonb_agg(still_paid.items order by still_paid.person_key), '$[*][*]') as evidence
    from households
    inner join still_paid using (household_key)
    group by households.household_key
)

select * from final
