-- The households of the month, as the head's row says; the first row where no head is on the roster.
{{ config(indexes=[{'columns': ['household_key'], 'unique': true}]) }}

with

members as not materialized (
    select * from {{ ref('int_members') }}
),

divisions as (
    select * from {{ ref('int_divisions') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

heads as (
    select distinct on (household_key) *
    from members
    order by household_key, is_head desc, recency, row_number
),

counts as (
    select
        household_key,
        count(*)::integer as member_count,
        case
            when bool_or(labour_skill in ('普通劳动力', '技能劳动力')) then true
            when not bool_or(labour_skill is null) then false
        end as has_labour
    from members
    group by household_key
),

described as (
    select
        heads.*,
        counts.member_count,
        counts.has_labour,
        heads.monitored_category is not null
        and coalesce(heads.is_risk_cleared, false)
        and coalesce(heads.cleared_month <= build_month.month_end, true) as is_cleared,
        coalesce(divisions.is_water_scarce, false) as is_water_scarce
    from heads
    inner join counts using (household_key)
    cross join build_month
    left join divisions on heads.village_code = divisions.division_code
),

final as (
    select
        household_key,
        village_code,
        left(village_code, 9) || '000' as township_code,
        left(village_code, 6) || '000000' as county_code,
        left(village_code, 4) || '00000000' as city_code,
        left(village_code, 2) || '0000000000' as province_code,
        household_type,
        monitored_category,
        risk_type,
        identified_month,
        is_cleared,
        cleared_month,
        monitored_category is not null and not is_cleared as is_actively_monitored,
        coalesce(household_type = '脱贫户', false) or (monitored_category is not null and not is_cleared) as is_assisted,
        coalesce(is_relocated, false) as is_relocated,
        is_water_scarce,
        member_count,
        has_labour,
        delivery_id as head_delivery_id,
        row_number as head_row_number,
        file_name as head_file_name
    from described
)

select * from final
