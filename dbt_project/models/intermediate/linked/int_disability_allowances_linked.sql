{{ linked_rows('civil_affairs', 'disability_allowances', key=['citizen_id']) }}
