-- Settlements of the members of the month (leavers' spending does not count), with what the family itself paid.
with

settlements as (
    select * from {{ ref('int_settlements_linked') }}
),

members as (
    select * from {{ ref('int_members') }}
),

final as (
    select
        members.person_key,
        members.household_key,
        settlements.medical_type,
        settlements.settled_at::date as settled_on,
        settlements.total_yuan,
        settlements.own_share_yuan + settlements.own_outside_yuan as own_yuan,
        settlements.is_refund,
        settlements.is_refunded,
        settlements.first_delivered_month,
        settlements.delivery_id,
        settlements.row_number,
        settlements.file_name
    from settlements
    inner join members on settlements.person_key = members.person_key
)

select * from final
