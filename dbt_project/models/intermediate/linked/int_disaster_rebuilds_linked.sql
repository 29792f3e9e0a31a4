{{ linked_rows(
    'housing', 'disaster_rebuilds',
    columns=['subsidy_yuan', 'paid_on'],
    key=['head_citizen_id', 'paid_on', 'subsidy_yuan']
) }}
