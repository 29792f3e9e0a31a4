{{ linked_rows(
    'water', 'household_water',
    columns=['scheme_no', 'litres_per_day', 'minutes_round_trip', 'shortage_days', 'quality', 'is_piped']
) }}
