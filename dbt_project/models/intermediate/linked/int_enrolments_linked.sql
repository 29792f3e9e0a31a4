{{ linked_rows(
    'medical_insurance', 'enrolments',
    columns=['enrolment_year', 'insurance_type', 'premium_paid_yuan', 'payment_status'],
    key=['insured_no', 'enrolment_year'],
    prefer="payment_status = '已缴费'",
    where="enrolment_year = extract(year from " ~ build_month() ~ ")"
) }}
