select
    delivery_id,
    row_number,
    division_code,
    division_name,
    division_level,
    parent_code,
    is_lifted_village,
    is_key_village,
    is_water_scarce
from {{ source('registry', 'divisions') }}
