select
    delivery_id,
    row_number,
    head_name,
    head_name_key,
    head_citizen_id,
    head_citizen_id_17,
    head_citizen_id_born_on,
    head_citizen_id_fault,
    township_name,
    village_name,
    disaster,
    subsidy_yuan,
    paid_on
from {{ source('housing', 'disaster_rebuilds') }}
