-- Insured persons' numbers whose row today cannot tell by its ID whose they are.
select insured_no
from {{ ref('stg_medical_insurance__enrolments') }}
where delivery_id in {{ counting_ids('medical_insurance', 'enrolments') }} and citizen_id_fault is not null

union

select insured_no
from {{ ref('stg_medical_insurance__settlements') }}
where
    delivery_id in {{ counting_ids('medical_insurance', 'settlements') }}
    and settled_at >= {{ build_month() }} - interval '11 months'
    and citizen_id_fault is not null
