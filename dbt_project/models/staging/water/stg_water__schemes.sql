select
    delivery_id,
    row_number,
    scheme_no,
    scheme_name,
    scheme_type,
    supply,
    village_code,
    keeper
from {{ source('water', 'schemes') }}
