{{ config(indexes=[{'columns': ['household_key']}]) }}

with

counted as (
    {{ counted_rows(
        'medical_insurance', 'enrolments', key=['insured_no', 'enrolment_year'], prefer="payment_status = '已缴费'"
    ) }}
),

links as (
    select * from {{ ref('int_links') }}
),

final as (
    select
        links.person_key,
        links.household_key,
        counted.enrolment_year,
        counted.insurance_type,
        counted.premium_paid_yuan,
        counted.payment_status,
        counted.delivery_id,
        counted.row_number,
        counted.file_name
    from counted
    inner join links using (delivery_id, row_number)
)

select * from final
