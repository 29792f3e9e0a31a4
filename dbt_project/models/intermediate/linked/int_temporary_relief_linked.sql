{{ linked_rows(
    'civil_affairs', 'temporary_relief',
    columns=['amount_yuan', 'paid_on'],
    key=['citizen_id', 'paid_on', 'amount_yuan']
) }}
