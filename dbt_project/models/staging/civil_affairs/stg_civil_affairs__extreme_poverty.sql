select
    delivery_id,
    row_number,
    person_name,
    person_name_key,
    citizen_id,
    citizen_id_17,
    citizen_id_born_on,
    citizen_id_fault,
    township_name,
    village_name,
    support_form,
    self_care,
    supported_from
from {{ source('civil_affairs', 'extreme_poverty') }}
