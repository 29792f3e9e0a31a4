select
    delivery_id,
    row_number,
    person_name,
    person_name_key,
    citizen_id,
    citizen_id_17,
    citizen_id_born_on,
    citizen_id_fault,
    school_name,
    education_level,
    study_form,
    school_year,
    aid_yuan,
    own_cost_yuan,
    township_name,
    village_name
from {{ source('education', 'students') }}
