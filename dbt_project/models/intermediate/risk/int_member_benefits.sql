-- Members of the month on the allowance or the extreme-poverty roster of the month, with the row that says so.
with

members as (
    select * from {{ ref('int_members') }}
),

build_month as (
    select * from {{ ref('int_build_month') }}
),

allowances as (
    select * from {{ ref('int_allowances_linked') }}
),

extreme_poverty as (
    select * from {{ ref('int_extreme_poverty_linked') }}
),

combined as (
    select
        'allowance' as benefit,
        allowances.person_key,
        allowances.delivery_id,
        allowances.row_number,
        allowances.file_name
    from allowances
    inner join build_month on allowances.roster_month = build_month.month

    union all

    select
        'extreme_poverty' as benefit,
        person_key,
        delivery_id,
        row_number,
        file_name
    from extreme_poverty
),

final as (
    select
        combined.person_key,
        members.household_key,
        combined.benefit,
        combined.delivery_id,
        combined.row_number,
        combined.file_name
    from combined
    inner join members using (person_key)
)

select * from final
