select
    delivery_id,
    row_number,
    scheme_no,
    sampled_on,
    result,
    failed_indicators
from {{ source('water', 'quality_tests') }}
