select
    delivery_id,
    row_number,
    person_name,
    person_name_key,
    citizen_id,
    citizen_id_17,
    citizen_id_born_on,
    citizen_id_fault,
    disability_type,
    disability_grade,
    living_allowance_yuan,
    care_allowance_yuan,
    township_name,
    village_name
from {{ source('civil_affairs', 'disability_allowances') }}
