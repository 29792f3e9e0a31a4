-- Each household's row of the roster, as a row that evidence can point at.
select
    household_key,
    village_code,
    household_type,
    monitored_category,
    identified_month,
    cleared_month,
    is_cleared,
    is_actively_monitored,
    is_relocated,
    has_labour,
    head_delivery_id as delivery_id,
    head_row_number as row_number,
    head_file_name as file_name
from {{ ref('int_households') }}
