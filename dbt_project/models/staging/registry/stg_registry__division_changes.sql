select
    delivery_id,
    row_number,
    old_code,
    new_code,
    effective_on,
    change_reason
from {{ source('registry', 'division_changes') }}
