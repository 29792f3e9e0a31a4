{{ linked_rows(
    'education', 'pupils',
    columns=['register_status as status', 'is_aided', 'is_taught_at_home'],
    key=['pupil_no'],
    prefer="register_status = '在读'"
) }}
