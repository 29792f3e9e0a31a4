select
    delivery_id,
    row_number,
    person_name,
    person_name_key,
    citizen_id,
    citizen_id_17,
    citizen_id_born_on,
    citizen_id_fault,
    died_on,
    reported_by
from {{ source('civil_affairs', 'deaths') }}
